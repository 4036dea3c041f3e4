import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import classification
from .position_sql import ORIGINAL_QUERY, SNAPSHOT_UPDATE
from .selections import CN_CLASS_SELECTION

OVERDUE = ("principal", "interest", "fee", "penalty")

SNAPSHOT_FIELDS = [
    "position_date",
    "principal_balance",
    "undue_principal",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_amount",
    "credit_balance",
    "next_amount",
    "adjustment_balance",
    "allowance_balance",
    "oldest_due_date",
    "dpd",
    "dpd_original",
    "bucket",
    "cn_class",
    "next_due_date",
]


class CarloanLoan(models.Model):
    """The position of a loan, kept as a snapshot: what lists and filters show."""

    _inherit = "carloan.loan"

    position_date = fields.Date(readonly=True, copy=False)
    principal_balance = fields.Monetary(
        string="Outstanding principal",
        readonly=True,
        copy=False,
        help="All principal outstanding, due or not.",
    )
    undue_principal = fields.Monetary(
        string="Principal not yet due", readonly=True, copy=False
    )
    overdue_principal = fields.Monetary(readonly=True, copy=False)
    overdue_interest = fields.Monetary(readonly=True, copy=False)
    overdue_fee = fields.Monetary(readonly=True, copy=False)
    overdue_penalty = fields.Monetary(readonly=True, copy=False)
    overdue_amount = fields.Monetary(
        readonly=True,
        copy=False,
        help="Billed and not paid, what falls due today included.",
    )
    credit_balance = fields.Monetary(
        string="Borrower's credit",
        readonly=True,
        copy=False,
        help="Paid above what was due; used by the next bill.",
    )
    oldest_due_date = fields.Date(readonly=True, copy=False)
    dpd = fields.Integer(
        string="Days past due", readonly=True, copy=False, aggregator="max"
    )
    dpd_original = fields.Integer(
        string="Days past due, first schedule",
        readonly=True,
        copy=False,
        aggregator="max",
        help="As if no relief had been given: relief never hides lateness.",
    )
    bucket = fields.Selection(
        [
            ("current", "Current"),
            ("1-30", "1-30 days"),
            ("31-60", "31-60 days"),
            ("61-90", "61-90 days"),
            ("91-180", "91-180 days"),
            ("181-360", "181-360 days"),
            ("360+", "Over 360 days"),
        ],
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    cn_class = fields.Selection(
        CN_CLASS_SELECTION,
        string="Five-grade class",
        readonly=True,
        copy=False,
    )
    next_due_date = fields.Date(readonly=True, copy=False)
    next_amount = fields.Monetary(readonly=True, copy=False)
    adjustment_balance = fields.Monetary(
        string="Interest adjustment",
        readonly=True,
        copy=False,
        help="Gain or loss of modifications not yet returned to income.",
    )
    allowance_balance = fields.Monetary(
        string="Loss allowance",
        readonly=True,
        copy=False,
        help="Set aside for losses expected on this loan.",
    )

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    def _refresh_position(self, as_of=None):
        """Write the position snapshot of these loans: one read, one write."""
        as_of = as_of or fields.Date.context_today(self)
        rows = self._read_position_rows(as_of)
        if not rows:
            return
        self._write_position_rows(rows, as_of)
        self._update_state_from_ledger(rows)
        self._update_suspension(as_of)

    def _write_position_rows(self, rows, as_of):
        """Write snapshots by one statement."""
        dpd, classes = self._classify_rows(rows, as_of)
        dpd_original = np.maximum(dpd, self._get_original_dpd(rows, as_of))
        buckets = np.asarray(classification.BUCKETS)[classification.bucket(dpd)]
        values = [
            self._prepare_snapshot(row, as_of, *codes)
            for row, *codes in zip(
                rows,
                dpd.tolist(),
                dpd_original.tolist(),
                buckets.tolist(),
                classes.tolist(),
                strict=True,
            )
        ]
        self.env.cr.execute_values(SNAPSHOT_UPDATE, values, page_size=2000)
        self.invalidate_recordset(SNAPSHOT_FIELDS)
        # stored fields that depend on the snapshot would not see a raw update
        self.modified(SNAPSHOT_FIELDS)

    @api.model
    def _classify_rows(self, rows, as_of):
        """Return (days past due, five-grade classes) of position rows, arrays.

        Relief never lifts a class: a restructured loan stands at special mention at
        best, and one that was non-performing stays so (Order 2023/1 arts. 15, 21).
        """
        dpd = self._get_dpd([row["oldest_due_date"] for row in rows], as_of)
        restructured = np.array([row["restructured"] for row in rows], dtype=bool)
        previous = np.array([row["class_before"] for row in rows], dtype=object)
        # what the clocks of a plan say, where the loan has one
        flags = {
            name: np.array([row[name] for row in rows], dtype=bool)
            for name in ("restructured_again", "upgrade_met")
        }
        classes = np.full(len(rows), "", dtype=object)
        for book, at in self._group_by_book(rows):
            classes[at] = classification.cn_grade(
                dpd[at],
                restructured=restructured[at],
                previous=previous[at],
                **{name: values[at] for name, values in flags.items()},
                as_of=np.datetime64(as_of),
                book=book,
            )
        return dpd, classes

    @api.model
    def _group_by_book(self, rows):
        """Yield each book of rules and the places of the rows it holds for."""
        loans = self.browse(row["id"] for row in rows)
        place = {loan_id: at for at, loan_id in enumerate(loans.ids)}
        for company, own in loans.grouped("company_id").items():
            # a tape as of an earlier day is measured by the first row of each rule
            book = company._get_rule_book().since_ever()
            yield book, [place[loan_id] for loan_id in own.ids]

    def _prepare_snapshot(self, row, as_of, dpd, dpd_original, bucket, cn_class):
        """Return one row of the snapshot, in the order of SNAPSHOT_FIELDS."""
        factor = 10 ** row["digits"]
        overdue = [row[f"overdue_{component}"] for component in OVERDUE]
        minor = [row["principal"] + overdue[0], row["principal"], *overdue]
        minor += [sum(overdue), row["credit"], row["next_amount"], row["adjustment"]]
        minor.append(row["allowance"])
        return (
            row["id"],
            as_of,
            *(amount / factor for amount in minor),
            row["oldest_due_date"],
            dpd,
            dpd_original,
            bucket,
            cn_class,
            row["next_due_date"],
        )

    def _get_original_dpd(self, rows, as_of):
        """Return the days past due on the first schedule of each loan.

        Only loans that have a later schedule differ: for the others the answer is
        zero, and the caller takes the larger of the two.
        """
        changed = [row["id"] for row in rows if row["version"] > 1]
        oldest = {}
        if changed:
            query = SQL(ORIGINAL_QUERY, ids=tuple(changed), as_of=as_of)
            oldest = dict(self.env.execute_query(query))
        return self._get_dpd([oldest.get(row["id"]) for row in rows], as_of)

    def _update_state_from_ledger(self, rows):
        """Close the loans that owe nothing more; reopen those that owe again."""
        settled = {row["id"] for row in rows if self._is_settled(row)}
        loans = self.sudo()  # a cashier's payment may close a loan
        loans.filtered(
            lambda loan: loan.state == "active" and loan.id in settled
        ).write({"state": "closed"})
        loans.filtered(
            lambda loan: loan.state == "closed" and loan.id not in settled
        ).write({"state": "active"})

    @staticmethod
    def _is_settled(row):
        owed = row["principal"] + sum(row[f"overdue_{name}"] for name in OVERDUE)
        owed += row["ahead_interest"]
        return not owed and not row["instalments"]
