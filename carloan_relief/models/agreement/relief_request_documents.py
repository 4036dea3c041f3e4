"""What the texts of a case say, and the documents that were issued of it."""

from odoo import api, fields, models


class CarloanReliefRequest(models.Model):
    _name = "carloan.relief.request"
    _inherit = ["carloan.relief.request", "carloan.document.mixin"]

    document_ids = fields.One2many(
        "carloan.document", "request_id", "Documents", readonly=True
    )
    document_count = fields.Integer(
        "Number of Documents", compute="_compute_document_count"
    )

    @api.depends("document_ids")
    def _compute_document_count(self):
        for request in self:
            request.document_count = len(request.document_ids)

    def _get_document_loan(self):
        """Override: the loan of the case."""
        self.ensure_one()
        return self.loan_id

    def _prepare_document_vals(self):
        """Override: documents of a case are found from it, and of which proposal."""
        return {
            **super()._prepare_document_vals(),
            "request_id": self.id,
            "proposal_hash": self.proposal_hash,
        }

    def _get_document_values(self, kind, partner):
        """Override: what the case and its offer add."""
        values = super()._get_document_values(kind, partner)
        values.update(
            request=self.name,
            officer=self.user_id.name,
            hardship=self.reason_id.display_name,
        )
        if self.offer_id:
            values.update(self._get_plan_values())
        return values

    def _get_plan_values(self):
        """Return the fields that speak of the proposed plan."""
        offer = self.offer_id
        money = self.currency_id.format
        rows = offer.rows or [{}]
        return {
            "measures": lambda: self._render_block(
                "carloan_relief.document_list", items=offer._get_sentences()
            ),
            "comparison": lambda: self._render_block(
                "carloan_relief.document_comparison", case=self, offer=offer
            ),
            "schedule": lambda: self._render_block(
                "carloan_relief.document_schedule",
                rows=offer._get_money_rows(),
                currency=self.currency_id,
            ),
            "instalment": money(offer.instalment),
            "instalments": str(offer.instalments),
            "first_due": self._get_document_date(rows[0].get("due_date")),
            "last_due": self._get_document_date(rows[-1].get("due_date")),
            "due_now": offer.due_now and money(offer.due_now),
            "total": money(offer.total_cost),
            "consents": ", ".join(self.consent_ids.mapped("partner_id.name")),
            "valid_until": self._get_document_date(self.expiry_date),
        }

    def action_view_documents(self):
        """Open the documents of the case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_document_action"
        )
        return dict(action, domain=[("request_id", "=", self.id)], context={})
