import numpy as np

from odoo import fields, models
from odoo.tools import SQL

from ...engine.risk.behaviour import WINDOW, Grid
from ...tools import bulk
from ...tools.fetch import fetch

#: What a month tells in numbers, in the order of :meth:`_get_months`.
MONTH_COLUMNS = (
    "balance",
    "due",
    "paid",
    "principal_paid",
    "dpd",
    "relief",
    "charged_off",
    "recovered",
)

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
    "computed_at",
)
#: What a row says of a column that it leaves out.
DEFAULTS = (None, None, None, 0, 0, 0, 0, 0, False, False, 0, "tape", None)

FLAGS = ("relief", "charged_off")


def _cell(name):
    """Return a column of the months as a number."""
    column = SQL.identifier(name)
    return SQL("%s::int", column) if name in FLAGS else column


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
    computed_at = fields.Datetime(
        readonly=True, help="When the ledger was asked; empty for imported months."
    )
    source = fields.Selection(
        [("tape", "Imported"), ("ledger", "Ledger")],
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

    # ------------------------------------------------------------------
    # READING
    # ------------------------------------------------------------------

    def _get_months(self, loans, first, last, names=MONTH_COLUMNS):
        """Return the months of N loans as arrays, and nothing outside of them.

        :param loans: recordset of N loans
        :param date first: a day of the first month
        :param date last: a day of the last month
        :param names: of ``MONTH_COLUMNS``
        :return: {name: (N, M) float64}; nan where there is no row; flags are 0 or 1
        """
        first, last = (np.datetime64(day, "M") for day in (first, last))
        count = int((last - first).astype(int)) + 1
        ids = np.asarray(loans.ids, np.int64)
        query = SQL(
            """
            SELECT loan_id, month_end - DATE '1970-01-01', %(cells)s
              FROM carloan_behaviour
             WHERE loan_id = ANY(%(ids)s) AND month_end BETWEEN %(first)s AND %(last)s
            """,
            cells=SQL(", ").join(_cell(name) for name in names),
            ids=ids.tolist(),
            first=first.astype("datetime64[D]").item(),
            last=((last + 1).astype("datetime64[D]") - 1).item(),
        )
        rows = fetch(self.env, query, len(names) + 2)
        order = np.argsort(ids, kind="stable")
        at = order[np.searchsorted(ids[order], rows[:, 0].astype(np.int64))]
        days = rows[:, 1].astype(np.int64).astype("datetime64[D]")
        month = (days.astype("datetime64[M]") - first).astype(int)
        found = {}
        for column, name in enumerate(names, start=2):
            found[name] = np.full((ids.size, count), np.nan)
            found[name][at, month] = rows[:, column]
        return found

    def _get_grid(self, loans, as_of):
        """Return the grid of the months that were over on a day, for the engine."""
        last = fields.Date.add(as_of, days=1)  # a month end is over on its own day
        last = fields.Date.subtract(last, days=last.day)
        first = fields.Date.subtract(last, months=WINDOW - 1, day=1)
        names = ("balance", "due", "paid", "dpd", "relief")
        months = self._get_months(loans, first, last, names)
        return Grid(
            due=months["due"],
            paid=months["paid"],
            balance=months["balance"],
            dpd=months["dpd"],
            relief=months["relief"] == 1,
        )

    # ------------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------------

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
