from odoo import api, fields, models

from ...engine import limits


class CarloanReliefRule(models.Model):
    """The box of one risk grade: how far each measure may go."""

    _name = "carloan.relief.rule"
    _description = "Relief Rule"
    _order = "policy_id, grade_sequence, id"
    _check_company_auto = True

    policy_id = fields.Many2one(
        "carloan.relief.policy", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    grade_id = fields.Many2one(
        "carloan.risk.grade", required=True, ondelete="restrict", index=True
    )
    grade_sequence = fields.Integer(related="grade_id.sequence", store=True)
    may_capitalise = fields.Boolean(
        help="Overdue amounts may be added to the balance instead of staying due."
    )
    may_carry = fields.Boolean(
        "May Carry Interest",
        help="Overdue interest may be due with the first new instalment.",
    )
    max_forbear = fields.Float(
        "Max Deferred Principal",
        digits=(6, 4),
        help="Largest share of the principal that may be due, without interest, with "
        "the last instalment.",
    )
    max_extend = fields.Integer(
        "Max Extension", help="Instalments that may be added to the end."
    )
    max_holiday = fields.Integer(help="Instalments in a row that may be skipped.")
    holiday_interest = fields.Selection(
        [
            ("pay", "Paid during the holiday"),
            ("capitalise", "Added to the balance"),
            ("defer", "Due after the holiday"),
            ("waive", "Waived"),
        ],
        default="pay",
        required=True,
        help="What becomes of the interest that runs during a holiday.",
    )
    max_rate_cut = fields.Float(digits=(8, 6), help="In percentage points a year.")
    max_waive_interest = fields.Float(
        digits=(6, 4), help="Largest share of the overdue interest that may be waived."
    )
    max_waive_penalty = fields.Float(
        digits=(6, 4), help="Largest share of the penalty that may be waived."
    )
    min_instalment_pct = fields.Float(
        "Min Instalment",
        digits=(6, 4),
        help="Lowest instalment after relief, as a share of the one before.",
    )
    max_total_term_new = fields.Integer(
        "Max Term, New Car (Months)",
        default=60,
        help="From the start of the loan to its last instalment, extensions included; "
        "0 means no cap.",
    )
    max_total_term_used = fields.Integer(
        "Max Term, Used Car (Months)",
        default=36,
        help="The same cap for a loan on a used car; 0 means no cap.",
    )
    straight_through = fields.Boolean(
        help="A small case within these limits may be offered without an approver. "
        "A refusal is always a person's decision."
    )
    straight_through_limit = fields.Monetary(
        help="Largest concession (present value) of a case that needs no approver."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    _grade_uniq = models.Constraint(
        "UNIQUE (policy_id, grade_id)", "A policy has one rule for each risk grade."
    )
    _counts_check = models.Constraint(
        "CHECK (max_extend >= 0 AND max_holiday >= 0 AND max_total_term_new >= 0"
        " AND max_total_term_used >= 0 AND straight_through_limit >= 0)",
        "Months and limits of a relief rule cannot be negative.",
    )
    _shares_check = models.Constraint(
        "CHECK (max_waive_interest BETWEEN 0 AND 1 AND max_waive_penalty BETWEEN 0"
        " AND 1 AND min_instalment_pct BETWEEN 0 AND 1"
        " AND max_rate_cut BETWEEN 0 AND 1"
        " AND COALESCE(max_forbear, 0) BETWEEN 0 AND 1)",
        "Shares and the rate cut of a relief rule are between 0 and 100%.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for rule in self:
            rule.currency_id = (rule.company_id or self.env.company).currency_id

    @api.depends("grade_id", "policy_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.policy_id.display_name}: {rule.grade_id.name}"

    @api.model_create_multi
    def create(self, vals_list):
        """Rules belong to a draft version of their policy."""
        rules = super().create(vals_list)
        if not self.env.su:
            rules.policy_id._check_draft()
        return rules

    def write(self, vals):
        """A rule of a version in force is history."""
        if not self.env.su:
            self.policy_id._check_draft()
            self.env["carloan.relief.policy"].browse(
                vals.get("policy_id", ())
            )._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self.policy_id._check_draft()

    def _prepare_box(self, loan, position, instalment):
        """Return the engine box of this rule for one loan.

        :param loan: carloan.loan
        :param position: measures.Position of N=1
        :param int instalment: the present instalment in minor units
        :rtype: dict
        """
        self.ensure_one()
        used = loan.vehicle_id.condition == "used"
        cap = self.max_total_term_used if used else self.max_total_term_new
        return {
            **limits.room(
                position, loan.start_date, cap, self.max_extend, self.max_holiday
            ),
            "holiday_interest": (self.holiday_interest,),
            "max_rate_cut": self.max_rate_cut,
            "max_waive_interest": self.max_waive_interest,
            "max_waive_penalty": self.max_waive_penalty,
            "min_instalment": int(limits.share_of(instalment, self.min_instalment_pct)),
            "may_capitalise": self.may_capitalise,
            "max_forbear": self.max_forbear,
        }
