"""The papers of a case as the borrower sees, reads, signs and takes back."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .carloan_relief_request import SIGNED


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    agreement_id = fields.Many2one("ir.attachment", readonly=True, copy=False)

    @api.model
    def _get_move_fields(self):
        """Override: what the portal alone writes."""
        return super()._get_move_fields() | {
            "agreement_id",
            "consent_data_date",
            "consent_sensitive_date",
            "reminded_on",
            "wished_plan",
        }

    def _get_report_base_filename(self):
        """Name of the agreement as the borrower saves it; `portal` asks for it."""
        self.ensure_one()
        # the file is the borrower's, whoever prints it
        borrowers = self.with_context(lang=self.partner_id.lang)
        return borrowers.env._("Agreement %(request)s", request=self.name)

    # ------------------------------------------------------------------ READ
    def _get_document_values(self, kind, partner):
        """Override: documents speak in the sentences of the pages."""
        values = super()._get_document_values(kind, partner)
        if self.offer_id:
            values["measures"] = lambda: self._render_block(
                "carloan_relief.document_list", items=self.offer_id._portal_words()
            )
        return values

    def _portal_has_agreement(self):
        """Whether there is an agreement to read: signed, or open to be signed."""
        self.ensure_one()
        return self.state in (*SIGNED, "offered") and bool(self.offer_id)

    def _portal_documents(self):
        """Return the papers of the case that the borrower may read, in sudo."""
        self.ensure_one()
        if not self._portal_has_agreement():
            return self.sudo().env["carloan.document"]
        return self._get_signing_documents()

    def _portal_open_documents(self):
        """Return the papers to be signed, and note that they are being read.

        :return: documents in sudo
        :raise UserError: when they cannot be made
        """
        self.ensure_one()
        documents = self._issue_signing_documents()
        documents._open_to_read()
        return documents

    def _get_reading_seconds(self):
        """Return how long the law has a borrower read before signing."""
        self.ensure_one()
        day = self.company_id._get_carloan_day()
        return self.company_id._get_law_value("cost.reading", day) or 0

    def _portal_reading_left(self, documents):
        """Return the seconds until papers that were opened may be signed."""
        seconds = self._get_reading_seconds()
        opened = documents.mapped("opened_on")
        if not seconds or not all(opened) or not opened:
            return round(seconds)
        passed = (fields.Datetime.now() - max(opened)).total_seconds()
        # one more, since the clock of the browser starts a little later
        return max(round(seconds - passed) + 1, 0) if passed < seconds else 0

    # ------------------------------------------------------------------ SIGNED
    def _keep_signed(self, documents):
        """Show the agreement that was signed among the borrower's documents."""
        agreement = documents.filtered(lambda one: one.kind == "agreement")
        # sudo: what was signed is written by nobody's hand
        self.sudo().agreement_id = agreement.attachment_id

    def _sign_papers(self, documents, signed_by, method, **facts):
        """Override: a paper signed at the counter is shown to the borrower as well."""
        res = super()._sign_papers(documents, signed_by, method, **facts)
        self._keep_signed(documents)
        return res

    def _void_proposal(self):
        """Override: what was signed for a void proposal is shown no more."""
        res = super()._void_proposal()
        # sudo: what was signed is written by nobody's hand
        self.sudo().filtered(lambda one: not one.proposal_hash).agreement_id = False
        return res

    # -------------------------------------------------------------- COOLING OFF
    def _portal_cool_off(self):
        """Take back what was signed, while the law lets the borrower."""
        self.ensure_one()
        if not self.in_cooling_off:
            raise UserError(
                self.env._(
                    "What you signed can no longer be taken back. Write to us about "
                    "what has changed."
                )
            )
        try:
            with self.env.cr.savepoint():
                self._cool_off(self.env._("Withdrawn by the borrower on the portal."))
        except UserError as error:
            # it is the borrower's right: a person does what the machine cannot
            self._tell_officer(
                self.env._(
                    "The borrower withdraws from what was signed, in time. It could "
                    "not be undone by itself: %(reason)s",
                    reason=str(error),
                )
            )
            return self.env._(
                "We have your withdrawal, in time. A colleague carries it out and "
                "writes to you."
            )
        return self.env._("What you signed was taken back. Your contract is as before.")
