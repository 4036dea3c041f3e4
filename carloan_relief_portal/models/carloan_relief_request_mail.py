"""What the borrower is told, by mail and on the page, at each step of the case."""

from odoo import api, fields, models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _submit(self):
        """Override to confirm the receipt."""
        res = super()._submit()
        self._notify_borrower("mail_template_received")
        return res

    def _offer(self):
        """Override to send the offer."""
        res = super()._offer()
        self._notify_borrower("mail_template_offer")
        return res

    def _activate(self, date=None):
        """Override to tell that the new plan holds, once."""
        done = super()._activate(date)
        if done:
            self._notify_borrower("mail_template_active")
        return done

    def _close(self, state, allowed, reason=None):
        """Override to give a refusal with its reasons, and the end of an offer."""
        res = super()._close(state, allowed, reason)
        template = {
            "rejected": "mail_template_rejected",
            "expired": "mail_template_expired",
        }.get(state)
        # the letter with its principal reasons goes out by itself
        # sudo: approvers reject, officers write the letters
        told = state == "rejected" and self.sudo().decline_letter_ids.reason_ids
        if template and not told:
            self._notify_borrower(template)
        return res

    def message_post(self, **kwargs):
        """Override to have the officer told of whatever a borrower writes."""
        # sudo: a borrower does not choose who follows the case
        officer_sudo = self.sudo().user_id.partner_id
        if self.env.user.share and officer_sudo:
            self.sudo().message_subscribe(officer_sudo.ids)
        return super().message_post(**kwargs)

    def _ask_papers(self, wanted, due):
        """Ask the borrower for papers; the page shows what and until when."""
        self.ensure_one()
        self.write({"papers_wanted": wanted, "papers_due": due})
        self._await_papers(wanted)
        self._notify_borrower("mail_template_papers")

    def _notify_borrower(self, template):
        """Send one step to the borrower: a mail, and a message on the page.

        It comes from the officer or the company, whoever pressed the button: the
        borrower's own click must not answer in the borrower's own name.
        """
        # sudo: a move by a borrower or an approver mails without rights on templates
        for request_sudo in self.sudo():
            sender_sudo = request_sudo._get_sender_sudo()
            request_sudo.message_post_with_source(
                f"carloan_relief_portal.{template}",
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                author_id=sender_sudo.id,
                email_from=sender_sudo.email_formatted or request_sudo.company_id.email,
            )

    def _get_sender_sudo(self):
        """Return the partner in whose name the borrower is written to."""
        self.ensure_one()
        # sudo: the partner of an officer may be hidden from the one who moves
        return self.sudo().user_id.partner_id or self.sudo().company_id.partner_id

    @api.model
    def _cron_remind_offers(self):
        """Remind once of each offer, and each link to consent, about to end."""
        if self._remind_offers():
            self.env["carloan.relief.consent"]._run_links()

    def _remind_offers(self):
        """Remind of the offers that are about to expire; False: no time is left."""
        today = fields.Date.context_today(self)
        requests = self.search(
            [
                ("state", "=", "offered"),
                ("reminded_on", "=", False),
                ("expiry_date", ">=", today),
            ]
        )
        due = requests.filtered(
            lambda request: request.expiry_date
            <= fields.Date.add(today, days=request.company_id.carloan_remind_days)
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(due))
        for request in due:
            # another run has it, or the borrower is answering at this moment
            locked = request.try_lock_for_update()
            if locked:
                locked.reminded_on = today
                locked._notify_borrower("mail_template_reminder")
            if not cron._commit_progress(1):
                return False
        return True
