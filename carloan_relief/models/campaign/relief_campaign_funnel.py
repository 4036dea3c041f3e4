"""What became of the offers: from made and sent to accepted, declined, expired."""

from odoo import api, fields, models

#: By the state of the request, once the offer is no longer merely on its way.
ANSWERS = {
    "accepted": "accepted",
    "active": "active",
    "cured": "active",
    "broken": "active",
    "replaced": "active",
    "undone": "undone",
    "declined": "declined",
    "withdrawn": "declined",
    "rejected": "declined",
    "expired": "expired",
}


class CarloanReliefCampaignLine(models.Model):
    _inherit = "carloan.relief.campaign.line"

    request_id = fields.Many2one(
        "carloan.relief.request",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("excluded", "Left Out"),
            ("selected", "To Be Offered"),
            ("made", "Made"),
            ("sent", "Sent"),
            ("opened", "Opened"),
            ("other", "Asks for Something Else"),
            ("accepted", "Accepted"),
            ("active", "Active"),
            ("declined", "Declined"),
            ("expired", "Expired"),
            ("undone", "Undone"),
        ],
        "Stands At",
        compute="_compute_funnel",
        store=True,
        index=True,
    )
    made_on = fields.Datetime(readonly=True)
    sent_on = fields.Datetime(readonly=True, index="btree_not_null")
    opened_on = fields.Datetime(readonly=True)
    is_selected = fields.Integer("Chosen", compute="_compute_funnel", store=True)
    is_made = fields.Integer("Made", compute="_compute_funnel", store=True)
    is_sent = fields.Integer("Sent", compute="_compute_funnel", store=True)
    is_opened = fields.Integer("Opened", compute="_compute_funnel", store=True)
    is_accepted = fields.Integer("Accepted", compute="_compute_funnel", store=True)
    is_active = fields.Integer("Active", compute="_compute_funnel", store=True)
    is_declined = fields.Integer("Declined", compute="_compute_funnel", store=True)
    is_expired = fields.Integer("Expired", compute="_compute_funnel", store=True)
    is_other = fields.Integer(
        "Asked for Something Else", compute="_compute_funnel", store=True
    )

    @api.depends(
        "exclusion",
        "made_on",
        "sent_on",
        "opened_on",
        "request_id.state",
        "request_id.date_accepted",
        "request_id.date_active",
        "request_id.campaign_approved",
    )
    def _compute_funnel(self):
        # sudo: the funnel counts whatever request somebody may read
        for line, line_sudo in zip(self, self.sudo(), strict=True):
            request_sudo = line_sudo.request_id
            state = line._get_state(request_sudo)
            line.state = state
            line.is_selected = int(not line.exclusion)
            line.is_made = int(bool(line.made_on))
            line.is_sent = int(bool(line.sent_on))
            line.is_opened = int(bool(line.opened_on))
            line.is_accepted = int(bool(request_sudo.date_accepted))
            line.is_active = int(bool(request_sudo.date_active))
            line.is_declined = int(state == "declined")
            line.is_expired = int(state == "expired")
            line.is_other = int(bool(request_sudo and line._asked_else(request_sudo)))

    def _asked_else(self, request_sudo):
        """Whether the request left the offer of the campaign for the normal way."""
        return not request_sudo.campaign_approved

    def _get_state(self, request_sudo):
        """Return where one line stands, by its own dates and its request."""
        if self.exclusion:
            return "excluded"
        if not self.made_on:
            return "selected"
        if request_sudo.state in ANSWERS:
            return ANSWERS[request_sudo.state]
        if request_sudo and self._asked_else(request_sudo):
            return "other"
        if self.opened_on:
            return "opened"
        return "sent" if self.sent_on else "made"
