"""What a campaign counts: the preview by grade, and the answers."""

from odoo import api, fields, models


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    done_count = fields.Integer("Worked Out", compute="_compute_counts")

    selected_count = fields.Integer("Chosen", compute="_compute_counts")

    excluded_count = fields.Integer("Left Out", compute="_compute_counts")

    made_count = fields.Integer("Offers Made", compute="_compute_counts")

    sent_count = fields.Integer("Sent", compute="_compute_counts")

    opened_count = fields.Integer("Opened", compute="_compute_counts")

    accepted_count = fields.Integer("Accepted", compute="_compute_counts")

    active_count = fields.Integer("Active", compute="_compute_counts")

    declined_count = fields.Integer("Declined", compute="_compute_counts")

    expired_count = fields.Integer("Expired", compute="_compute_counts")

    other_count = fields.Integer("Asked for Something Else", compute="_compute_counts")

    cost_made = fields.Monetary("Cost of Offers Made", compute="_compute_counts")

    progress = fields.Float(compute="_compute_counts")

    grade_table = fields.Html(
        "By Risk Grade", compute="_compute_grade_table", sanitize=False
    )

    @api.depends("state", "loan_count", "line_ids")
    def _compute_counts(self):
        """Count the lines of each campaign: one query."""
        names = ("selected", "made", "sent", "opened", "accepted", "active")
        names += ("declined", "expired", "other")
        Line = self.env["carloan.relief.campaign.line"]
        counts = {
            campaign: figures
            for campaign, *figures in Line._read_group(
                [("campaign_id", "in", self.ids)],
                ["campaign_id"],
                ["__count", *(f"is_{name}:sum" for name in names)],
            )
        }
        costs = dict(
            Line._read_group(
                [("campaign_id", "in", self.ids), ("made_on", "!=", False)],
                ["campaign_id"],
                ["cost:sum"],
            )
        )
        for campaign in self:
            total, *figures = counts.get(campaign, [0] * (len(names) + 1))
            campaign.done_count = total
            for name, figure in zip(names, figures, strict=True):
                campaign[f"{name}_count"] = figure or 0
            campaign.excluded_count = total - campaign.selected_count
            campaign.cost_made = costs.get(campaign, 0.0)
            campaign.progress = campaign._get_progress()

    @api.depends("line_ids.exclusion", "line_ids.cost")
    @api.depends_context("lang")
    def _compute_grade_table(self):
        """Show how many of each grade get what: chosen, left out, cost, cut."""
        groups = self.env["carloan.relief.campaign.line"]._read_group(
            [("campaign_id", "in", self.ids)],
            ["campaign_id", "grade_id", "is_selected"],
            ["__count", "cost:sum", "cut:avg"],
        )
        tables = {}
        for campaign, grade, chosen, *figures in groups:
            rows = tables.setdefault(campaign, {})
            rows.setdefault(grade, {})[bool(chosen)] = figures
        for campaign in self:
            rows = tables.get(campaign, {})
            campaign.grade_table = rows and self.env["ir.qweb"]._render(
                "carloan_relief.campaign_grade_table",
                {"rows": [campaign._format_grade(*row) for row in rows.items()]},
            )

    def _format_grade(self, grade, figures):
        """Put the figures of one grade in words of the reader."""
        count, cost, cut = figures.get(True, (0, 0.0, 0.0))
        return {
            "grade": grade.name or self.env._("Not Assessed"),
            "chosen": count,
            "left_out": figures.get(False, (0,))[0],
            "cost": self.currency_id.format(cost or 0.0),
            "cut": f"{cut or 0.0:.1%}",
        }

    def _get_progress(self):
        """Return how far the job is, in percent."""
        if self.state == "previewing":
            return min(100 * self.done_count / max(self.loan_count, 1), 100)
        if self.state in ("running", "paused"):
            return min(100 * self.sent_count / max(self.selected_count, 1), 100)
        return 100 if self.done_count else 0
