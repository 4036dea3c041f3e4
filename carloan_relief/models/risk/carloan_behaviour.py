from odoo import fields, models
from odoo.tools import SQL

from ...tools import bulk

#: What a row of behaviour tells, in the order in which it is loaded.
COLUMNS = (
    "loan_id",
    "company_id",
    "month_end",
    "balance",
    "due",
    "paid",
    "principal_paid",
    "dpd",
    "relief",
    "charged_off",
    "recovered",
    "source",
)
#: What a row says of a column that it leaves out.
DEFAULTS = (None, None, None, 0, 0, 0, 0, 0, False, False, 0, "tape")


class CarloanBehaviour(models.Model):
    """How a loan was paid, month by month.

    Filled in bulk, from an imported tape or from the ledger at the end of a month;
    read by the risk features. Rows are facts: nobody edits them by hand.
    """

    _name = "carloan.behaviour"
    _description = "Payment behaviour of a month"
    _order = "month_end desc, loan_id"
    _log_access = False

    loan_id = fields.Many2one(
        "carloan.loan", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="loan_id.currency_id")
    month_end = fields.Date(required=True, readonly=True)
    balance = fields.Monetary(
        readonly=True, help="Principal owed at the end of the month."
    )
    due = fields.Monetary(readonly=True, help="Instalment of the month.")
    paid = fields.Monetary(readonly=True)
    principal_paid = fields.Monetary(readonly=True)
    dpd = fields.Integer(string="Days past due", readonly=True, aggregator="max")
    relief = fields.Boolean(
        string="Relief month",
        readonly=True,
        help="A holiday or another relief of this month: the clock stands still, the "
        "month is neither missed nor paid.",
    )
    charged_off = fields.Boolean(
        readonly=True, help="The rest was written off in this month."
    )
    recovered = fields.Monetary(
        readonly=True, help="Came in after the loan was written off, costs taken off."
    )
    source = fields.Selection(
        [("tape", "Imported"), ("ledger", "Ledger")],
        required=True,
        readonly=True,
        default="tape",
    )

    _month_uniq = models.UniqueIndex(
        "(loan_id, month_end)", "A loan has one row of behaviour a month."
    )
    _company_idx = models.Index("(company_id, month_end)")

    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.loan_id.name} {row.month_end}"

    def _load_rows(self, rows):
        """Insert imported rows in bulk; a month that is there already is replaced.

        :param rows: tuples in the order of ``COLUMNS``; what is left out at the end
            takes its default
        """
        self._copy_rows((*row, *DEFAULTS[len(row) :]) for row in rows)

    def _copy_rows(self, rows):
        """Write whole rows of ``COLUMNS`` by COPY, replacing the months they tell."""
        cr = self.env.cr
        cr.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS carloan_behaviour_load"
            " (LIKE carloan_behaviour) ON COMMIT DROP;"
            " ALTER TABLE carloan_behaviour_load ALTER id DROP NOT NULL;"
            " TRUNCATE carloan_behaviour_load"
        )
        bulk.copy_in(cr, "carloan_behaviour_load", COLUMNS, rows)
        names = [SQL.identifier(name) for name in COLUMNS]
        cr.execute(
            SQL(
                """
                INSERT INTO carloan_behaviour (%(names)s)
                SELECT DISTINCT ON (loan_id, month_end) %(names)s
                  FROM carloan_behaviour_load
                ON CONFLICT (loan_id, month_end) DO UPDATE SET %(values)s
                """,
                names=SQL(", ").join(names),
                values=SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", name, name) for name in names[3:]
                ),
            )
        )
        self.invalidate_model()
