from odoo import fields, models
from odoo.exceptions import AccessError

STATES = [
    ("draft", "Draft"),
    ("previewing", "Working Out"),
    ("previewed", "Preview"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
    ("running", "Sending"),
    ("paused", "Paused"),
    ("sent", "Awaiting Answers"),
    ("done", "Finished"),
    ("refused", "Refused"),
    ("stopped", "Stopped"),
]
#: Limits of a campaign by the field of the engine's box that they narrow.
LIMITS = {
    "extend": "max_extend",
    "holiday": "max_holiday",
    "rate_cut": "max_rate_cut",
    "waive_interest": "max_waive_interest",
    "waive_fee": "max_waive_fee",
    "waive_penalty": "max_waive_penalty",
    "capitalise": "may_capitalise",
}


class CarloanReliefCampaign(models.Model):
    """Offers to a filtered book that nobody asked for, approved as a whole.

    Preview, approval, then offers in batches. Lines tell who gets what and who does
    not and why; a job that was killed goes on behind them.
    """

    _name = "carloan.relief.campaign"
    _description = "Campaign of Relief Offers"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "carloan.engine.mixin",
        "carloan.four.eyes.mixin",
        "carloan.loan.filter.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _filter_lines = ("carloan.relief.campaign.line", "campaign_id")

    name = fields.Char(required=True, tracking=True)
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        required=True,
        domain="[('share', '=', False)]",
        tracking=True,
    )
    loan_domain = fields.Char(
        help="Which active loans are looked at; without a filter, all of them.",
    )
    reason_id = fields.Many2one(
        "carloan.relief.reason",
        "Hardship",
        required=True,
        help="Assumed of everybody who is written to: a flood, a plant that closed.",
    )
    household_share = fields.Float(
        "Households Can Carry",
        default=0.8,
        digits=(6, 4),
        help="Share of the present instalment, for borrowers without a financial "
        "statement.",
    )
    # ------------------------------------------------------- WHAT IS PROPOSED
    mode = fields.Selection(
        [
            ("policy", "Best plan within the policy"),
            ("limited", "Best plan within the policy and these limits"),
            ("preset", "The same measures for everybody"),
        ],
        "Offers",
        default="policy",
        required=True,
        help="Whatever is chosen stays within the policy for the grade of each loan.",
    )
    pick = fields.Selection(
        [
            ("recommended", "Recommended"),
            ("lowest_instalment", "Lowest Instalment"),
            ("lowest_total_cost", "Lowest Total Cost"),
            ("shortest", "Shortest"),
        ],
        "Which Plan",
        default="recommended",
        required=True,
    )
    extend = fields.Integer("Instalments Added")
    holiday = fields.Integer("Holiday Instalments")
    holiday_interest = fields.Selection(
        [
            ("pay", "Paid during the holiday"),
            ("capitalise", "Added to the balance"),
            ("defer", "Due after the holiday"),
            ("waive", "Waived"),
        ],
        "Interest of the Holiday",
        default="capitalise",
    )
    rate_cut = fields.Float(digits=(8, 6), help="In percentage points a year.")
    waive_interest = fields.Float("Overdue Interest Waived", digits=(6, 4))
    waive_fee = fields.Float("Overdue Fees Waived", digits=(6, 4))
    waive_penalty = fields.Float("Penalty Waived", digits=(6, 4))
    capitalise = fields.Boolean("Overdue Amounts Added to the Balance")
    # ----------------------------------------------------------- TO WHOM NOT
    only_affordable = fields.Boolean(
        "Only What Households Can Carry",
        default=True,
        help="Leave out who could not carry the new instalment either: they need a "
        "talk, not a letter.",
    )
    only_gain = fields.Boolean(
        "Only Where It Pays",
        default=True,
        help="Leave out whose offer is worth less to the lender than no relief.",
    )
    min_cut = fields.Float(
        "Smallest Cut",
        digits=(6, 4),
        default=0.05,
        help="Leave out whose instalment would fall by less than this share; 0: a "
        "holiday, after which instalments are higher, is offered as well.",
    )
    requires_consent = fields.Boolean(
        "Only With Consent to Offers",
        default=True,
        help="Write only to borrowers who agreed to be sent offers.",
    )
    # -------------------------------------------------------------- DECISION
    date_to = fields.Date(
        "Valid Until",
        required=True,
        tracking=True,
        help="Last day on which the offers can be accepted, in the time zone of the "
        "company. Policy and next instalment may end an offer before.",
    )
    reserve = fields.Float(
        default=0.05,
        digits=(6, 4),
        help="Share of the cost asked for beside that of the preview: what is owed "
        "moves until the offers are made.",
    )
    policy_id = fields.Many2one(
        "carloan.relief.policy",
        "Policy Version",
        readonly=True,
        copy=False,
        help="In force when the preview was worked out.",
    )
    as_of = fields.Date(
        "Figures As Of",
        readonly=True,
        copy=False,
        help="Day of the positions: of the preview, then of the last offers made.",
    )
    loan_count = fields.Integer("Loans Looked At", readonly=True, copy=False)
    concession = fields.Monetary(
        "Cost (Concession)",
        readonly=True,
        copy=False,
        help="Of all offers of the preview together.",
    )
    budget = fields.Monetary(
        "Cost to Approve",
        readonly=True,
        copy=False,
        help="Preview and reserve. Offers that would pass it are not made.",
    )
    line_ids = fields.One2many("carloan.relief.campaign.line", "campaign_id")
    request_ids = fields.One2many(
        "carloan.relief.request", "relief_campaign_id", "Relief Requests"
    )

    _shares_check = models.Constraint(
        "CHECK (household_share BETWEEN 0 AND 1 AND rate_cut BETWEEN 0 AND 1"
        " AND waive_interest BETWEEN 0 AND 1 AND waive_fee BETWEEN 0 AND 1"
        " AND waive_penalty BETWEEN 0 AND 1 AND min_cut BETWEEN 0 AND 1"
        " AND reserve BETWEEN 0 AND 1)",
        "Shares of a campaign are between 0 and 100%.",
    )
    _counts_check = models.Constraint(
        "CHECK (extend >= 0 AND holiday >= 0)",
        "Instalments of a campaign cannot be negative.",
    )

    # ---------------------------------------------------------------- TOOLING
    def _get_tz(self):
        """Return the name of the time zone in which days are counted here."""
        self.ensure_one()
        return self.company_id._get_carloan_tz().zone

    def _get_today(self):
        """Return the day of the company."""
        return self.company_id._get_carloan_day()

    def _get_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _get_most(self):
        """Return the limits of this campaign as fields of the engine's box."""
        self.ensure_one()
        if self.mode == "policy":
            return {}
        most = {field: self[name] for name, field in LIMITS.items()}
        return {**most, "max_forgive": 0.0, "holiday_interest": self.holiday_interest}

    def _check_campaigner(self):
        """Refuse whoever has nothing to do with campaigns: a hidden button guards
        nothing."""
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._("Only risk analysts and managers run campaigns. Ask one.")
            )
        self.check_access("write")

    # ---------------------------------------------------------------- ACTIONS
    def action_view_lines(self):
        """Open who gets what."""
        return self._open_lines("pivot", "graph", "list", search_default_selected=1)

    def action_view_excluded(self):
        """Open who is left out, by reason."""
        return self._open_lines(
            "list",
            "pivot",
            "graph",
            search_default_excluded=1,
            search_default_group_exclusion=1,
        )

    def _open_lines(self, *views, **context):
        """Open the lines of this campaign, the first of the views in front."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_campaign_line_action"
        )
        return dict(
            action,
            name=self.display_name,
            domain=[("campaign_id", "=", self.id)],
            context=context,
            views=[(False, view) for view in views],
        )

    def action_view_requests(self):
        """Open the requests that this campaign made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_request_action"
        )
        return dict(action, domain=[("relief_campaign_id", "=", self.id)], context={})
