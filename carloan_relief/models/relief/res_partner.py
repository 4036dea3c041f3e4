from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    carloan_request_count = fields.Integer(
        "Relief Requests", compute="_compute_carloan_request_count"
    )

    def _compute_carloan_request_count(self):
        Request = self.env["carloan.relief.request"]
        counts = {}
        if Request.has_access("read"):
            counts = dict(
                Request._read_group(
                    [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
                )
            )
        for partner in self:
            partner.carloan_request_count = counts.get(partner, 0)

    def action_view_carloan_requests(self):
        """Open the relief requests of this borrower."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_request_action"
        )
        return dict(action, domain=[("partner_id", "=", self.id)], context={})
