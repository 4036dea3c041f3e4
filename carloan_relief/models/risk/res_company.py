from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    carloan_cost_per_dependant = fields.Monetary(
        string="Living cost per dependant",
        help="A month, on top of the living costs a borrower states. 0 when the "
        "stated costs include the dependants.",
    )
    carloan_income_reserve = fields.Float(
        string="Reserve kept of the income",
        default=0.10,
        help="Share of the net income left to the household for what cannot be "
        "foreseen.",
    )
    carloan_rescoring = fields.Boolean(
        string="Assess the book each month",
        default=True,
        help="In the first night of a month, every active loan is assessed as of the "
        "month that ended.",
    )

    carloan_bureau_provider = fields.Selection(
        selection="_get_bureau_providers",
        string="Credit bureau",
        help="Who is asked for bureau reports; empty: they are entered or imported.",
    )

    _carloan_income_reserve_share = models.Constraint(
        "CHECK (carloan_income_reserve >= 0 AND carloan_income_reserve < 1)",
        "The reserve kept of the income is a share between 0 and 1, such as 0.10.",
    )

    def _get_bureau_providers(self):
        return self.env["carloan.bureau.provider"]._get_selection()
