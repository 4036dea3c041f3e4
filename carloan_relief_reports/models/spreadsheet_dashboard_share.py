from odoo import api, models
from odoo.exceptions import AccessError


class SpreadsheetDashboardShare(models.Model):
    """A share is a public link to frozen figures, names of borrowers among them."""

    _inherit = "spreadsheet.dashboard.share"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to leave sharing of borrowers' data to managers."""
        shares = super().create(vals_list)
        ours = self.env.ref("carloan_relief_reports.spreadsheet_dashboard_portfolio")
        manager = self.env.user.has_group("carloan_relief.group_manager")
        if ours in shares.dashboard_id and not (manager or self.env.su):
            raise AccessError(
                self.env._(
                    "“%(name)s” shows borrowers: only a manager shares it outside. "
                    "Ask a manager, or send a report.",
                    name=ours.display_name,
                )
            )
        return shares
