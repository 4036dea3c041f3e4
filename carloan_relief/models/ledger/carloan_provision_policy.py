from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import provision


class CarloanProvisionPolicy(models.Model):
    """How a lender stages its loans and what it loses on them, since a day."""

    _name = "carloan.provision.policy"
    _description = "Provisioning policy"
    _inherit = ["carloan.kept.mixin", "mail.thread"]
    _order = "valid_from desc, id desc"
    _check_company_auto = True
    _kept_use = ("carloan.provision", "policy_id")

    product_id = fields.Many2one(
        "carloan.product",
        index="btree_not_null",
        check_company=True,
        ondelete="cascade",
        help="Empty: for every product that has none of its own.",
    )
    stage2_days = fields.Integer(
        string="Stage 2 after days past due",
        default=30,
        required=True,
        tracking=True,
        help="IFRS 9 5.5.11: presumed from more than 30 days on.",
    )
    stage3_days = fields.Integer(
        string="Stage 3 after days past due",
        default=90,
        required=True,
        tracking=True,
        help="IFRS 9 B5.5.37: presumed from more than 90 days on.",
    )
    forborne_stage2 = fields.Boolean(
        string="Relief puts a loan in stage 2", default=True, tracking=True
    )
    class_stage3 = fields.Boolean(
        string="Non-performing classes are stage 3",
        default=True,
        tracking=True,
        help="A loan that is substandard or worse stays in stage 3 until its class "
        "is lifted, even when nothing is overdue.",
    )
    sicr_ratio = fields.Float(
        string="Stage 2 from so many times the first PD",
        digits=(6, 2),
        default=3.0,
        tracking=True,
        help="Credit risk has risen significantly once the probability of default is "
        "so many times that of the first assessment. 0: not looked at.",
    )
    sicr_pd = fields.Float(
        string="Stage 2 from a PD of",
        digits=(8, 6),
        default=0.2,
        tracking=True,
        help="Whatever it was at the start. 0: not looked at.",
    )
    pd_floor = fields.Float(
        string="Lowest PD", digits=(8, 6), default=0.0005, tracking=True
    )
    pd_default = fields.Float(
        string="PD without assessment",
        digits=(8, 6),
        default=0.05,
        tracking=True,
        help="For loans that were neither assessed nor graded.",
    )
    depreciation = fields.Float(
        string="Yearly loss of value of a vehicle",
        digits=(6, 4),
        default=0.15,
        tracking=True,
        help="Ages the last valuation of a vehicle, for the loan-to-value.",
    )
    lgd_ids = fields.One2many(
        "carloan.provision.lgd", "policy_id", string="Losses given default", copy=True
    )
    provision_count = fields.Integer(compute="_compute_provision_count")

    _shares = models.Constraint(
        "CHECK (sicr_pd BETWEEN 0 AND 1 AND pd_floor BETWEEN 0 AND 1"
        " AND pd_default BETWEEN 0 AND 1 AND depreciation BETWEEN 0 AND 1"
        " AND sicr_ratio >= 0)",
        "Probabilities and shares are between 0 and 1: 5 % is 0.05.",
    )
    _days = models.Constraint(
        "CHECK (stage2_days >= 0 AND stage3_days >= stage2_days)",
        "Stage 3 begins later than stage 2: enter more days past due for it.",
    )
    _valid_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), COALESCE(product_id, 0), valid_from)",
        "Another provisioning policy of the same company and product begins on the "
        "same day: change that one, or begin later.",
    )

    def _compute_provision_count(self):
        counts = self._count_uses()
        for policy in self:
            policy.provision_count = counts.get(policy, 0)

    @api.constrains("lgd_ids")
    def _check_lgd_complete(self):
        """Refuse a table that leaves some loan without a loss."""
        for policy in self:
            open_rows = policy.lgd_ids.filtered(
                lambda row: not (
                    row.stage or row.condition or row.ltv_max or row.months_max
                )
            )
            if not open_rows:
                raise ValidationError(
                    self.env._(
                        "Provisioning policy %(policy)s: the losses given default need "
                        "a last row for any stage, vehicle, loan-to-value and age, so "
                        "that no loan is without one.",
                        policy=policy.name,
                    )
                )

    def _get_used_message(self, count):
        return self.env._(
            "%(count)s provisions were computed by policy %(policy)s, so it stays "
            "as it is. Duplicate it, give the copy a later first day, and change that "
            "one.",
            count=count,
            policy=self.name,
        )

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _get_for_product(self, product, day):
        """Return the policy of a product on a day: its own before a general one.

        :raise UserError: when there is none
        """
        products = [("product_id", "in", [False, product.id])]
        found = self._find_in_force(product.company_id, day, products)
        # a stable sort: company and day still decide among the same product's
        found = found.sorted(lambda policy: bool(policy.product_id))
        if not found:
            raise UserError(
                self.env._(
                    "No provisioning policy is in force for product %(product)s on "
                    "%(date)s. Open Car Loans > Configuration > Provisioning Policies "
                    "and enter one.",
                    product=product.display_name,
                    date=day,
                )
            )
        return found[-1]

    def _get_engine_policy(self):
        """Return the policy as the engine takes it."""
        self.ensure_one()
        return provision.Policy(
            [row._get_engine_row() for row in self.lgd_ids],
            pd_floor=self.pd_floor,
            sicr_ratio=self.sicr_ratio,
            sicr_pd=self.sicr_pd,
            book=provision.stages_book(
                self.stage2_days, self.stage3_days, self.forborne_stage2
            ),
        )

    def action_view_provisions(self):
        """Open what was provided by this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_provision_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        return action
