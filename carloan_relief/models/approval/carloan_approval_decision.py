from odoo import api, fields, models


class CarloanApprovalDecision(models.Model):
    """One person's decision on a proposal: who, when, for whom, on what figures.

    Written by the approval alone; it stays when a change of the case voids it.
    """

    _name = "carloan.approval.decision"
    _description = "Decision on a relief"
    _inherit = ["carloan.recorded.mixin"]
    _order = "date desc, id desc"

    request_id = fields.Many2one(
        "carloan.relief.request", ondelete="restrict", index=True
    )
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, index=True
    )
    team_id = fields.Many2one(related="request_id.team_id", store=True)
    currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    review_id = fields.Many2one(
        "tier.review", ondelete="set null", index="btree_not_null"
    )
    definition_id = fields.Many2one("tier.definition", "Tier", ondelete="restrict")
    tier = fields.Char("Tier Was", help="Its name when the decision was given.")
    user_id = fields.Many2one("res.users", "Decided By", required=True, index=True)
    for_user_id = fields.Many2one("res.users", "For")
    delegation_id = fields.Many2one("carloan.approval.delegation")
    decision = fields.Selection(
        [("approved", "Approved"), ("refused", "Refused")], required=True
    )
    comment = fields.Char()
    date = fields.Datetime(required=True, default=fields.Datetime.now)
    hours = fields.Float(
        "Working Hours Taken",
        aggregator="avg",
        help="From the turn of the tier to the decision, without the time in which "
        "papers were awaited.",
    )
    late = fields.Boolean(help="Given after the deadline of the tier.")
    void = fields.Boolean(help="The proposal was changed afterwards.")
    concession = fields.Monetary()
    principal_forgiven = fields.Monetary()
    added_instalments = fields.Integer()
    assessed_dpd = fields.Integer("Days Past Due", aggregator="avg")
    grade_id = fields.Many2one("carloan.risk.grade", "Risk Grade")
    is_exception = fields.Boolean("Exception")
    figures = fields.Json(
        "Authority Then", help="How the case stood to every limit of authority."
    )
    proposal_hash = fields.Char(help="Fingerprint of what was decided on.")

    _person_uniq = models.UniqueIndex(
        "(request_id, user_id) WHERE NOT COALESCE(void, false)",
        "A person decides on a proposal once.",
    )
    _principal_uniq = models.UniqueIndex(
        "(request_id, for_user_id) WHERE NOT COALESCE(void, false)",
        "Somebody has decided on this proposal for the person who is away.",
    )

    @api.depends("request_id.company_id")
    def _compute_company_id(self):
        for one in self:
            one.company_id = one._get_decided().company_id

    @api.depends("request_id", "user_id")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one._get_decided().name} / {one.user_id.name}"

    def _get_decided(self):
        """Return the record that was decided on."""
        return self.request_id

    def _get_recorded_message(self):
        return self.env._(
            "Decisions are recorded by Approve and Reject of the request, and "
            "stay as they are."
        )
