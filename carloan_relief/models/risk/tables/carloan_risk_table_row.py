import math

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ....tools.ranges import parse_end

_lt = LazyTranslate(__name__)

#: What a row may look at beside the features of a loan.
PLAN_FEATURES = [
    ("cut", _lt("Plan: share by which the instalment falls")),
    ("extend", _lt("Plan: instalments added")),
    ("rate_cut", _lt("Plan: cut of the yearly rate")),
    ("holiday", _lt("Plan: instalments of a pause")),
    ("capitalise", _lt("Plan: arrears capitalised (1 = yes)")),
    ("waive", _lt("Plan: interest, fee or penalty waived (1 = yes)")),
    ("forgive", _lt("Plan: principal forgiven (1 = yes)")),
    ("defer", _lt("Plan: principal deferred (1 = yes)")),
    ("grade", _lt("Grade (1 = the best)")),
]


class CarloanRiskTableRow(models.Model):
    """The factor of the odds in one range; the ends are texts, empty = open."""

    _name = "carloan.risk.table.row"
    _description = "Factor of a table of odds"
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
        """The features of a loan as the scorecard names them, and those of a plan."""
        bins = self.env["carloan.risk.scorecard.bin"]
        plan = [(key, self.env._(label)) for key, label in PLAN_FEATURES]
        return plan + list(bins._get_feature_labels().items())

    @api.depends("feature", "lower", "upper")
    def _compute_display_name(self):
        labels = dict(self._selection_feature())
        for row in self:
            span = f"{row.lower or '…'} - {row.upper or '…'}"
            row.display_name = row.reason or f"{labels.get(row.feature, '')}: {span}"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to leave a table as it is once something rests on it."""
        rows = super().create(vals_list)
        rows.table_id._check_unused()
        rows.table_id._check_engine()
        return rows

    def write(self, vals):
        """Override to leave a table as it is once something rests on it."""
        self.table_id._check_unused()
        result = super().write(vals)
        self.table_id._check_engine()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        self.table_id._check_unused()

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
