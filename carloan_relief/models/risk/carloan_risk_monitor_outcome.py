import numpy as np

from odoo import fields, models
from odoo.tools import date_utils

from ...engine import kpi_model
from ...engine.risk import labels, outcomes


class CarloanRiskMonitor(models.Model):
    """What became of the loans assessed a horizon ago, and of what people changed."""

    _inherit = "carloan.risk.monitor"

    outcome_date = fields.Date(
        string="Outcome Known Since",
        readonly=True,
        help="Loans assessed by this date have had the whole time to default.",
    )

    def _prepare_lines(self):
        return (
            super()._prepare_lines() + self._prepare_outcomes() + self._prepare_share()
        )

    # ------------------------------------------------------------------
    # MATURED LOANS
    # ------------------------------------------------------------------

    def _prepare_outcomes(self):
        """Return separation and calibration of the loans whose outcome is known."""
        found = self._read_matured()
        if not found:
            return []
        book, bad = found
        return [
            *self._prepare_separation(book, bad),
            *self._prepare_calibration(book, bad),
            *self._prepare_override_outcome(book, bad),
        ]

    def _read_matured(self):
        """Return (population, (N,) bool defaulted) of a cohort, or None."""
        months = self.policy_id.horizon_months
        start = date_utils.start_of(self.date, "month")
        cohort = fields.Date.subtract(start, months=months, days=1)
        book = self._read_book(cohort, names=())
        if not len(book):
            return None
        last = fields.Date.add(start, days=-1)
        history = self.env["carloan.risk.months"]
        try:
            _ids, table = history._read(
                self.company_id,
                fields.Date.subtract(cohort, months=6),
                last,
                book.loan_ids,
            )
            # sudo: the definition of default is policy data
            policies = self.env["carloan.risk.policy"].sudo()
            rule = policies._get_in_force(self.company_id, self.date)._get_default_rule(
                horizon=months
            )
            table, _count, _when = labels.with_extensions(table, rule)
            outcome = labels.outcomes(table, cohort, rule)
        except labels.FieldError:
            # the months since then were never written: nothing is known of it
            return None
        self.outcome_date = cohort
        return book.take(outcome.usable), outcome.bad[outcome.usable]

    def _prepare_separation(self, book, bad):
        """Return AUC and KS; an alarm needs more than chance and enough defaults."""
        found, policy = outcomes.separation(book.pd, bad), self.policy_id
        enough = found.defaults >= policy.min_defaults
        status = found.status(policy.auc_watch, policy.auc_act, policy.min_defaults)
        shared = {"loan_count": found.loans, "reference_count": found.defaults}
        return [
            {
                **self._prepare_line("auc", found.auc, status),
                **shared,
                "limit_watch": policy.auc_watch,
                "limit_act": policy.auc_act,
            },
            {
                **self._prepare_line("ks", found.ks, "ok" if enough else "few"),
                **shared,
            },
        ]

    def _prepare_calibration(self, book, bad):
        """Return predicted and observed default rate of each grade of the model."""
        found = outcomes.calibration(
            book.pd, bad, book.model_grade_ids, self.policy_id.calibration_sure
        )
        grades = self.env["carloan.risk.grade"].browse(found)
        return [
            {
                **self._prepare_line(
                    "calibration", found[grade.id].observed, found[grade.id].status()
                ),
                "grade_id": grade.id,
                "expected": found[grade.id].predicted,
                "limit_watch": found[grade.id].low,
                "limit_act": found[grade.id].high,
                "loan_count": found[grade.id].loans,
                "reference_count": found[grade.id].defaults,
            }
            for grade in grades.sorted("sequence")
        ]

    def _prepare_override_outcome(self, book, bad):
        """Return how loans with a grade set by hand did beside the others.

        Compared with what the model had said of the same loans: people who know
        better beat it.
        """
        mine = book.overridden
        if not mine.any():
            return []
        few = mine.sum() < self.policy_id.min_defaults
        observed, predicted = float(bad[mine].mean()), float(book.pd[mine].mean())
        return [
            {
                **self._prepare_line(
                    "override_outcome", observed, "few" if few else "ok"
                ),
                "expected": predicted,
                "loan_count": int(mine.sum()),
                "reference_count": int(bad[mine].sum()),
            }
        ]

    # ------------------------------------------------------------------
    # OVERRIDES
    # ------------------------------------------------------------------

    def _prepare_share(self):
        """Return the share of loans whose grade people set by hand."""
        policy, book = self.policy_id, self._read_book(self.date, names=())
        if not len(book):
            return []
        share, _high, _low = kpi_model.overrides(
            len(book), *self._count_directions(book)
        )
        status = (
            "act"
            if share > policy.override_act
            else "watch"
            if share > policy.override_watch
            else "ok"
        )
        return [
            {
                **self._prepare_line("override", share, status),
                "limit_watch": policy.override_watch,
                "limit_act": policy.override_act,
                "loan_count": len(book),
                "reference_count": int(book.overridden.sum()),
            }
        ]

    def _count_directions(self, book):
        """Return (set worse by hand, set better by hand)."""
        grades = self.env["carloan.risk.grade"]._get_sorted()
        level = np.vectorize(dict(zip(grades.ids, range(len(grades)), strict=True)).get)
        by_hand = book.overridden
        change = level(book.grade_ids[by_hand]) if by_hand.any() else np.empty(0)
        before = level(book.model_grade_ids[by_hand]) if by_hand.any() else change
        return int((change >= before).sum()), int((change < before).sum())
