import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.risk.dictionary import DICTIONARY

FEATURE_SELECTION = [(feature.name, feature.label) for feature in DICTIONARY]


class CarloanRiskScorecardBin(models.Model):
    """Points of one range of one feature.

    The ends are texts so that an open end is an empty cell, not a magic number.
    """

    _name = "carloan.risk.scorecard.bin"
    _description = "Points of a risk scorecard"
    _order = "scorecard_id, feature, unknown, sequence, id"

    scorecard_id = fields.Many2one(
        "carloan.risk.scorecard", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    feature = fields.Selection(FEATURE_SELECTION, required=True)
    lower = fields.Char(string="From", help="Included; empty: no lower end.")
    upper = fields.Char(string="Below", help="Not included; empty: no upper end.")
    unknown = fields.Boolean(help="Used when the value is not known.")
    points = fields.Float(required=True)
    share = fields.Float(
        string="Share of the book",
        readonly=True,
        copy=False,
        help="Of the active loans, when the book was last measured.",
    )
    reason = fields.Char(
        translate=True,
        help="Said in plain words when these points pull the loan down.",
    )

    @api.depends("feature", "lower", "upper", "unknown")
    def _compute_display_name(self):
        labels = self._get_feature_labels()
        for row in self:
            span = f"{row.lower or '…'} - {row.upper or '…'}"
            span = self.env._("unknown") if row.unknown else span
            row.display_name = f"{labels.get(row.feature, '')}: {span}"

    def _get_feature_labels(self):
        """Return {feature: label} in the language of the reader."""
        return dict(self._fields["feature"]._description_selection(self.env))

    @api.constrains("feature", "lower", "upper", "unknown")
    def _check_range(self):
        for row in self:
            try:
                valid = row.unknown or row._get_lower() < row._get_upper()
            except ValueError:
                valid = False
            if not valid:
                raise ValidationError(
                    self.env._(
                        "Scorecard %(card)s, %(bin)s: both ends must be numbers, the "
                        "lower one first; leave an end empty to keep it open.",
                        card=row.scorecard_id.name,
                        bin=row.display_name,
                    )
                )
        self._check_no_overlap()

    def _check_no_overlap(self):
        """Refuse two bins of one feature for the same value."""
        siblings = self.scorecard_id.bin_ids
        for (card, feature, _unknown), rows in siblings.grouped(
            lambda row: (row.scorecard_id, row.feature, row.unknown)
        ).items():
            rows = rows.sorted(lambda row: row._get_lower())
            for row, following in zip(rows, rows[1:], strict=False):
                if row.unknown or following._get_lower() < row._get_upper():
                    raise ValidationError(
                        self.env._(
                            "Scorecard %(card)s: %(first)s and %(second)s overlap. "
                            "Let one end where the other begins.",
                            card=card.name,
                            first=row.display_name,
                            second=following.display_name,
                            feature=feature,
                        )
                    )

    def _get_lower(self):
        """Return the lower end; nan for the bin of unknown values."""
        return self._get_end(self.lower, -math.inf)

    def _get_upper(self):
        """Return the upper end; nan for the bin of unknown values."""
        return self._get_end(self.upper, math.inf)

    def _get_end(self, text, open_end):
        if self.unknown:
            return math.nan
        value = float(text) if (text or "").strip() else open_end
        if math.isnan(value):
            raise ValueError(text)
        return value
