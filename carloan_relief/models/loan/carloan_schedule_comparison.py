from odoo import api, fields, models
from odoo.tools import format_date

from ...engine import comparison


class CarloanSchedule(models.Model):
    """A schedule beside the one that it replaced."""

    _inherit = "carloan.schedule"

    before_id = fields.Many2one(
        "carloan.schedule",
        string="In the place of",
        compute="_compute_before_id",
        help="The schedule that was in force before this one.",
    )
    comparison = fields.Html(
        string="Before and after", compute="_compute_comparison", sanitize=False
    )

    @api.depends("loan_id.schedule_ids.state", "version")
    def _compute_before_id(self):
        for schedule in self:
            earlier = schedule.loan_id.schedule_ids.filtered(
                lambda one, this=schedule: (
                    one.version < this.version and one.state in ("active", "superseded")
                )
            )
            schedule.before_id = earlier.sorted("version")[-1:]

    @api.depends("before_id", "instalment_ids.amount")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for schedule in self:
            schedule.comparison = (
                schedule._render_comparison(*schedule._get_compared())
                if schedule.before_id
                else False
            )

    def _get_replaced_instalments(self):
        """Return what would have remained of the schedule that this one replaced."""
        lines = self.before_id.instalment_ids
        replaced = lines.filtered(lambda line: line.state == "replaced")
        # a relief that was undone gave them back: then by their days
        return replaced or lines.filtered(lambda line: line.due_date > self.date_from)

    def _get_compared(self):
        """Return both summaries: what was to be paid, and what is."""
        self.ensure_one()
        before = self._get_replaced_instalments()._get_rows()
        after = self.instalment_ids._get_rows()
        return (
            comparison.summary(before, self._get_arrears_settled()),
            comparison.summary(after),
        )

    def _get_arrears_settled(self):
        """Return the arrears that making this schedule dealt with, in minor units.

        The ledger room reads them from the entries.
        """
        return 0

    def _render_comparison(self, before, after):
        """Return two summaries side by side, with their differences, as a table.

        :param before, after: `engine.comparison.summary`, in the loan's currency
        """
        labels = self._get_comparison_labels()
        rows = [
            {
                "label": labels[name],
                "before": self._format_figure(name, old),
                "after": self._format_figure(name, new),
                "change": self._format_change(name, change),
                "total": name == "total",
            }
            for name, old, new, change in comparison.compare(before, after)
        ]
        return self.env["ir.qweb"]._render(
            "carloan_relief.schedule_comparison", {"rows": rows}
        )

    @api.model
    def _get_comparison_labels(self):
        return {
            "instalment": self.env._("Instalment"),
            "last_instalment": self.env._("Last instalment"),
            "count": self.env._("Instalments left"),
            "last_due_date": self.env._("Last due date"),
            "interest": self.env._("Interest still to pay"),
            "fee": self.env._("Fees still to pay"),
            "due_now": self.env._("Arrears beside the schedule"),
            "total": self.env._("Still to pay, in all"),
        }

    def _format_figure(self, name, value):
        """Return one figure as a person reads it."""
        if name == "count":
            return str(value)
        if name == "last_due_date":
            return format_date(self.env, value) if value else "–"
        return self.currency_id.format(self._from_minor([value])[0])

    def _format_change(self, name, change):
        """Return a difference with its sign; nothing where there is none."""
        if not change:
            return ""
        sign = "+" if change > 0 else "−"
        if name == "last_due_date":
            return self.env._("%(change)s days", change=f"{sign}{abs(change)}")
        return sign + self._format_figure(name, abs(change))


class CarloanInstalment(models.Model):
    _inherit = "carloan.instalment"

    def _get_rows(self):
        """Return instalments as rows of the engine: minor units, the oldest first."""
        lines = self.sorted("due_date")
        names = {"instalment": "amount", "interest": "interest", "fee": "fee"}
        columns = {
            name: lines.loan_id[:1]._to_minor(lines.mapped(field))
            for name, field in names.items()
        }
        return [
            {
                "due_date": line.due_date,
                **{name: column[index] for name, column in columns.items()},
            }
            for index, line in enumerate(lines)
        ]
