"""A second relief while the first still runs: in the ledger as in the engine."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import frozen, measures, rest, valuation

from .common_closing import ClosingCase
from .common_suspended import SuspendedCase

HOLIDAY = {"kind": "holiday", "instalments": 5, "interest": "defer"}
LOW = {"kind": "lower_instalment", "amount": "350", "instalments": 5}
CARRY = {"kind": "carry", "components": ["interest"]}
#: First reliefs that leave something running after three of their instalments.
FIRST = {
    "holiday, interest later": [HOLIDAY],
    "holiday, interest capitalised, arrears too": [
        HOLIDAY | {"interest": "capitalise"},
        {"kind": "capitalise", "components": ["principal", "interest"]},
    ],
    "rate for some time": [
        {"kind": "rate", "annual_rate": 0.024, "instalments": 8},
        {"kind": "waive", "component": "interest", "percent": 50},
    ],
    "lowered instalments, carried interest": [LOW, CARRY],
    "interest carried beyond a holiday": [HOLIDAY, CARRY],
    "principal deferred": [
        {"kind": "defer_principal", "amount": "20000"},
        {"kind": "extend", "instalments": 6},
    ],
    "waived on completion": [
        HOLIDAY | {"interest": "waive"},
        {
            "kind": "waive",
            "component": "interest",
            "percent": 50,
            "when": "on_completion",
        },
    ],
}
SECOND = {
    "longer, at another rate": [
        {"kind": "extend", "instalments": 6},
        {"kind": "rate", "annual_rate": 0.048},
    ],
    "forgiven, deferred, carried": [
        {"kind": "forgive_principal", "percent": 5},
        {"kind": "defer_principal", "amount": "5000"},
        CARRY,
    ],
}


@tagged("post_install", "-at_install")
class TestCarriedClaimPaid(SuspendedCase):
    """A claim carried into a later instalment may be paid before that falls due."""

    def test_a_bounce_is_allocated_anew_on_its_own_day(self):
        with freeze_time("2026-01-15"):
            loan = self._create_active()
        with freeze_time("2026-03-16"):
            self._bill("2026-03-16")
            first = self._pay(loan, 10.0, "2026-03-16")
        plan = [
            {"kind": "capitalise", "components": ["principal"]},
            HOLIDAY | {"instalments": 2},
            CARRY,
        ]
        self._relieve(loan, plan, "2026-03-20")
        with freeze_time("2026-03-25"):
            self._pay(loan, 500.0, "2026-03-25")
            loan._undo_repayment(first.move_id, "2026-03-25", "bounced")
            # of the 500.00, the 10.00 that are due again come first
            self.assertEqual((loan.overdue_amount, loan.credit_balance), (0.0, 0.0))
            last = self._moves(loan, "repay")[-1:]
            self.assertEqual(str(last.date), "2026-03-25")
            self.assertBooks()


@tagged("post_install", "-at_install")
@freeze_time("2026-01-20")
class TestSecondRelief(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # drafts of coming bills are not what these tests are about
        cls.company.carloan_draft_horizon = 0
        cls.loan = cls._create_active(
            start_date="2025-01-15", first_due_date="2025-02-15"
        )
        cls._bill("2026-01-20")
        cls._pay(cls.loan, 10 * 3716.23, "2026-01-16")
        cls.requests = cls.env["res.partner"].create(
            [{"name": "First"}, {"name": "Second"}]
        )

    def _relieve(self, plan, date, request):
        position, _ids = self.loan._get_positions(strict=True)
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        change = valuation.modification(position, revised)
        self.loan._apply_relief(request, revised, change, date)
        return position, revised, change

    def _pay_all(self, date):
        if self.loan.overdue_amount:
            self._pay(self.loan, self.loan.overdue_amount, date)

    def _rows(self, schedule):
        """The rows to come, as the borrower sees them."""
        rows = schedule.instalment_ids.filtered(lambda x: x.state == "planned")
        return [
            (x.due_date, *self.loan._to_minor([x.principal, x.interest, x.fee]))
            for x in rows.sorted("sequence")
        ]

    def _built(self, schedule):
        return [
            (row["due_date"], row["principal"], row["interest"], row["fee"])
            for row in schedule.rows(0)
        ]

    def _standing(self):
        """What the ledger and the schedule say of the loan, but for its version."""
        self.env.flush_all()
        self.env.invalidate_all()
        position, _ids = self.loan._get_positions(strict=True)
        facts = frozen.freeze(position)
        roles = ("principal", "principal_due", "interest_due", "interest_adjustment")
        return (
            facts,
            self._rows(self.loan.schedule_id),
            [self._sum(self.loan, role) for role in (*roles, "allowance")],
        )

    def _check_second(self, first, second):
        start = self._standing()
        story = self._relieve(first, "2026-01-20", self.requests[0])
        one = self.loan.schedule_id
        self.assertBooks()
        with freeze_time("2026-04-20"):
            self._bill("2026-04-20")
            self._pay_all("2026-04-20")
            between = self._standing()
            # the engine alone comes to the same position, and to the same rows
            position, revised, change = self._relieve(
                second, "2026-04-20", self.requests[1]
            )
            day = fields.Date.to_date("2026-04-20")
            chain = rest.position_after(*story, day)
            told = frozen.changes(frozen.freeze(chain), frozen.freeze(position))
            self.assertEqual(told, [])
            plans = measures.Plans.from_dicts([second])
            same = measures.apply(chain, plans)
            two = self.loan.schedule_id
            self.assertEqual(self._rows(two), self._built(same.after))
            loss = valuation.modification(chain, same).loss
            self.assertEqual(loss.tolist(), change.loss.tolist())
            # nothing vanished: what is to come is the ledger's, less what was forgiven
            owed = int(position.principal[0] - revised.forgiven[0])
            self.assertEqual(sum(row[1] for row in self._rows(two)), owed)
            self.assertEqual(self.loan._to_minor([self.loan.undue_principal]), [owed])
            now = self._standing()
            self.assertEqual(now[0]["claimed"], int(revised.claimed[0]))
            self.assertEqual(now[0]["deferred"], int(revised.terms.deferred[0]))
            self.assertBooks()
            with self.assertRefused(two.name):
                self.loan._undo_relief(one, "2026-04-20", "Error", cascade=True)
            self.loan._undo_relief(two, "2026-04-20", "Error")
            self.assertEqual(self._standing(), between)
            self.assertBooks()
            self.loan._undo_relief(one, "2026-04-20", "Error", cascade=True)
            self.assertBooks()
            self._check_original(start)

    def _check_original(self, start):
        """The first schedule again, with what fell due meanwhile billed by it."""
        rows = self._rows(self.loan.schedule_id)
        self.assertEqual(rows, start[1][3:])
        self.assertEqual(self.loan.schedule_id.version, 1)
        self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
        principal = sum(row[1] for row in rows)
        self.assertEqual(self.loan._to_minor([self.loan.undue_principal])[0], principal)

    def test_each_second_relief_on_each_running_one(self):
        for first, plan in FIRST.items():
            for second, other in SECOND.items():
                with (
                    self.subTest(first=first, second=second),
                    self.env.cr.savepoint() as point,
                ):
                    self._check_second(plan, other)
                    point.rollback()
                    self.env.invalidate_all()

    def test_a_holiday_of_another_kind_is_refused(self):
        self._relieve([HOLIDAY], "2026-01-20", self.requests[0])
        with self.assertRefused("go on with that one's", ValueError):
            self._relieve(
                [HOLIDAY | {"interest": "waive"}], "2026-01-20", self.requests[1]
            )

    def test_both_reliefs_run_to_their_end(self):
        """Deferred, carried and left over: all of it asked for, income and all."""
        self._relieve(
            [HOLIDAY, CARRY, {"kind": "defer_principal", "amount": "20000"}],
            "2026-01-20",
            self.requests[0],
        )
        with freeze_time("2026-04-20"):
            self._bill("2026-04-20")
            self._relieve(
                [LOW | {"amount": "900"}, {"kind": "rate", "annual_rate": 0.06}],
                "2026-04-20",
                self.requests[1],
            )
        with freeze_time("2029-06-01"):
            self._bill("2029-06-01")
            self._pay_all("2029-06-01")
            self.assertEqual(self.loan.state, "closed")
            for role in ("principal", "interest_due", "interest_adjustment"):
                self.assertEqual(self._sum(self.loan, role), 0.0, role)
            self.assertBooks()

    def test_a_ledger_that_left_its_schedule_is_refused_by_name(self):
        self._relieve([HOLIDAY], "2026-01-20", self.requests[0])
        terms = dict(self.loan.schedule_id.engine_terms)
        terms["principal"] += 100
        self.loan.schedule_id.engine_terms = terms
        with self.assertRefused(self.loan.name, UserError):
            self.loan._get_positions(strict=True)
        self.loan._get_positions()  # who only looks gets the plain rows

    def _in_a_holiday(self):
        """Three months into five without payment, interest of before carried too."""
        self._relieve([HOLIDAY, CARRY], "2026-01-20", self.requests[0])
        self._bill("2026-04-15")
        # two instalments of before: their interest waits, their principal is due
        self._pay(self.loan, self.loan.overdue_amount, "2026-04-15")
        position, _ids = self.loan._get_positions(strict=True)
        return self.loan._from_minor([position.deferred_interest[0]])[0]

    def test_a_settlement_in_a_holiday_asks_for_what_was_deferred(self):
        with freeze_time("2026-04-15"):
            deferred = self._in_a_holiday()
            self.assertEqual(deferred, 3 * 497.01)
            carried = sum(self.loan.instalment_ids.mapped("carried"))
            case = self.env["carloan.settlement"].create(
                {"loan_id": self.loan.id, "date": "2026-04-15"}
            )
            self.assertEqual(
                (case.principal, case.interest, case.overdue),
                (82834.67, deferred, carried),
            )
            loss = self._sum(self.loan, "modification_result")
            self.loan._settle(case)
            self.assertEqual(self.loan.state, "closed")
            for role in ("principal", "interest_due", "interest_adjustment"):
                self.assertEqual(self._sum(self.loan, role), 0.0, role)
            # all of the deferred interest is income, not a cent of it twice
            income = -self._sum(self.loan, "interest_income") - loss
            self.assertEqual(round(income - self._asked_before(), 2), deferred)
            self.assertBooks()

    def _asked_before(self):
        """Interest of the instalments billed by the first schedule."""
        first = self.loan.schedule_ids.sorted("version")[0]
        billed = first.instalment_ids.filtered(lambda x: x.state == "billed")
        return sum(billed.mapped("interest"))

    def test_a_write_off_in_a_holiday_keeps_the_deferred_claim(self):
        with freeze_time("2026-04-15"):
            deferred = self._in_a_holiday()
            owed = self.loan.principal_balance
            carried = self._sum(self.loan, "interest_due")
            case = self._written_off(self.loan, date="2026-04-15")
            # read while the case was approved
            (self.loan | case.loan_id).invalidate_recordset(["written_off_balance"])
            self.assertEqual(
                self.loan.written_off_balance, round(owed + carried + deferred, 2)
            )
            # the case counts what the books held, the register all that is owed
            self.assertEqual(case.claim, round(owed + carried, 2))
            self.assertBooks()
