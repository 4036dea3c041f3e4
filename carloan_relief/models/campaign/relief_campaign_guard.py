from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

#: Written by the buttons and the job alone.
MOVE_FIELDS = {
    "state",
    "policy_id",
    "as_of",
    "loan_count",
    "concession",
    "budget",
    "line_ids",
    "request_ids",
    "editor_ids",
    "approver_id",
    "approved_on",
    "date_launched",
}
#: What was worked out and approved rests on these: a change voids both.
BASIS_FIELDS = {
    "company_id",
    "loan_domain",
    "reason_id",
    "household_share",
    "mode",
    "pick",
    "extend",
    "holiday",
    "holiday_interest",
    "rate_cut",
    "waive_interest",
    "waive_fee",
    "waive_penalty",
    "capitalise",
    "only_affordable",
    "only_gain",
    "min_cut",
    "requires_consent",
    "date_to",
    "reserve",
    "mail_template_id",
    "mail_template_several_id",
}
#: In these nothing has left the house, so that the basis may still change.
OPEN_STATES = ("draft", "previewed", "to_approve", "approved", "refused")


class CarloanReliefCampaign(models.Model):
    """Who may write what on a campaign: what was approved is what is sent."""

    _inherit = "carloan.relief.campaign"

    is_open = fields.Boolean("May Be Changed", compute="_compute_is_open")

    @api.depends("state")
    def _compute_is_open(self):
        for campaign in self:
            campaign.is_open = campaign.state in OPEN_STATES

    @api.model_create_multi
    def create(self, vals_list):
        """Campaigns begin as drafts of whoever makes them."""
        if not self.env.su:
            # said in full: a default of the context would fill what is left out
            start = {
                name: [] if self._fields[name].type.endswith("many") else False
                for name in MOVE_FIELDS
            }
            start["state"] = "draft"
            vals_list = [{**vals, **start} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Keep what the buttons decide; a change of the basis voids an approval."""
        if not self.env.su and MOVE_FIELDS & set(vals):
            raise AccessError(
                self.env._(
                    "%(fields)s of campaign %(campaign)s are set by its buttons and "
                    "its job, not by writing them.",
                    fields=", ".join(sorted(MOVE_FIELDS & set(vals))),
                    campaign=", ".join(self.mapped("display_name")),
                )
            )
        if not self.env.su and BASIS_FIELDS & set(vals):
            self._check_basis_open()
            self._note_editor()
            self._void()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for campaign in self:
            if campaign.state not in ("draft", "previewed"):
                raise UserError(
                    self.env._(
                        "Campaign %(campaign)s is %(state)s and stays on file. Stop it "
                        "instead of deleting it.",
                        campaign=campaign.name,
                        state=campaign._get_state_label(),
                    )
                )

    def _check_basis_open(self):
        """Refuse to change what has been sent, or is being worked out."""
        for campaign in self:
            if campaign.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "Campaign %(campaign)s is %(state)s: to whom what is offered "
                        "stays as it was approved. Stop it, duplicate it and change "
                        "the copy.",
                        campaign=campaign.name,
                        state=campaign._get_state_label(),
                    )
                )

    def _void(self):
        """Drop preview and approval of what is about to change."""
        for campaign in self.filtered(lambda one: one.state != "draft"):
            was = campaign._get_state_label()
            campaign._drop_preview()
            campaign._move_to("draft", OPEN_STATES)
            # sudo: analysts write no messages in the name of the system
            campaign.sudo()._message_log(
                body=self.env._(
                    "Changed while %(state)s: the preview, and whatever was approved "
                    "of it, are void.",
                    state=was,
                )
            )

    def _drop_preview(self):
        """Forget who would get what."""
        # sudo: lines and figures are written by the job alone
        campaign_sudo = self.sudo()
        campaign_sudo.line_ids.unlink()
        campaign_sudo.write(
            {
                "policy_id": False,
                "as_of": False,
                "loan_count": 0,
                "concession": 0.0,
                "budget": 0.0,
            }
        )

    def _move_to(self, state, allowed, **vals):
        """Move one campaign to a state, from the allowed ones, under a lock.

        :raise UserError: naming where it stands, and from where the step is possible
        """
        self.ensure_one()
        if not self.try_lock_for_update():
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s is being worked on at this moment. Wait a "
                    "minute, reload the page and press again.",
                    campaign=self.name,
                )
            )
        self.invalidate_recordset(["state"])
        if self.state not in allowed:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Campaign %(campaign)s is %(state)s. This step (%(to)s) is "
                    "possible only from: %(allowed)s. Reload the page to see where it "
                    "stands.",
                    campaign=self.name,
                    state=labels[self.state],
                    to=labels[state],
                    allowed=", ".join(labels[name] for name in allowed),
                )
            )
        # sudo: states are closed to forms and RPC
        self.sudo().with_context(skip_validation_check=True).write(
            {"state": state, **vals}
        )
        self.flush_recordset(["state"])
