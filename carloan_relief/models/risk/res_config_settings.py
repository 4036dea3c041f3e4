from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    carloan_bureau_provider = fields.Selection(
        related="company_id.carloan_bureau_provider", readonly=False
    )
