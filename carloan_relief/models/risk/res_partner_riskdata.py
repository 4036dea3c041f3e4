from odoo import fields, models

from .carloan_financial_statement import SENSITIVE_GROUPS


class ResPartner(models.Model):
    """Ways from a person to what is known of the household and the credit record."""

    _inherit = "res.partner"

    carloan_statement_count = fields.Integer(
        string="Number of financial statements",
        compute="_compute_carloan_riskdata",
        groups=SENSITIVE_GROUPS,
    )
    carloan_bureau_count = fields.Integer(
        string="Number of bureau reports",
        compute="_compute_carloan_riskdata",
        groups=SENSITIVE_GROUPS,
    )
    carloan_contact_count = fields.Integer(
        string="Number of contacts",
        compute="_compute_carloan_riskdata",
        groups=SENSITIVE_GROUPS,
    )

    def _compute_carloan_riskdata(self):
        for model, link, name in (
            ("carloan.financial.statement", "partner_id", "carloan_statement_count"),
            ("carloan.bureau.report", "partner_id", "carloan_bureau_count"),
            ("carloan.contact", "borrower_id", "carloan_contact_count"),
        ):
            groups = self.env[model]._read_group(
                [(link, "in", self.ids)], [link], ["__count"]
            )
            counts = dict(groups)
            for partner in self:
                partner[name] = counts.get(partner, 0)

    def action_view_carloan_statements(self):
        """Open the financial statements of this person."""
        return self._open_riskdata(
            "carloan_relief.carloan_financial_statement_action", "partner_id"
        )

    def action_view_carloan_bureau(self):
        """Open the bureau reports of this person."""
        return self._open_riskdata(
            "carloan_relief.carloan_bureau_report_action", "partner_id"
        )

    def action_view_carloan_contacts(self):
        """Open the contacts about the loans of this person."""
        return self._open_riskdata(
            "carloan_relief.carloan_contact_action", "borrower_id"
        )

    def _open_riskdata(self, action, link):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action)
        action["domain"] = [(link, "=", self.id)]
        action["context"] = {f"default_{link}": self.id} if link == "partner_id" else {}
        return action
