from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    carloan_answer_days = fields.Integer(
        related="company_id.carloan_answer_days", readonly=False
    )
    carloan_activate_days = fields.Integer(
        related="company_id.carloan_activate_days", readonly=False
    )
    carloan_remind_days = fields.Integer(
        related="company_id.carloan_remind_days", readonly=False
    )
    carloan_link_remind_days = fields.Integer(
        related="company_id.carloan_link_remind_days", readonly=False
    )
    carloan_paper_mb = fields.Integer(
        related="company_id.carloan_paper_mb", readonly=False
    )
    carloan_paper_count = fields.Integer(
        related="company_id.carloan_paper_count", readonly=False
    )
    carloan_draft_days = fields.Integer(
        related="company_id.carloan_draft_days", readonly=False
    )
