import math

from odoo import api, fields, models

from ....tools.ranges import parse_end


class CarloanRiskTableRow(models.Model):
    """The factor of the odds in one range; the ends are texts, empty = open."""

    _name = "carloan.risk.table.row"
    _description = "Factor of a table of odds"
    _inherit = ["carloan.kept.row.mixin"]
    _kept_parent = "table_id"
    _order = "table_id, sequence, id"

    table_id = fields.Many2one(
        "carloan.risk.table", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(
        default=10, help="Of rows of one feature, the first that fits counts."
    )
    feature = fields.Selection(
        selection="_selection_feature", string="What", required=True
    )
    lower = fields.Char(string="From", help="Included; empty: no lower end.")
    upper = fields.Char(string="Below", help="Not included; empty: no upper end.")
    factor = fields.Float(
        string="Odds times",
        digits=(8, 4),
        required=True,
        default=1.0,
        help="2 doubles the odds, 0.5 halves them, 1 leaves them.",
    )
    reason = fields.Char(translate=True, help="Said in plain words.")

    @api.model
    def _selection_feature(self):
        """The features of a plan, and those of a loan as the scorecard names them."""
        bins = self.env["carloan.risk.scorecard.bin"]
        return [*self._get_plan_labels().items(), *bins._get_feature_labels().items()]

    @api.model
    def _get_plan_labels(self):
        """Return {name: label} of what a row may look at beside a loan's features."""
        return {
            "cut": self.env._("Plan: share by which the instalment falls"),
            "extend": self.env._("Plan: instalments added"),
            "rate_cut": self.env._("Plan: cut of the yearly rate"),
            "holiday": self.env._("Plan: instalments of a pause"),
            "capitalise": self.env._("Plan: arrears capitalised (1 = yes)"),
            "waive": self.env._("Plan: interest, fee or penalty waived (1 = yes)"),
            "forgive": self.env._("Plan: principal forgiven (1 = yes)"),
            "defer": self.env._("Plan: principal deferred (1 = yes)"),
            "grade": self.env._("Grade (1 = the best)"),
        }

    @api.depends("feature", "lower", "upper")
    def _compute_display_name(self):
        labels = dict(self._selection_feature())
        for row in self:
            span = f"{row.lower or '…'} - {row.upper or '…'}"
            row.display_name = row.reason or f"{labels.get(row.feature, '')}: {span}"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse a row that the engine cannot read."""
        rows = super().create(vals_list)
        rows.table_id._check_engine()
        return rows

    def write(self, vals):
        """Override to refuse a row that the engine cannot read."""
        result = super().write(vals)
        self.table_id._check_engine()
        return result

    def _get_engine_row(self):
        """Return the row as the engine takes it.

        :raises ValueError: for an end that is no number
        """
        return (
            self.feature,
            parse_end(self.lower, -math.inf),
            parse_end(self.upper, math.inf),
            self.factor,
            self.id,
        )
