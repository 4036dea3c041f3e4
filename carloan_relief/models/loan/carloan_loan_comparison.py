from odoo import api, fields, models


class CarloanLoan(models.Model):
    """What a change of the schedule changed, side by side."""

    _inherit = "carloan.loan"

    replaced_instalment_ids = fields.One2many(
        "carloan.instalment",
        string="What would have remained",
        compute="_compute_comparison",
    )
    before_instalment = fields.Monetary(
        string="Instalment before", compute="_compute_comparison"
    )
    before_count = fields.Integer(
        string="Instalments left before", compute="_compute_comparison"
    )
    before_interest = fields.Monetary(
        string="Interest left before", compute="_compute_comparison"
    )
    before_total = fields.Monetary(
        string="To pay before", compute="_compute_comparison"
    )
    after_instalment = fields.Monetary(
        string="Instalment after", compute="_compute_comparison"
    )
    after_count = fields.Integer(
        string="Instalments left after", compute="_compute_comparison"
    )
    after_interest = fields.Monetary(
        string="Interest left after", compute="_compute_comparison"
    )
    comparison = fields.Html(
        string="Before and after", compute="_compute_comparison", sanitize=False
    )
    after_total = fields.Monetary(string="To pay after", compute="_compute_comparison")

    @api.depends("schedule_id", "previous_schedule_id")
    def _compute_comparison(self):
        for loan in self:
            before = loan.previous_schedule_id.instalment_ids.filtered(
                lambda line: line.state == "replaced"
            )
            after = loan.instalment_ids if before else before
            loan.comparison = loan.schedule_id.comparison
            loan.replaced_instalment_ids = before
            for side, lines in (("before", before), ("after", after)):
                for name, value in lines._get_summary().items():
                    loan[f"{side}_{name}"] = value
