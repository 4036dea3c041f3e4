import numpy as np
from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.carloan_relief.engine import kpi

from .carloan_report import Frame
from .workbook import Column, Formula, criterion, plain

REQUEST_PATHS = (
    "name",
    "loan_id.name",
    "partner_id.name",
    "user_id.partner_id.name",
    "channel",
    "reason_id.name",
    "grade_id.name",
    "state",
    "date_submitted",
    "date_decided",
    "date_accepted",
    "date_active",
)
GIVEN_PATHS = (
    "offer_id",
    "name",
    "loan_id.name",
    "partner_id.name",
    "reason_id.name",
    "grade_id.name",
    "state",
    "date_active",
    "before_instalment",
    "offer_id.instalment",
    "before_instalments",
    "offer_id.instalments",
    "before_total",
    "offer_id.total_cost",
    "concession",
    "offer_id.modification_loss",
    "loan_id.dpd",
    "loan_id.dpd_original",
    "currency_id.name",
)
GIVEN_AMOUNTS = (
    "before_instalment",
    "offer_id.instalment",
    "before_total",
    "offer_id.total_cost",
    "concession",
    "offer_id.modification_loss",
)
# a request in one of these waits for somebody
OPEN_STATES = ("draft", "submitted", "assessed", "to_approve", "offered", "accepted")


class CarloanReportRelief(models.AbstractModel):
    """Relief: the requests on their way, the time each step takes, and the plans."""

    _name = "carloan.report.relief"
    _description = "Relief Pipeline and Plans"
    _inherit = ["carloan.report"]

    _report_offered = True

    # ------------------------------------------------------------------
    # READ
    # ------------------------------------------------------------------

    def _gather(self, scope):
        """Extend to read the requests, and those of them that became plans."""
        return {
            **super()._gather(scope),
            "requests": self._gather_requests(scope),
            "given": self._gather_given(scope),
        }

    def _gather_requests(self, scope):
        domain = Domain("loan_id", "any", scope.domain)
        rows = self._fetch("carloan.relief.request", domain, REQUEST_PATHS, "id")
        states = self._get_labels("carloan.relief.request", "state")
        channels = self._get_labels("carloan.relief.request", "channel")
        spans = self._get_spans(rows)
        return Frame(
            self._request_columns(),
            [
                (
                    *row[:4],
                    channels.get(row[4]),
                    row[5],
                    row[6],
                    states[row[7]],
                    *(self._local(scope, moment) for moment in row[8:12]),
                    *times,
                )
                for row, times in zip(rows, spans, strict=True)
            ],
        )

    def _get_spans(self, rows):
        """Return the days of each step, NaN for a step not taken, and the age."""
        submitted, decided, accepted, active = (
            np.array([row[i] or "NaT" for row in rows], dtype="datetime64[s]")
            for i in range(8, 12)
        )
        now = np.datetime64(fields.Datetime.now(), "s")
        age = kpi.spans(submitted, np.full(len(rows), now))
        waiting = np.array([row[7] in OPEN_STATES for row in rows], dtype=bool)
        return np.column_stack(
            [
                kpi.spans(submitted, decided),
                kpi.spans(decided, accepted),
                kpi.spans(accepted, active),
                kpi.spans(submitted, active),
                np.where(waiting, age, np.nan),
            ]
        ).tolist()

    def _request_columns(self):
        return [
            Column("request", self.env._("Request")),
            Column("loan", self.env._("Loan")),
            Column("borrower", self.env._("Borrower"), width=26),
            Column("officer", self.env._("Officer")),
            Column("channel", self.env._("Channel"), width=12),
            Column("reason", self.env._("Hardship"), width=22),
            Column("grade", self.env._("Risk grade"), width=10),
            Column("state", self.env._("State"), width=14),
            Column("submitted", self.env._("Submitted"), "datetime"),
            Column("decided", self.env._("Decided"), "datetime"),
            Column("accepted", self.env._("Accepted"), "datetime"),
            Column("active", self.env._("In force"), "datetime"),
            Column("to_decide", self.env._("Days to the decision"), "days"),
            Column("to_accept", self.env._("Days to the answer"), "days"),
            Column("to_active", self.env._("Days to the start"), "days"),
            Column("in_all", self.env._("Days in all"), "days"),
            Column("age", self.env._("Days waiting"), "days"),
        ]

    def _gather_given(self, scope):
        domain = Domain("loan_id", "any", scope.domain) & Domain(
            "date_active", "!=", False
        )
        rows = self._fetch_in_books(
            scope,
            "carloan.relief.request",
            domain,
            GIVEN_PATHS,
            "date_active, id",
            GIVEN_AMOUNTS,
        )
        # in one go: the words of a plan are worked out, not stored
        offers = self.env["carloan.relief.offer"].browse(
            row[0] for row in rows if row[0]
        )
        plans = {offer.id: offer.plan_text for offer in offers}
        states = self._get_labels("carloan.relief.request", "state")
        return Frame(
            self._given_columns(),
            [
                (
                    *row[1:6],
                    states[row[6]],
                    self._local(scope, row[7]),
                    plans.get(row[0]),
                    *(plain(value) for value in row[8:]),
                )
                for row in rows
            ],
        )

    def _given_columns(self):
        return [
            Column("request", self.env._("Request")),
            Column("loan", self.env._("Loan")),
            Column("borrower", self.env._("Borrower"), width=26),
            Column("reason", self.env._("Hardship"), width=22),
            Column("grade", self.env._("Risk grade"), width=10),
            Column("state", self.env._("State"), width=12),
            Column("active", self.env._("In force"), "datetime"),
            Column("plan", self.env._("Plan"), width=44),
            Column("instalment_before", self.env._("Instalment before"), "money"),
            Column("instalment_after", self.env._("Instalment after"), "money"),
            Column("count_before", self.env._("Instalments before"), "int", 12),
            Column("count_after", self.env._("Instalments after"), "int", 12),
            Column("total_before", self.env._("To pay before"), "money", total=True),
            Column("total_after", self.env._("To pay after"), "money", total=True),
            Column("concession", self.env._("Concession"), "money", total=True),
            Column("loss", self.env._("Modification loss"), "money", total=True),
            Column("dpd", self.env._("Days past due"), "int"),
            Column(
                "dpd_original",
                self.env._("Days past due, original schedule"),
                "int",
                12,
            ),
            Column("currency", self.env._("Owed in"), width=9),
        ]

    # ------------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------------

    def _write_sheets(self, book, scope, frames):
        """Extend with the two summaries, then the lists that they add up."""
        pipeline = book.sheet(self.env._("Relief pipeline"))
        given = book.sheet(self.env._("Relief given"))
        requests = self._write_list(book, self.env._("Requests"), frames["requests"])
        plans = self._write_list(book, self.env._("Plans"), frames["given"])
        self._write_pipeline(book, pipeline, frames["requests"], requests)
        self._write_given(book, given, frames["given"], plans)
        return super()._write_sheets(book, scope, frames)

    def _write_list(self, book, name, frame):
        sheet = book.sheet(name)
        return book.table(sheet, 0, frame.columns, frame.rows, totals="above")

    def _write_pipeline(self, book, sheet, frame, requests):
        book.heading(
            sheet,
            self.env._("Relief pipeline"),
            self.env._("Requests by state, and the times."),
        )
        columns = [
            Column("state", self.env._("State"), width=34),
            Column("count", self.env._("Requests"), "int", 12, True),
            Column("age", self.env._("Average days waiting"), "days", 14),
        ]
        rows = self._state_rows(frame, requests)
        table = book.table(sheet, 3, columns, rows, totals="below")
        book.chart(
            sheet,
            3,
            6,
            "bar",
            self.env._("Requests by state"),
            table.chart_range("state"),
            [(self.env._("Requests"), table.chart_range("count"))],
            height=420,
        )
        columns = [
            Column("step", self.env._("Step"), width=34),
            Column("count", self.env._("Requests"), "int", 12),
            Column("mean", self.env._("Average days"), "days", 14),
            Column("median", self.env._("Median days"), "days", 12),
            Column("ninety", self.env._("Nine in ten within"), "days", 12),
        ]
        book.table(sheet, table.last + 4, columns, self._step_rows(frame, requests))

    def _state_rows(self, frame, requests):
        labels = self._get_labels("carloan.relief.request", "state")
        states = np.asarray(frame.values("state"), dtype=object)
        ages = np.asarray(frame.values("age"), dtype=np.float64)
        return [
            (
                label,
                Formula(
                    f"COUNTIFS({requests.ref('state')},{criterion(label)})",
                    int((states == label).sum()),
                ),
                Formula(
                    f"IFERROR(AVERAGEIFS({requests.ref('age')},"
                    f'{requests.ref("state")},{criterion(label)}),"")',
                    kpi.span_stats(ages[states == label])[1],
                ),
            )
            for label in labels.values()
        ]

    def _step_rows(self, frame, requests):
        steps = {
            "to_decide": self.env._("Submitted to decided"),
            "to_accept": self.env._("Decided to accepted"),
            "to_active": self.env._("Accepted to in force"),
            "in_all": self.env._("Submitted to in force"),
        }
        return [
            (label, *self._step_formulas(frame, requests, key))
            for key, label in steps.items()
        ]

    def _step_formulas(self, frame, requests, key):
        count, mean, median, ninety = kpi.span_stats(frame.values(key))
        days = requests.ref(key)
        return (
            Formula(f"COUNT({days})", count),
            Formula(f'IFERROR(AVERAGE({days}),"")', mean),
            Formula(f'IFERROR(MEDIAN({days}),"")', median),
            Formula(f'IFERROR(PERCENTILE({days},0.9),"")', ninety),
        )

    def _write_given(self, book, sheet, frame, plans):
        book.heading(
            sheet,
            self.env._("Relief given"),
            self.env._("Plans in force by month, with what the lender gave up."),
        )
        columns = [
            Column("month", self.env._("Month"), "month", 16),
            Column("count", self.env._("Plans"), "int", 12, True),
            Column("concession", self.env._("Concession"), "money", 18, True),
            Column("loss", self.env._("Modification loss"), "money", 18, True),
        ]
        rows = self._month_rows(frame, plans)
        table = book.table(sheet, 3, columns, rows, totals="below")
        book.chart(
            sheet,
            table.last + 3,
            0,
            "column",
            self.env._("Concession and modification loss by month"),
            table.chart_range("month"),
            [
                (self.env._("Concession"), table.chart_range("concession")),
                (self.env._("Modification loss"), table.chart_range("loss")),
            ],
            width=720,
            category_format="yyyy-mm",
            # a change may also be a gain: its bar hangs down
            from_zero=all((loss or 0.0) >= 0 for loss in frame.values("loss")),
        )

    def _month_rows(self, frame, plans):
        """Return a row for each month from the first plan to the last."""
        starts = [moment.date().replace(day=1) for moment in frame.values("active")]
        rows = []
        month = min(starts, default=None)
        while month and month <= max(starts):
            chosen = [i for i, start in enumerate(starts) if start == month]
            rows.append(self._month_row(frame, plans, month, chosen))
            month += relativedelta(months=1)
        return rows

    def _month_row(self, frame, plans, month, chosen):
        end = month + relativedelta(months=1)
        active = plans.ref("active")
        where = (
            f'{active},">="&DATE({month.year},{month.month},1),'
            f'{active},"<"&DATE({end.year},{end.month},1)'
        )

        def total(key):
            values = frame.values(key)
            amount = sum(values[i] or 0.0 for i in chosen)
            return Formula(f"SUMIFS({plans.ref(key)},{where})", amount)

        return (
            month,
            Formula(f"COUNTIFS({where})", len(chosen)),
            total("concession"),
            total("loss"),
        )

    # ------------------------------------------------------------------
    # COVER
    # ------------------------------------------------------------------

    def _count(self, frames):
        return [
            (self.env._("Relief requests"), frames["requests"]),
            (self.env._("Relief plans"), frames["given"]),
            *super()._count(frames),
        ]

    def _get_definitions(self):
        return [
            (
                self.env._("Days of a step"),
                self.env._("From one event to the next, nights and holidays included."),
            ),
            (
                self.env._("Days waiting"),
                self.env._("From submission to now, of requests that are still open."),
            ),
            (
                self.env._("Concession"),
                self.env._("Present value of what the lender gives up in the plan."),
            ),
            (
                self.env._("Modification loss"),
                self.env._(
                    "Loss booked when the plan came into force: carrying amount less "
                    "the new payments at the original effective rate."
                ),
            ),
            *super()._get_definitions(),
        ]
