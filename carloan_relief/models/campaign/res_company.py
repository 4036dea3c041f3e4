from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_offer_cap = fields.Integer(
        "Unasked Offers at Most",
        default=2,
        help="How many campaigns may write to one borrower within the days; 0: as "
        "many as there are.",
    )
    carloan_offer_cap_days = fields.Integer(
        "Within Days",
        default=180,
        help="Days in which the campaigns that wrote to a borrower are counted.",
    )

    _carloan_offer_cap_check = models.Constraint(
        "CHECK (COALESCE(carloan_offer_cap, 0) >= 0"
        " AND COALESCE(carloan_offer_cap_days, 1) > 0)",
        "The cap on unasked offers is not negative, and counted over a day at least.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    carloan_offer_cap = fields.Integer(
        related="company_id.carloan_offer_cap", readonly=False
    )
    carloan_offer_cap_days = fields.Integer(
        related="company_id.carloan_offer_cap_days", readonly=False
    )
