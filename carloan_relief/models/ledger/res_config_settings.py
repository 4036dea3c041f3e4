from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    carloan_draft_horizon = fields.Integer(
        related="company_id.carloan_draft_horizon", readonly=False
    )
    carloan_provision = fields.Boolean(
        related="company_id.carloan_provision", readonly=False
    )
    carloan_accrue = fields.Boolean(related="company_id.carloan_accrue", readonly=False)
    carloan_locked_policy = fields.Selection(
        related="company_id.carloan_locked_policy", readonly=False
    )
    carloan_match_confidence = fields.Integer(
        related="company_id.carloan_match_confidence", readonly=False
    )
    carloan_return_days = fields.Integer(
        related="company_id.carloan_return_days", readonly=False
    )
    carloan_entered_days = fields.Integer(
        related="company_id.carloan_entered_days", readonly=False
    )
