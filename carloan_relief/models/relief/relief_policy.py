from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# set by the buttons alone
RESERVED = {
    "state",
    "version",
    "date_to",
    "editor_ids",
    "approver_id",
    "approved_on",
    "put_in_force_on",
    "retired_on",
}


class CarloanReliefPolicy(models.Model):
    """A dated version of what may be offered, by risk grade.

    A version in force is never edited: a request keeps the version it was decided
    under, so a change is a new version.
    """

    _name = "carloan.relief.policy"
    _description = "Relief Policy"
    _inherit = ["mail.thread", "carloan.four.eyes.mixin"]
    _order = "date_from desc, version desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        tracking=True,
        help="Empty: the policy of every company that has none of its own.",
    )
    jurisdiction_id = fields.Many2one(
        "res.country", help="Whose law the limits follow."
    )
    date_from = fields.Date(
        required=True, default=fields.Date.context_today, tracking=True
    )
    date_to = fields.Date(readonly=True, copy=False, tracking=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("in_force", "In Force"),
            ("retired", "Retired"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    put_in_force_on = fields.Datetime(readonly=True, copy=False)
    retired_on = fields.Datetime(readonly=True, copy=False)
    rule_ids = fields.One2many("carloan.relief.rule", "policy_id", copy=True)
    ceiling_ids = fields.One2many(
        "carloan.relief.ceiling", "policy_id", "Monthly Ceilings", copy=True
    )
    legal_basis = fields.Html(
        translate=True,
        help="The law and guidance the limits rest on, with the date they were read.",
    )
    lgd = fields.Float(
        "Loss Given Default",
        digits=(6, 4),
        default=0.45,
        help="Share of the balance lost when a loan defaults. Used to value offers.",
    )
    pd_relief_factor = fields.Float(
        "PD With Relief",
        digits=(6, 4),
        default=0.6,
        help="Probability of default with relief, as a share of the one without.",
    )
    discount_rate = fields.Float(
        digits=(8, 6),
        help="Yearly rate at which offers are valued; 0 takes the rate of the loan.",
    )
    offer_days = fields.Integer(
        "Offer Valid (Days)",
        default=14,
        required=True,
        help="After so many days an offer that was not accepted expires.",
    )
    conditional_waiver = fields.Selection(
        [
            ("provide", "Kept as a claim, provided for"),
            ("derecognise", "Out of the books, reinstated by a break"),
        ],
        "Waivers on Completion",
        default="provide",
        required=True,
        help="How what is waived once a plan is completed is booked when the plan "
        "begins. Kept: a broken plan has nothing to put back. Out of the books: a "
        "broken plan brings the claim back fully provided, as no income.",
    )
    substantial_share = fields.Float(
        "Substantial From",
        digits=(6, 4),
        default=0.10,
        help="A plan that changes the present value of what is owed by this share or "
        "more is flagged as a substantial modification: an accountant looks whether "
        "the old claim ends and a new one begins. 0: never flagged.",
    )
    request_count = fields.Integer(compute="_compute_request_count")

    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A policy cannot end before it begins.",
    )
    _lgd_check = models.Constraint(
        "CHECK (lgd >= 0 AND lgd <= 1)", "The loss given default is between 0 and 100%."
    )
    _pd_factor_check = models.Constraint(
        "CHECK (pd_relief_factor >= 0 AND pd_relief_factor <= 1)",
        "Relief cannot raise the probability of default: enter 0 to 100%.",
    )
    _offer_days_check = models.Constraint(
        "CHECK (offer_days > 0)", "An offer must be valid for at least one day."
    )

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = f"{policy.name} v{policy.version}"

    def _compute_request_count(self):
        counts = dict(
            self.env["carloan.relief.request"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.request_count = counts.get(policy, 0)

    def write(self, vals):
        """Keep a version that has decided cases as it was."""
        if not self.env.su and RESERVED & set(vals):
            raise UserError(
                self.env._(
                    "State and version of policy %(policy)s are set by its buttons: "
                    "use Approve, Put in Force or New Version.",
                    policy=self[:1].display_name,
                )
            )
        if set(vals) - RESERVED - {"legal_basis", "message_follower_ids"}:
            self._check_editable()
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        """New versions begin as drafts, whoever asks."""
        if not self.env.su:
            vals_list = [
                {key: value for key, value in vals.items() if key not in RESERVED}
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_editable(self):
        """Refuse an edit of a version that is no draft; note who edits one."""
        if not self.env.su:
            self._check_draft()
        self._note_editor()

    def _check_draft(self):
        """Refuse an edit of a version that is or was in force, or will be."""
        for policy in self:
            if policy.state != "draft":
                raise UserError(
                    self.env._(
                        "Policy %(policy)s is %(state)s and cannot be changed. Press "
                        "New Version and change that one; an approved version that is "
                        "not in force yet goes back by Back to Draft.",
                        policy=policy.display_name,
                        state=policy._get_state_label(),
                    )
                )

    def _get_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    @api.model
    def _find_in_force(self, company, date):
        """Return the policy of a company on a date; its own before the general one.

        A version approved for a date counts from that date on, also before the night
        has said so.

        :return: one carloan.relief.policy or none
        """
        domain = Domain("state", "in", ("approved", "in_force", "retired"))
        domain &= Domain("company_id", "in", (company.id, False))
        domain &= Domain("date_from", "<=", date)
        domain &= Domain("date_to", "=", False) | Domain("date_to", ">=", date)
        policies = self.search(domain)
        return policies.filtered("company_id")[:1] or policies[:1]

    @api.model
    def _get_in_force(self, company, date):
        """Return the policy of a company on a date, or explain.

        :param company: res.company
        :param date: date on which a case is decided
        :return: one carloan.relief.policy
        :raise UserError: when no version covers the date
        """
        policy = self._find_in_force(company, date)
        if not policy:
            raise UserError(
                self.env._(
                    "No relief policy is in force for %(company)s on %(date)s. A "
                    "manager puts one in force under Car Loans > Configuration > "
                    "Relief Policies.",
                    company=company.display_name,
                    date=fields.Date.to_string(date),
                )
            )
        return policy

    def _get_rule(self, grade, loan=None):
        """Return the rule of this policy for a risk grade and a loan, or explain.

        :param grade: carloan.risk.grade
        :param loan: carloan.loan, whose product and car choose among the rules
        """
        self.ensure_one()
        rules = self.rule_ids.filtered(lambda rule: rule.grade_id == grade)
        rule = rules._match(self.env["carloan.loan"] if loan is None else loan)
        if not rule:
            raise UserError(
                self.env._(
                    "Relief policy %(policy)s has no rule for risk grade %(grade)s. "
                    "Make a new version of the policy and add the rule there.",
                    policy=self.display_name,
                    grade=grade.display_name or self.env._("(none)"),
                )
            )
        return rule

    def _get_law(self):
        """Return the jurisdiction whose law caps what this policy allows."""
        self.ensure_one()
        Jurisdiction = self.env["carloan.jurisdiction"]
        if not self.jurisdiction_id:
            return Jurisdiction
        # sudo: which law holds is no secret
        return Jurisdiction.sudo().search(
            [("country_ids", "in", self.jurisdiction_id.id)], limit=1
        )

    def action_new_version(self):
        """Copy this version into a draft with the next number and open it."""
        self.ensure_one()
        self._check_car_loan_manager()
        self.check_access("write")
        versions = self.search(
            [("name", "=", self.name), ("company_id", "=", self.company_id.id)]
        )
        # sudo: the version number is reserved to this method
        new = self.sudo().copy(
            {"name": self.name, "date_from": fields.Date.context_today(self)}
        )
        new.version = max(versions.mapped("version")) + 1
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": new.id,
            "view_mode": "form",
        }

    def action_view_requests(self):
        """Open the requests decided under this version."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_request_action"
        )
        return dict(action, domain=[("policy_id", "=", self.id)], context={})
