"""A refusal with its principal reasons, and the letter that tells them."""

from odoo import fields, models

from .carloan_decline_letter import LETTER_STATES

LETTER = "carloan_relief.mail_activity_decline_letter"


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    decline_letter_ids = fields.One2many(
        "carloan.decline.letter", "request_id", "Letters of Refusal", readonly=True
    )

    def action_reject_for(self, reason_ids, detail=None):
        """Refuse the case for principal reasons, and tell the borrower by letter.

        :param reason_ids: ids of carloan.decline.reason
        :param str detail: what is particular to this borrower
        """
        self._check_staff("officer", "approver")
        reasons = self.env["carloan.decline.reason"].browse(reason_ids).exists()
        Letter = self.env["carloan.decline.letter"]
        for request in self:
            Letter._check_reasons(request, reasons, detail)
            # sudo: letters are made by the system; the reasons were checked
            letter_sudo = Letter.sudo().create(
                {
                    "request_id": request.id,
                    "reason_ids": reasons.ids,
                    "detail": (detail or "").strip(),
                }
            )
            request.action_reject(letter_sudo._get_told_text())
            letter_sudo.with_env(request.env)._send()
        return True

    def _close(self, state, allowed, reason=None):
        """Override: a refusal without a letter waits for its specific reasons."""
        result = super()._close(state, allowed, reason)
        if state == "rejected" and not self.sudo().decline_letter_ids:
            self._make_letter()
            # not told yet: what was met by the closing runs on
            self._sync_clocks()
        return result

    def action_letter(self):
        """Make the letter of a case that ended without a plan, or open it."""
        self.ensure_one()
        self._check_staff("officer", "approver")
        if self.state in LETTER_STATES and not self.decline_letter_ids:
            self._make_letter()
        return self.decline_letter_ids[:1]._get_records_action()

    def _make_letter(self):
        """Make a letter to be completed and put it before the officer."""
        # sudo: made by the system, whoever refused
        self.sudo().env["carloan.decline.letter"].create({"request_id": self.id})
        self.sudo()._ask_for_letter()

    def _ask_for_letter(self):
        """Put the letter that is to be sent into the inbox of the officer."""
        user = self.user_id or self.create_uid
        self.activity_schedule(LETTER, user_id=user.id)

    # ---------------------------------------------------------------- FACTS
    def _get_refusal_day(self):
        """Override: a refusal is told once its letter went out.

        A case older than the letters was told when it was closed.
        """
        letters = self.decline_letter_ids
        if not letters:
            return super()._get_refusal_day()
        sent = [
            letter.sent_on
            for letter in letters
            if letter.sent_on and letter.state != "failed"
        ]
        return bool(sent) and self.company_id._get_carloan_day(min(sent))

    def _get_document_values(self, kind, partner):
        """Override: the reasons of a refusal, and how to complain."""
        values = super()._get_document_values(kind, partner)
        day = fields.Date.context_today(self)
        values["complaint"] = self.env["carloan.complaint.way"]._get_text(
            self.company_id, day
        )
        letter = self.decline_letter_ids[:1]
        if kind == "decline" and letter:
            values["reasons"] = lambda: self._render_block(
                "carloan_relief.document_list", items=letter._get_told()
            )
        return values


class CarloanDeclineLetter(models.Model):
    _inherit = "carloan.decline.letter"

    def _get_told(self):
        """Return each sentence that the borrower is told, in the context's language."""
        self.ensure_one()
        detail = (self.detail or "").strip()
        return [*self.reason_ids._get_sentences(), *([detail] if detail else [])]

    def _get_told_text(self):
        """Return what the borrower is told, in the borrower's language."""
        borrowers = self.with_context(lang=self.request_id.partner_id.lang)
        return "\n".join(borrowers._get_told())
