"""The sheets of relief against the database: states, times, what was given."""

import unittest

from odoo.tests import tagged

from .common_reports import ReportCase

# state, submitted, decided, accepted, in force, concession, loss
CASES = (
    ("submitted", "2026-10-01 08:00:00", None, None, None, 0.0, 0.0),
    ("submitted", "2026-10-11 08:00:00", None, None, None, 0.0, 0.0),
    (
        "active",
        "2026-08-01 08:00:00",
        "2026-08-03 20:00:00",
        "2026-08-05 08:00:00",
        "2026-08-06 08:00:00",
        1200.5,
        800.25,
    ),
    (
        "cured",
        "2026-08-10 08:00:00",
        "2026-08-11 08:00:00",
        "2026-08-21 08:00:00",
        # the first of September in Shanghai, still August in UTC
        "2026-08-31 18:00:00",
        99.99,
        0.0,
    ),
    (
        "broken",
        "2026-06-01 08:00:00",
        "2026-06-09 08:00:00",
        "2026-06-10 08:00:00",
        "2026-06-12 08:00:00",
        10.01,
        -5.0,
    ),
)
STEPS = {
    "Submitted to decided": ("date_submitted", "date_decided"),
    "Decided to accepted": ("date_decided", "date_accepted"),
    "Accepted to in force": ("date_accepted", "date_active"),
    "Submitted to in force": ("date_submitted", "date_active"),
}
TZ = "Asia/Shanghai"


@tagged("post_install", "-at_install")
class TestWorkbookRelief(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cases = cls.env["carloan.relief.request"].create(
            [{"loan_id": loan.id} for loan in cls.loans[: len(CASES)]]
        )
        for case, values in zip(cls.cases, CASES, strict=True):
            cls._set(case, *values)
        cls.env.invalidate_all()

    @classmethod
    def _set(cls, case, state, submitted, decided, accepted, active, given, loss):
        """Put a request where a long life would have brought it."""
        offer = cls.env["carloan.relief.offer"].create(
            {"request_id": case.id, "concession": given, "modification_loss": loss}
        )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE carloan_relief_request SET state = %s, date_submitted = %s,"
            " date_decided = %s, date_accepted = %s, date_active = %s,"
            " offer_id = %s, concession = %s WHERE id = %s",
            (state, submitted, decided, accepted, active, offer.id, given, case.id),
        )

    def _sheets(self):
        """Return both summaries as LibreOffice calculates them, rows by first cell."""
        book = self._recompute(self._build(tz=TZ).data)
        if book is None:
            raise unittest.SkipTest("LibreOffice is not installed: nothing recomputed")
        return [
            {row[0]: row[1:] for row in book[name].iter_rows(values_only=True)}
            for name in ("Relief pipeline", "Relief given")
        ]

    def _query(self, query):
        self.env.cr.execute(query, (self.cases.ids,))
        return self.env.cr.fetchall()

    def test_both_summaries_are_what_the_database_says(self):
        pipeline, given = self._sheets()
        self._check_states(pipeline)
        for label, step in STEPS.items():
            self._check_step(pipeline[label], label, *step)
        self._check_months(given)

    def _check_states(self, rows):
        labels = dict(self.cases._fields["state"]._description_selection(self.env))
        counts = self._query(
            "SELECT state, count(*) FROM carloan_relief_request"
            " WHERE id = ANY(%s) GROUP BY state"
        )
        self.assertEqual(len(counts), 4)
        for state, count in counts:
            self.assertEqual(rows[labels[state]][0], count, state)
        self.assertEqual(rows["Σ"][0], len(self.cases))

    def _check_step(self, row, label, start, end):
        days = f"extract(epoch FROM {end} - {start}) / 86400"
        [expected] = self._query(
            f"SELECT count({days}), avg({days}),"
            f" percentile_cont(0.5) WITHIN GROUP (ORDER BY {days}),"
            f" percentile_cont(0.9) WITHIN GROUP (ORDER BY {days})"
            " FROM carloan_relief_request WHERE id = ANY(%s)"
        )
        for found, value in zip(row, expected, strict=False):
            self.assertAlmostEqual(found, float(value), 5, label)

    def _check_months(self, rows):
        """By the month on the reader's clock, not on that of the server."""
        months = self._query(
            "SELECT date_trunc('month', r.date_active AT TIME ZONE 'UTC'"
            " AT TIME ZONE 'Asia/Shanghai'), count(*), sum(r.concession),"
            " sum(o.modification_loss) FROM carloan_relief_request r"
            " JOIN carloan_relief_offer o ON o.id = r.offer_id"
            " WHERE r.id = ANY(%s) AND r.date_active IS NOT NULL GROUP BY 1"
        )
        self.assertEqual(len(months), 3)
        for month, count, given, loss in months:
            self.assertEqual(rows[month][0], count)
            self.assertAlmostEqual(rows[month][1], float(given), 9)
            self.assertAlmostEqual(rows[month][2], float(loss), 9)
        self.assertAlmostEqual(rows["Σ"][1], sum(case[5] for case in CASES), 9)
