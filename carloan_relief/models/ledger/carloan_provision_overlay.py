from odoo import fields, models


class CarloanProvisionOverlay(models.Model):
    """What people know and the model does not: dated, with a reason."""

    _name = "carloan.provision.overlay"
    _description = "Manual provision"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, check_company=True, tracking=True
    )
    company_id = fields.Many2one(related="loan_id.company_id", store=True)
    least_stage = fields.Selection(
        [("2", "Stage 2"), ("3", "Stage 3")],
        tracking=True,
        help="The loan is in this stage at the least, whatever its days past due.",
    )
    rate = fields.Float(
        string="Added share",
        digits=(8, 6),
        tracking=True,
        help="Added to the expected loss as a share of the exposure: 5 % is 0.05. A "
        "negative one takes off.",
    )
    reason = fields.Text(required=True, tracking=True)
    date_from = fields.Date(required=True, default=fields.Date.context_today)
    date_to = fields.Date(help="Last day; empty: until it is ended by hand.")

    _rate_check = models.Constraint(
        "CHECK (rate BETWEEN -1 AND 1)", "The added share is between -1 and 1."
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A manual provision cannot end before it begins.",
    )

    def _compute_display_name(self):
        for overlay in self:
            overlay.display_name = f"{overlay.loan_id.name}: {overlay.date_from}"
