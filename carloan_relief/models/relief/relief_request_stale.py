"""Figures that a bill or a payment has overtaken: said before anybody decides."""

from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError

#: Grows by the day; what is offered is refused for bills and payments alone.
BY_THE_DAY = ("overdue_penalty",)


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_stale_text(self, ignore=()):
        """Return what changed on the loan since the assessment, empty if nothing."""
        self.ensure_one()
        if not self.position:
            return ""
        # sudo: the position is read from posted entries, which officers may not read
        loan_sudo = self.loan_id.sudo()
        today = fields.Date.context_today(self)
        return self._find_changes(loan_sudo, today, ignore)[1]

    def _check_figures(self):
        """Refuse to go on with an assessment that the ledger has overtaken.

        :raise RedirectWarning: with the button that computes everything again
        """
        changes = self._get_stale_text()
        if not changes:
            return
        message = self.env._(
            "Loan %(loan)s has moved since %(request)s was assessed on %(date)s: "
            "%(changes)s. Its offers were worked out on the old figures. Compute them "
            "again, then choose or make the offer anew.",
            loan=self.sudo().loan_id.name,
            request=self.name,
            date=fields.Date.to_string(self.as_of),
            changes=changes,
        )
        raise RedirectWarning(
            message,
            self.env.ref("carloan_relief.carloan_relief_request_action_compute").id,
            self.env._("Compute Again"),
            {"active_model": self._name, "active_id": self.id, "active_ids": self.ids},
        )

    def _check_figures_to_offer(self):
        """Refuse to send the borrower what could not become active any more."""
        changes = self._get_stale_text(BY_THE_DAY)
        if changes:
            raise UserError(
                self.env._(
                    "Loan %(loan)s has moved since the offer of %(request)s was worked "
                    "out on %(date)s: %(changes)s. Nothing was decided or sent. The "
                    "officer presses Change Proposal, assesses the request again and "
                    "asks for approval of the new figures.",
                    loan=self.sudo().loan_id.name,
                    request=self.name,
                    date=fields.Date.to_string(self.as_of),
                    changes=changes,
                )
            )

    def action_compute_again(self):
        """Assess cases anew on the figures of today, and show them."""
        self.action_assess()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _add_custom_offer(self, plan, exception_reason=None):
        """Override: no offer is made on figures of the past."""
        if self.state == "assessed":
            self._check_staff("officer")
            self._check_figures()
        return super()._add_custom_offer(plan, exception_reason)

    def _offer(self):
        """Override: what is sent can become active."""
        if self.state == "to_approve":
            self._check_figures_to_offer()
        return super()._offer()
