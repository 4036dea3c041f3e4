from odoo import fields, models
from odoo.tools import format_date


class CarloanDocumentMixin(models.AbstractModel):
    """A record about which documents are issued from templates.

    The record says what the fields of a text mean (``_get_document_values``); a caller
    with more to say hands over ``extra``.
    """

    _name = "carloan.document.mixin"
    _description = "Record about which documents are issued"

    def _get_document_loan(self):
        """Return the loan that a document is about."""
        raise NotImplementedError

    def _get_document_values(self, kind, partner):
        """Return {field: value} for a text, in the language of the context.

        Values are plain text, or Markup of our own templates; a function is called
        only when the text asks for the field.

        :param str kind: kind of document
        :param partner: whom it is made out to
        """
        loan = self._get_document_loan()
        company, borrower = loan.company_id, loan.partner_id
        today = fields.Date.context_today(self)
        return {
            "lender": company.name,
            "lender_address": self._get_address_line(company.partner_id),
            "lender_phone": company.phone,
            "lender_email": company.email,
            "addressee": partner.name,
            "addressee_address": self._get_address_line(partner),
            "borrower": borrower.name,
            "borrower_address": self._get_address_line(borrower),
            "loan": loan.name,
            "contract_date": self._get_document_date(loan.start_date),
            "vehicle": loan.vehicle_id.name,
            "vin": loan.vehicle_id.vin,
            "today": self._get_document_date(today),
            "currency": loan.currency_id.name,
        }

    def _get_address_line(self, partner):
        """Return an address on one line."""
        lines = (partner._display_address(without_company=True) or "").splitlines()
        return ", ".join(line.strip(" ,") for line in lines if line.strip(" ,"))

    def _get_document_date(self, date):
        """Return a date as the language of the context writes it."""
        return format_date(self.env, date) if date else ""

    def _render_block(self, template, **values):
        """Return a table or a list of ours, in the language of the context."""
        return self.env["ir.qweb"]._render(template, values)

    def _fill_text(self, text, partner, extra=None):
        """Return (title, body) of a text filled in for this record.

        :param text: carloan.document.text
        :param partner: whom it is made out to
        :param dict extra: more values, or others in the place of the record's own
        """
        self.ensure_one()
        # sudo: a text says the same whoever issues it, fields that are hidden included
        record_sudo = self.sudo().with_context(lang=text._get_render_lang())
        values = record_sudo._get_document_values(text.kind, partner.sudo())
        return text.sudo()._fill({**values, **(extra or {})})

    def _issue_document(self, kind, partner=None, extra=None, date=None):
        """Make a document from the template in force and keep it.

        Whoever may read the record may issue; callers check more where it matters. The
        file is printed when it is first asked for (``_print``).

        :param str kind: kind of document
        :param partner: whom it is made out to, the borrower if not given
        :param dict extra: values of fields that only the caller knows
        :param date: day whose template holds, today if not given
        :return: one carloan.document, in sudo
        """
        self.ensure_one()
        # sudo: documents are made by the system alone
        self_sudo = self.sudo()
        loan_sudo = self_sudo._get_document_loan()
        partner_sudo = (partner or loan_sudo.partner_id).sudo()
        date = date or fields.Date.context_today(self)
        templates = self_sudo.env["carloan.document.template"]
        template = templates._get_in_force(kind, loan_sudo.company_id, date)
        text = template._get_text(partner_sudo.lang)
        title, body = self_sudo._fill_text(text, partner_sudo, extra)
        return self_sudo.env["carloan.document"].create(
            {
                **self_sudo._prepare_document_vals(),
                "title": title,
                "body": body,
                "text_id": text.id,
                "lang": text._get_render_lang(),
                "partner_id": partner_sudo.id,
                "issued_by_id": self.env.uid,
            }
        )

    def _prepare_document_vals(self):
        """Return what a document keeps of the record it is about."""
        return {"loan_id": self._get_document_loan().id}
