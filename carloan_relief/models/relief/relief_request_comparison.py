from odoo import api, fields, models

from ...engine import comparison


class CarloanReliefRequest(models.Model):
    """What a request changes: as proposed, and once active as it is in the books."""

    _inherit = "carloan.relief.request"

    comparison = fields.Html(
        "Before and After", compute="_compute_comparison", sanitize=False
    )

    @api.depends("state", "before_rows", "offer_id.rows", "loan_id.schedule_ids")
    @api.depends_context("lang")
    def _compute_comparison(self):
        made = self.env["carloan.schedule"].search([("request_id", "in", self.ids)])
        made_by_request = made.grouped("request_id")
        for request in self:
            schedule = made_by_request.get(request)
            if schedule:
                request.comparison = schedule[:1].comparison
            else:
                request.comparison = (
                    request._compare_proposal() if request.offer_id else False
                )

    def _compare_proposal(self):
        """Return the proposed schedule beside the one in force, as a table."""
        sides = (
            (self.before_rows, self.before_total),
            (self.offer_id.rows, self.offer_id.total_cost),
        )
        return self.loan_id.schedule_id._render_comparison(
            *(self._summarise(rows or [], total) for rows, total in sides)
        )

    def _summarise(self, rows, total):
        """Return the figures of frozen rows; what is due beside them completes the
        total that was promised."""
        rows = [
            {**row, "due_date": fields.Date.to_date(row["due_date"])} for row in rows
        ]
        beside = self._to_minor([total])[0] - comparison.summary(rows)["total"]
        return comparison.summary(rows, beside)
