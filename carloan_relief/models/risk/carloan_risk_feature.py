from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.risk.dictionary import DICTIONARY, MISSING

FAMILY_SELECTION = [
    ("behaviour", "Payment behaviour"),
    ("terms", "Terms of the loan"),
    ("relief", "Reliefs"),
    ("collateral", "Vehicle"),
    ("household", "Household"),
    ("bureau", "Credit bureau"),
    ("contact", "Contacts"),
]
UNIT_SELECTION = [
    ("days", "Days"),
    ("months", "Months"),
    ("years", "Years"),
    ("share", "Share"),
    ("instalments", "Instalments"),
    ("amount", "Amount"),
    ("loans", "Loans"),
    ("reliefs", "Reliefs"),
    ("code", "Code"),
    ("points", "Points"),
    ("accounts", "Accounts"),
    ("inquiries", "Inquiries"),
    ("contacts", "Contacts"),
    ("promises", "Promises"),
]


class CarloanRiskFeature(models.Model):
    """The data dictionary: a page that shows what the code declares, nothing else."""

    _name = "carloan.risk.feature"
    _description = "Feature that risk may look at"
    _auto = False
    _order = "id"

    name = fields.Char(string="Code", readonly=True)
    label = fields.Selection(
        [(feature.name, feature.label) for feature in DICTIONARY],
        string="Feature",
        readonly=True,
    )
    family = fields.Selection(FAMILY_SELECTION, readonly=True)
    unit = fields.Selection(UNIT_SELECTION, readonly=True)
    direction = fields.Selection(
        [
            ("1", "The more, the riskier"),
            ("-1", "The less, the riskier"),
            ("0", "Open"),
        ],
        string="Risk",
        readonly=True,
        help="What models are bound to; open: the data decide.",
    )
    missing = fields.Selection(
        list(MISSING.items()), string="When not known", readonly=True
    )

    @property
    def _table_query(self):
        """Return the declared features as rows."""
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s)",
                number,
                feature.name,
                feature.family,
                feature.unit,
                str(feature.direction),
                feature.missing,
            )
            for number, feature in enumerate(DICTIONARY, start=1)
        )
        return SQL(
            "SELECT id, name, name AS label, family, unit, direction, missing"
            " FROM (VALUES %s)"
            " AS known (id, name, family, unit, direction, missing)",
            rows,
        )

    @api.depends("label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = self._get_labels()
        for feature in self:
            feature.display_name = labels.get(feature.name)

    def _get_labels(self):
        """Return {name: label} of every feature in the language of the reader."""
        return dict(self._fields["label"]._description_selection(self.env))
