"""How a letter went out, and how we know that it arrived."""

from odoo import api, fields, models
from odoo.exceptions import UserError

ARRIVED = ("sent",)
LOST = ("bounce", "exception", "canceled")


class CarloanDeclineLetter(models.Model):
    _inherit = "carloan.decline.letter"

    def _mail(self):
        """Mail the letter as an attachment, in the borrower's language."""
        self.ensure_one()
        request = self.request_id
        sender = request.user_id.partner_id or request.company_id.partner_id
        self.message_id = request.message_post_with_source(
            "carloan_relief.mail_template_decline_letter",
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            author_id=sender.id,
            email_from=sender.email_formatted or request.company_id.email,
            attachment_ids=self.document_id.attachment_id.ids,
        )

    def action_delivered(self, proof=None):
        """Note by hand that a letter arrived: a slip, a signature."""
        for letter in self:
            letter.request_id._check_staff("officer", "approver")
            letter._note_delivered(proof or letter.env._("Noted by the officer"))
        return True

    def action_failed(self):
        """Note that a letter came back; another one is made to be sent."""
        for letter in self:
            letter.request_id._check_staff("officer", "approver")
            letter._note_failed()
        return True

    def _note_delivered(self, proof):
        """Store when and how we know that one letter arrived."""
        self.ensure_one()
        self._check_sent()
        # sudo: kept by the system; who may note it was checked before
        self.sudo().write(
            {
                "state": "delivered",
                "delivered_on": fields.Datetime.now(),
                "proof": proof,
            }
        )

    def _note_failed(self):
        """Store that one letter did not arrive, and make the next."""
        self.ensure_one()
        self._check_sent()
        # sudo: see _note_delivered
        letter_sudo = self.sudo()
        letter_sudo.state = "failed"
        # one letter to be sent per case is an index: the next must find this one gone
        letter_sudo.flush_recordset(["state"])
        next_sudo = letter_sudo.create(
            {
                "request_id": letter_sudo.request_id.id,
                "reason_ids": letter_sudo.reason_ids.ids,
                "detail": letter_sudo.detail,
                "channel": "post",
            }
        )
        next_sudo.request_id._ask_for_letter()
        next_sudo.request_id._sync_clocks()

    def _check_sent(self):
        """Refuse to note a delivery of what is not under way."""
        if self.state not in ("sent", "delivered"):
            raise UserError(
                self.env._(
                    "The letter of %(request)s is not under way: send it first.",
                    request=self.request_id.name,
                )
            )

    @api.model
    def _cron_follow_mails(self):
        """Note of each mail under way whether it left or came back, in sets."""
        letters = self.search([("state", "=", "sent"), ("message_id", "!=", False)])
        states = dict(
            self.env["mail.notification"]._read_group(
                [("mail_message_id", "in", letters.message_id.ids)],
                ["mail_message_id"],
                ["notification_status:array_agg"],
            )
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(letters))
        for letter in letters:
            found = set(states.get(letter.message_id, ()))
            if found & set(LOST):
                letter._note_failed()
            elif found and found <= set(ARRIVED):
                letter._note_delivered(
                    self.env._("Taken by the borrower's mail server")
                )
            if not cron._commit_progress(1):
                break
