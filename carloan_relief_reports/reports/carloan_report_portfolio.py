from functools import cached_property

import numpy as np

from odoo import models
from odoo.fields import Domain

from odoo.addons.carloan_relief.engine import classification

from .carloan_report import Frame
from .workbook import Column, plain

# (path to read, key in the sheet); what is worked out after reading has no path
LOAN_PATHS = (
    "name",
    "partner_id.name",
    "team_id.name",
    "user_id.partner_id.name",
    "product_id.name",
    "start_date",
    "principal",
    "annual_rate",
    "principal_balance",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_amount",
    "oldest_due_date",
    "dpd",
    "dpd_original",
    "cn_class",
    "risk_grade_id.name",
    "risk_pd",
    "next_due_date",
    "next_amount",
    "currency_id.name",
)
LOAN_AMOUNTS = (
    "principal",
    "principal_balance",
    "overdue_principal",
    "overdue_interest",
    "overdue_fee",
    "overdue_penalty",
    "overdue_amount",
    "next_amount",
)


class LoanFrame(Frame):
    """The loans as arrays, made once: amounts in whole hundredths."""

    @cached_property
    def balance(self):
        return _cents(self.values("balance"))

    @cached_property
    def overdue(self):
        return _cents(self.values("overdue"))

    @cached_property
    def dpd(self):
        return np.asarray(self.values("dpd"), dtype=np.int64)

    @cached_property
    def original(self):
        return np.asarray(self.values("dpd_original"), dtype=np.int64)


class CarloanReportPortfolio(models.AbstractModel):
    """Portfolio and delinquency, on the schedule in force and on the original one."""

    _name = "carloan.report.portfolio"
    _description = "Portfolio and Delinquency"
    _inherit = ["carloan.report"]

    _report_offered = True

    # ------------------------------------------------------------------
    # READ
    # ------------------------------------------------------------------

    def _gather(self, scope):
        """Extend to read the outstanding loans."""
        return {**super()._gather(scope), "loans": self._gather_loans(scope)}

    def _gather_loans(self, scope):
        outstanding = scope.domain & Domain("state", "=", "active")
        rows = self._fetch_in_books(
            scope,
            "carloan.loan",
            outstanding,
            LOAN_PATHS,
            "dpd desc, id",
            LOAN_AMOUNTS,
        )
        buckets = self._get_bucket_labels()
        classes = self._get_labels("carloan.loan", "cn_class")
        no_grade = self.env._("Not graded")
        return LoanFrame(
            self._loan_columns(),
            [self._loan_row(row, buckets, classes, no_grade) for row in rows],
        )

    def _get_bucket_labels(self):
        """Return the labels of the lateness bands in the engine's order."""
        labels = self._get_labels("carloan.loan", "bucket")
        return [labels[code] for code in classification.BUCKETS]

    def _loan_row(self, row, buckets, classes, no_grade):
        """Return a row of the sheet from a row of the statement."""
        *head, oldest, dpd, original, cn_class, grade, pd, due, amount, currency = row
        dpd, original = dpd or 0, original or 0
        return (
            *(plain(value) for value in head),
            oldest,
            dpd,
            buckets[int(classification.bucket(dpd))],
            original,
            buckets[int(classification.bucket(original))],
            classes.get(cn_class, ""),
            grade or no_grade,
            plain(pd),
            due,
            plain(amount),
            currency,
        )

    def _loan_columns(self):
        return [
            Column("loan", self.env._("Loan")),
            Column("borrower", self.env._("Borrower"), width=26),
            Column("team", self.env._("Team")),
            Column("officer", self.env._("Officer")),
            Column("product", self.env._("Product"), width=22),
            Column("start", self.env._("Lent on"), "date"),
            Column("lent", self.env._("Amount lent"), "money", total=True),
            Column("rate", self.env._("Annual rate"), "rate"),
            Column("balance", self.env._("Outstanding principal"), "money", total=True),
            Column(
                "due_principal", self.env._("Overdue principal"), "money", total=True
            ),
            Column("due_interest", self.env._("Overdue interest"), "money", total=True),
            Column("due_fee", self.env._("Overdue fees"), "money", total=True),
            Column("due_penalty", self.env._("Overdue penalties"), "money", total=True),
            Column("overdue", self.env._("Overdue in all"), "money", total=True),
            Column("oldest", self.env._("Oldest unpaid due date"), "date"),
            Column("dpd", self.env._("Days past due"), "int"),
            Column("bucket", self.env._("Lateness"), width=14),
            Column(
                "dpd_original",
                self.env._("Days past due, original schedule"),
                "int",
                12,
            ),
            Column(
                "bucket_original", self.env._("Lateness, original schedule"), width=14
            ),
            Column("class", self.env._("Five-grade class"), width=16),
            Column("grade", self.env._("Risk grade"), width=12),
            Column("pd", self.env._("Default probability"), "rate", 11),
            Column("next_due", self.env._("Next due date"), "date"),
            Column("next_amount", self.env._("Next instalment"), "money", total=True),
            Column("currency", self.env._("Owed in"), width=9),
        ]

    # ------------------------------------------------------------------
    # TOOLING
    # ------------------------------------------------------------------

    def _class_codes(self, frame):
        labels = self._get_labels("carloan.loan", "cn_class")
        codes = {label: code for code, label in labels.items()}
        return [codes.get(label, "") for label in frame.values("class")]

    def _count(self, frames):
        return [(self.env._("Loans"), frames["loans"]), *super()._count(frames)]

    def _get_definitions(self):
        return [
            (
                self.env._("Outstanding loans"),
                self.env._(
                    "Loans in force. Drafts, closed, cancelled and written-off loans "
                    "are in no figure."
                ),
            ),
            (
                self.env._("Overdue rate by outstanding principal"),
                self.env._(
                    "Full outstanding principal of every loan with a due day in the "
                    "past and unpaid, divided by all outstanding principal."
                ),
            ),
            (
                self.env._("Overdue rate by number of loans"),
                self.env._("Loans past due divided by outstanding loans."),
            ),
            (
                self.env._("Overdue amount to outstanding principal"),
                self.env._(
                    "Only what is billed and unpaid (principal, interest, fees, "
                    "penalties) divided by all outstanding principal."
                ),
            ),
            (
                self.env._("Non-performing ratio"),
                self.env._(
                    "Outstanding principal of the classes substandard, doubtful and "
                    "loss, divided by all outstanding principal; written-off loans "
                    "are left out."
                ),
            ),
            (
                self.env._("On the original schedule"),
                self.env._(
                    "Days past due as if no relief had been given. A loan that is "
                    "less late on its new schedule is not better for it."
                ),
            ),
            (
                self.env._("More than N days"),
                self.env._("Strictly more: day 30 is not more than 30 days."),
            ),
            *super()._get_definitions(),
        ]


def _cents(values):
    """Return amounts as whole hundredths, exact for the sums of the engine."""
    amounts = np.asarray([value or 0.0 for value in values], dtype=np.float64)
    return np.rint(amounts * 100).astype(np.int64)
