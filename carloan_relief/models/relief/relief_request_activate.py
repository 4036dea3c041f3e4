"""Activation: the accepted plan goes into the ledger, all or nothing."""

from odoo import fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ...engine import frozen, measures, valuation


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def action_activate(self):
        """Put the accepted plan into the ledger; a second press posts nothing."""
        self._check_staff("manager", "accountant")
        again = self.browse()
        for request in self:
            if not request._activate():
                again |= request
        if not again:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "%(request)s was already active: nothing was posted again.",
                    request=", ".join(again.mapped("name")),
                ),
            },
        }

    def _activate(self, date=None):
        """Post the relief of one case under a lock on case and loan.

        :param date: accounting date; today if not given
        :return: False when the case was active already, and nothing was done
        :rtype: bool
        """
        self.ensure_one()
        date = date or fields.Date.context_today(self)
        self._lock()
        if self.state == "active":
            return False
        self._check_poster()
        self._check_consents()
        self._check_proposal_unchanged()
        loan_sudo = self._lock_loan_sudo()
        position = self._check_position_unchanged(loan_sudo, date)
        revised = self._check_same_rows(position)
        modification, new_rate = self._get_modification(position, revised)
        self._move_to(
            "active",
            ("accepted",),
            date_active=fields.Datetime.now(),
            poster_id=self.env.uid,
        )
        moves_sudo = loan_sudo._apply_relief(
            self.sudo(),
            revised,
            modification,
            date,
            derecognise=self._derecognises_conditional(),
            new_rate=new_rate,
        )
        self._log(
            self.env._(
                "Active from %(date)s: the revised schedule is in force. Entries "
                "posted: %(count)s.",
                date=fields.Date.to_string(date),
                count=len(moves_sudo),
            )
        )
        return True

    def _get_modification(self, position, revised):
        """Return (Modification, rate of a new claim or None), as was decided."""
        if not self.new_claim_value:
            return valuation.modification(position, revised), None
        value = self._to_minor([self.new_claim_value])
        try:
            change, rate = valuation.exchange(position, revised, value)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(request)s cannot make a new claim: %(reason)s. Press New Claim "
                    "and enter another fair value.",
                    request=self.name,
                    reason=str(error),
                )
            ) from error
        return change, float(rate[0])

    def _derecognises_conditional(self):
        """Tell whether a waiver on completion leaves the books at the grant."""
        # sudo: how conditional waivers are booked is policy data
        return self.sudo().policy_id.conditional_waiver == "derecognise"

    def _lock_loan_sudo(self):
        """Lock the loan, so that no billing or payment runs in between."""
        # sudo: posting a relief needs rights on entries that staff may not have; who
        # may activate was checked before
        loan_sudo = self.loan_id.sudo()
        try:
            loan_sudo.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Loan %(loan)s is being billed or paid at this moment. Wait a "
                    "minute and press Activate again; nothing was posted.",
                    loan=loan_sudo.name,
                )
            ) from error
        return loan_sudo

    def _check_poster(self):
        """Who proposed or approved a relief does not post it."""
        self.ensure_one()
        if self.env.user in self._get_deciders():
            raise AccessError(
                self.env._(
                    "%(user)s proposed or approved %(request)s and may not also put "
                    "it into the ledger. Ask an accountant or another manager.",
                    user=self.env.user.name,
                    request=self.name,
                )
            )

    def _get_deciders(self):
        """Return the users who proposed the case; the approval room adds its own."""
        return self.proposer_id

    def _check_consents(self):
        """Every other party must have agreed in writing before the change."""
        self.ensure_one()
        # sudo: late parties count, whoever looks
        self.sudo()._make_consents()
        missing = self.sudo().consent_ids.filtered(lambda one: one._is_missing())
        if missing:
            raise UserError(
                self.env._(
                    "Request %(request)s lacks the written consent of %(names)s. "
                    "Record it on the Consents page, then activate.",
                    request=self.name,
                    names=", ".join(missing.mapped("partner_id.display_name")),
                )
            )

    def _check_position_unchanged(self, loan_sudo, date):
        """Refuse when the loan moved since the offer was worked out."""
        self.ensure_one()
        position, changes = self._find_changes(loan_sudo, date)
        if changes:
            raise UserError(
                self.env._(
                    "Loan %(loan)s has moved since the offer of %(request)s was worked "
                    "out on %(date)s: %(changes)s. Nothing was posted. Press Change "
                    "Proposal and assess the request again.",
                    loan=loan_sudo.name,
                    request=self.name,
                    date=fields.Date.to_string(self.as_of),
                    changes=changes,
                )
            )
        return position

    def _find_changes(self, loan_sudo, date, ignore=()):
        """Return (position on a day, what changed in it since the assessment).

        :param ignore: names of figures that may have changed
        """
        loan_sudo._refresh_position(date)
        position, _loan_ids = loan_sudo._get_positions(date, strict=True)
        now = frozen.freeze(position)
        changed = [
            name for name in frozen.changes(self.position, now) if name not in ignore
        ]
        return position, self._get_changes_text(changed, now)

    def _get_changes_text(self, changed, now):
        """Say which figures of the position changed, with money as money."""
        amounts = {
            "principal",
            "overdue_principal",
            "overdue_interest",
            "overdue_fee",
            "overdue_penalty",
            "adjustment",
        }

        def show(name, value):
            if name in amounts:
                return self.currency_id.format(self._from_minor([value])[0])
            return str(value)

        return ", ".join(
            f"{name.replace('_', ' ')} {show(name, self.position.get(name))}"
            f" -> {show(name, now[name])}"
            for name in changed
        )

    def _check_same_rows(self, position):
        """Apply the plan and prove that it still gives the rows that were signed."""
        self.ensure_one()
        # sudo: offers are read in full for the posting
        offer_sudo = self.sudo().offer_id
        revised = measures.apply(position, self._get_engine_plans(offer_sudo.plan))
        if frozen.rows(revised.after) != offer_sudo.rows:
            raise UserError(
                self.env._(
                    "The plan of %(request)s no longer gives the schedule that was "
                    "offered. Nothing was posted. Press Change Proposal and assess the "
                    "request again.",
                    request=self.name,
                )
            )
        return revised
