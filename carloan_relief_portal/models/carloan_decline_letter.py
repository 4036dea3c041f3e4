from odoo import fields, models


class CarloanDeclineLetter(models.Model):
    _inherit = "carloan.decline.letter"

    def _note_opened(self):
        """Note that the borrower opened the letter: it has arrived."""
        self.ensure_one()
        if self.state == "sent":
            self._note_delivered(self.env._("Opened on the borrower's page"))


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _portal_letter(self):
        """Return the letter of refusal that the borrower may open, if it went out."""
        self.ensure_one()
        # sudo: letters have no access line for borrowers; the caller owns the case
        letters_sudo = self.sudo().decline_letter_ids
        return letters_sudo.filtered("document_id")[:1]

    def _portal_complaint(self):
        """Return how to complain, in the language of the page."""
        self.ensure_one()
        day = fields.Date.context_today(self)
        return self.env["carloan.complaint.way"]._get_text(self.company_id, day)
