import calendar
import datetime

import numpy as np

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.fields import FieldError
from ...engine.risk import labels
from ...engine.risk.learn.sample import Sample

#: Months of history that a date should have behind it, and months between two dates.
BEFORE, STEP = 6, 3
#: Loans whose features are gathered at a time: bounds the memory.
BATCH = 20_000


class CarloanRiskSample(models.AbstractModel):
    """What models learn from: loans on past dates, and what became of them.

    Features are those of the date, by the one query that scores loans as well; the
    outcome is read from the months after it. Loans that are over count as long as they
    were open on the date: without them every past would look better than it was.
    """

    _name = "carloan.risk.sample"
    _description = "Samples to learn from"

    def _get_months(self, company, rule):
        """Return (loan ids, Months with extensions marked, notes) of a company."""
        try:
            ids, months = self.env["carloan.risk.months"]._read(company)
        except FieldError as error:
            raise UserError(
                self.env._(
                    "%(company)s has no payment history to learn from. Import a tape "
                    "with its months, or let the month-end job write those of the "
                    "ledger.",
                    company=company.display_name,
                )
            ) from error
        months, count, when = labels.with_extensions(months, rule)
        return ids, months, {"extensions": count, "unusual": [str(m)[:7] for m in when]}

    def _get_dates(self, months, rule, step=STEP):
        """Return the month ends to learn from when nobody names any."""
        usable = range(min(BEFORE, months.count - 1), months.count - rule.horizon)
        ends = [self._month_end(months.first + at) for at in usable]
        return [day for day in ends if day.month % step == 0] or ends[-1:]

    def _month_end(self, month):
        day = month.astype("datetime64[M]").astype(object)
        return datetime.date(
            day.year, day.month, calendar.monthrange(day.year, day.month)[1]
        )

    def _collect(self, company, dates, rule, history=None, report=None):
        """Return (Sample, {date: counts of outcomes}) of a company on some dates.

        :param dates: month ends
        :param Default rule: the definition of default
        :param history: what ``_get_months`` returned, when known already
        :param report: called with (share done, text)
        :raise UserError: for a date whose horizon is not over
        """
        ids, months, _notes = history or self._get_months(company, rule)
        bad = labels.default_months(months, rule)
        parts, counts = [], {}
        for at, day in enumerate(sorted(dates)):
            if report:
                report(at / len(dates), str(day))
            try:
                found = labels.outcomes(months, day, rule, bad)
            except FieldError as error:
                raise UserError(self._say_dates(day, months, rule)) from error
            counts[str(day)] = found.counts()
            parts.append(self._take(ids[found.usable], day, found.bad[found.usable]))
        return self._join(parts), counts

    def _say_dates(self, day, months, rule):
        """Say why a date cannot be learned from, and which can."""
        last = self._month_end(months.first + months.count - 1 - rule.horizon)
        return self.env._(
            "As of %(date)s nothing can be learned: the payment history reaches from "
            "%(first)s to %(until)s, and %(horizon)s months after the date must lie in "
            "it. Choose month ends up to %(last)s.",
            date=day,
            first=self._month_end(months.first),
            until=self._month_end(months.first + months.count - 1),
            horizon=rule.horizon,
            last=last,
        )

    def _take(self, loan_ids, day, bad):
        """Return the Sample of loans on one date."""
        loan_ids = [int(loan_id) for loan_id in loan_ids]
        found = []
        for start in range(0, len(loan_ids), BATCH):
            found.append(self._gather(loan_ids[start : start + BATCH], day))
        names = list(found[0]) if found else []
        return Sample(
            {name: np.concatenate([part[name] for part in found]) for name in names},
            bad,
            self._read_borrowers(loan_ids),
            np.full(len(loan_ids), day, "datetime64[D]"),
        )

    def _gather(self, loan_ids, day):
        """Return {feature: (N,)} of loans, those that are over included."""
        loans = self.env["carloan.loan"].with_context(active_test=False)
        return self.env["carloan.risk.features"]._gather(loans.browse(loan_ids), day)

    def _read_borrowers(self, loan_ids):
        rows = dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, partner_id FROM carloan_loan WHERE id = ANY(%s)",
                    loan_ids,
                )
            )
        )
        return np.array([rows[loan_id] for loan_id in loan_ids], np.int64)

    @staticmethod
    def _join(parts):
        """Return one Sample of several."""
        parts = [part for part in parts if len(part)] or parts[:1]
        return Sample(
            {
                name: np.concatenate([part.features[name] for part in parts])
                for name in parts[0].features
            },
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("bad", "borrower", "date")
            ),
        )
