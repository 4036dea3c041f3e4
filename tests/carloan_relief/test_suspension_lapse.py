"""A cure that never was: the money for it came back, and its income goes with it."""

import runpy

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common_suspended import SuspendedCase

ROLES = ("interest_income", "interest_adjustment", "interest_due", "output_vat")


@tagged("post_install", "-at_install")
class TestSuspensionLapse(SuspendedCase):
    """Late since February; suspended in a holiday whose interest is capitalised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()

    def _suspend_in_holiday(self):
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            self._night(day)
        plan = [
            {"kind": "holiday", "instalments": 2, "interest": "capitalise"},
            {"kind": "rate", "annual_rate": 0.036},
        ]
        self._relieve(self.loan, plan, "2026-05-16")
        self._night("2026-05-17")
        self._night("2026-06-15")
        self.assertTrue(self.loan.suspended_since)

    def _get_state(self):
        sums = {role: self._sum(self.loan, role) for role in ROLES}
        return sums, self._register(self.loan), self._register(self.loan, name="vat")

    def test_what_a_cure_released_goes_back_with_its_money(self):
        self._suspend_in_holiday()
        before = self._get_state()
        row = self.loan.schedule_id.instalment_ids.sorted("sequence")[0]
        # twice on one day: neither the second cure nor its lapse is taken for the first
        with freeze_time("2026-06-20"):
            owed = self.loan.overdue_amount
            for turn in range(2):
                with self.subTest(turn=turn):
                    payment = self._pay(self.loan, owed, "2026-06-20")
                    self.assertFalse(self.loan.suspended_since)
                    self.assertEqual(str(row.unearned_released_on), "2026-06-20")
                    cured = self._get_state()[0]
                    self.assertLess(
                        cured["interest_income"], before[0]["interest_income"]
                    )
                    self.assertBooks()
                    self.loan._undo_repayment(payment.move_id, "2026-06-20", "bounced")
                    self.assertTrue(self.loan.suspended_since)
                    self.assertFalse(row.unearned_released_on)
                    self.assertEqual(self._get_state(), before)
                    self.assertBooks()

    def test_suspended_again_though_less_late_than_the_policy_asks(self):
        """Suspended at 91 days; paid to 30, then to 0, and that comes back."""
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            self._pay(self.loan, 3 * 3716.23, "2026-05-20")
            self.assertEqual(self.loan.dpd, 5)
            before = self._get_state()
            payment = self._pay(self.loan, 3716.23, "2026-05-20")
            self.assertFalse(self.loan.suspended_since)
        self._night("2026-05-25")
        with freeze_time("2026-05-26"):
            self.loan._undo_repayment(payment.move_id, "2026-05-26", "bounced")
            self.assertEqual(self.loan.dpd, 11)
            self.assertTrue(self.loan.suspended_since)
            self.assertEqual(self._get_state(), before)
            self.assertBooks()

    def test_what_became_principal_in_between_stays_income(self):
        self._night("2026-05-17")
        self.assertTrue(self.loan.suspended_since)
        hidden = self._register(self.loan)
        with freeze_time("2026-05-20"):
            owed = self.loan.overdue_amount
            payment = self._pay(self.loan, owed, "2026-05-20")
            self.assertFalse(self.loan.suspended_since)
        self._night("2026-06-15")
        plan = [{"kind": "capitalise", "components": ["principal", "interest"]}]
        moves = self._relieve(self.loan, plan, "2026-06-20")
        june = {
            "principal": 3716.23,
            "principal_due": -3068.79,
            "interest_due": -647.44,
        }
        self.assertIn(june, list(map(self._entry, moves)))
        with freeze_time("2026-06-22"):
            self.loan._undo_repayment(payment.move_id, "2026-06-22", "bounced")
        self.assertTrue(self.loan.suspended_since)
        # four months are interest due again and no income; June is principal
        income = self._sum(self.loan, "interest_income")
        pending = round(647.44 - self._get_june_vat(), 2)
        self.assertEqual(income, -pending)
        self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
        self.assertEqual(self._register(self.loan), hidden)
        self.assertBooks()

    def test_a_schedule_restored_after_a_cure_brings_income(self):
        with freeze_time("2026-02-01"):
            plan = [{"kind": "rate", "annual_rate": 0.036}]
            self._relieve(self.loan, plan, "2026-02-01")
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-17"):
            self._night(day)
        june = self.loan.schedule_id.instalment_ids.sorted("sequence")[4]
        self.assertTrue(june.suspended and june.unearned)
        plan = [{"kind": "extend", "instalments": 6}]
        self._relieve(self.loan, plan, "2026-05-18", number=2)
        with freeze_time("2026-05-20"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-05-20")
            self.assertFalse(self.loan.suspended_since)
        self._night("2026-06-15")
        with freeze_time("2026-06-16"):
            schedule = self.loan.schedule_id
            self.loan._undo_relief(schedule, "2026-06-16", "mistake", True)
            self.assertEqual(june.state, "billed")
            self.assertEqual((june.suspended, june.unearned), (0.0, 0.0))
            self.assertEqual(self._entry(june.move_id)["interest_due"], june.interest)
            self.assertEqual(self._register(self.loan), {})
            self.assertBooks()

    def _get_june_vat(self):
        bill = self.loan.line_ids.move_id.filtered(
            lambda move: move.carloan_event == "bill" and str(move.date) == "2026-06-15"
        )
        return -sum(
            line.balance
            for line in bill.line_ids
            if line.carloan_role in ("output_vat", "pending_vat")
        )

    def test_late_anew_after_a_cure_that_stands(self):
        self._suspend_in_holiday()
        row = self.loan.schedule_id.instalment_ids.sorted("sequence")[0]
        with freeze_time("2026-06-20"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-20")
        for day in (
            "2026-07-15",
            "2026-08-15",
            "2026-09-15",
            "2026-10-15",
            "2026-11-13",
        ):
            self._night(day)
        self.assertFalse(self.loan.suspended_since)
        kept = self._sum(self.loan, "interest_adjustment")
        self._night("2026-11-14")
        self.assertTrue(self.loan.suspended_since)
        self.assertEqual(str(row.unearned_released_on), "2026-06-20")
        self.assertEqual(self._sum(self.loan, "interest_adjustment"), kept)
        self.assertBooks()


@tagged("post_install", "-at_install")
class TestSuspendedCapitalised(SuspendedCase):
    """A15 with VAT: what joins the principal is taxed then, and no income yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()

    def test_the_tax_is_due_and_later_income_is_net_of_it(self):
        self._night("2026-05-17")
        self._night("2026-06-15")
        # 720.00 to 665.74 had declared 156.88; 647.44 holds 36.65 that waits
        self.assertEqual(self._sum(self.loan, "output_vat"), -156.88)
        income = self._sum(self.loan, "interest_income")
        plan = [{"kind": "capitalise", "components": ["principal", "interest"]}]
        moves = self._relieve(self.loan, plan, "2026-06-20")
        self.assertEqual(self._sum(self.loan, "output_vat"), round(-156.88 - 36.65, 2))
        self.assertEqual(self._sum(self.loan, "interest_income"), income)
        hidden = round(3419.14 - 156.88, 2)
        self.assertEqual(
            self._sum(self.loan, "interest_adjustment"), round(36.65 - hidden, 2)
        )
        self.assertIn(
            {"interest_adjustment": 36.65, "output_vat": -36.65},
            [self._entry(move) for move in moves],
        )
        rows = self.loan.schedule_id.instalment_ids
        self.assertAlmostEqual(sum(rows.mapped("unwind")), hidden - 36.65)
        self.assertBooks()
        with freeze_time("2026-06-20"):
            self.loan._undo_relief(self.loan.schedule_id, "2026-06-20", "mistake")
            self.assertEqual(self._sum(self.loan, "output_vat"), -156.88)
            self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
            self.assertBooks()

    def test_what_was_declared_is_not_taxed_twice(self):
        self._night("2026-05-17")
        plan = [{"kind": "capitalise", "components": ["principal", "interest"]}]
        self._relieve(self.loan, plan, "2026-05-20")
        self.assertEqual(self._sum(self.loan, "output_vat"), -156.88)
        self.assertBooks()


@tagged("post_install", "-at_install")
class TestReliefAfterTheLastInstalment(SuspendedCase):
    """What bills kept out of income waits for the cure, whatever comes before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active(instalments=5)

    def test_income_kept_out_is_income_of_the_cure(self):
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            self._night(day)
        self._relieve(self.loan, [{"kind": "rate", "annual_rate": 0.0}], "2026-05-16")
        self._night("2026-05-17")
        self._night("2026-06-15")
        row = self.loan.schedule_id.instalment_ids
        kept = row.unearned
        self.assertGreater(kept, 0.0)
        waive = {"kind": "waive", "component": "penalty", "percent": 100}
        # a rate for no instalment is no change of any flow, and no gain
        for number, measure in ((2, waive), (3, {"kind": "rate", "annual_rate": 0.05})):
            self._relieve(self.loan, [measure], "2026-06-20", number)
            self.assertFalse(self.loan.schedule_id.instalment_ids)
            self.assertEqual(self._sum(self.loan, "interest_adjustment"), -kept)
            self.assertBooks()
        with freeze_time("2026-06-20"):
            self.loan._undo_relief(self.loan.schedule_id, "2026-06-20", "mistake")
            self.assertBooks()
            payment = self._pay(self.loan, self.loan.overdue_amount, "2026-06-20")
            self.assertEqual(self.loan.state, "closed")
            self.assertEqual(
                self._entry(self._moves(self.loan, "resume")[-1]),
                {"interest_adjustment": kept, "interest_income": -kept},
            )
            self.assertBooks()
            with self.subTest("its money came back"):
                self.loan._undo_repayment(payment.move_id, "2026-06-20", "bounced")
                self.assertTrue(self.loan.suspended_since)
                self.assertEqual(self._sum(self.loan, "interest_adjustment"), -kept)
                self.assertBooks()
        with self.subTest("instalments to come take it with them"):
            plan = [
                {"kind": "capitalise", "components": ["principal", "interest"]},
                {"kind": "extend", "instalments": 6},
            ]
            self._relieve(self.loan, plan, "2026-06-20", 4)
            self.assertTrue(self.loan.schedule_id.instalment_ids)
            self.assertBooks()


@tagged("post_install", "-at_install")
class TestLateReliefsOfOld(SuspendedCase):
    """Reliefs after the last instalment from before they left that income alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active(instalments=5)

    def _relieve_as_of_old(self, gain=False):
        """Give such a relief as it was booked once; return what bills kept out.

        :param bool gain: a new rate, which took it for a result
        """
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            self._night(day)
        self._relieve(self.loan, [{"kind": "rate", "annual_rate": 0.0}], "2026-05-16")
        self._night("2026-05-17")
        self._night("2026-06-15")
        kept = self.loan.schedule_id.instalment_ids.unearned
        self.assertGreater(kept, 0.0)
        measure = {"kind": "waive", "component": "interest", "percent": 1}
        if gain:
            measure = {"kind": "rate", "annual_rate": 0.05}
        self._relieve(self.loan, [measure], "2026-06-20", 2)
        schedule = self.loan.schedule_id
        schedule.unearned_schedule_id = False
        if gain:
            event = {
                "loan": self.loan,
                "event": "modify",
                "key": f"{schedule.event_key}:modify",
                "date": "2026-06-20",
                "amounts": {"loss": -self.loan._to_minor([kept])[0]},
            }
            with freeze_time("2026-06-20"):
                self.ledger._post_events([event])
        return kept

    def _migrate(self):
        self.env.flush_all()
        path = file_path("carloan_relief/migrations/19.0.1.0.3/post-unearned.py")
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.2")
        self.env.invalidate_all()

    def _check(self):
        """{rule: advice} of the differences that the check of the books names."""
        check = self.env["carloan.books.check"]._run(self.company)
        return {line.rule: line.advice for line in check.line_ids}

    def assertWayOut(self, rules):
        """The check names the loan by these rules, and undoing the relief ends it."""
        found = self._check()
        self.assertEqual(set(found), set(rules))
        schedule = self.loan.schedule_id
        for advice in found.values():
            self.assertIn(f"{schedule.name} gave relief after the last", advice)
        with freeze_time("2026-06-22"):
            self.loan._undo_relief(schedule, "2026-06-22", "as the check says")
        self.assertBooks()

    def test_nothing_happened_since(self):
        kept = self._relieve_as_of_old()
        self.assertEqual(set(self._check()), {"adjustment"})
        self._migrate()
        self.assertEqual(self._check(), {})
        with freeze_time("2026-06-22"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-22")
        entry = self._entry(self._moves(self.loan, "resume")[-1])
        self.assertEqual(entry["interest_income"], -kept)
        self.assertBooks()

    def test_cured_since(self):
        kept = self._relieve_as_of_old()
        with freeze_time("2026-06-21"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-21")
        self.assertEqual(self.loan.state, "closed")
        self.assertEqual(set(self._check()), {"adjustment", "closed"})
        self._migrate()
        check = self.env["carloan.books.check"]._run(self.company)
        line = check.line_ids
        self.assertEqual((line.rule, line.can_release), ("closed", True))
        self.assertIn("Press Release", line.advice)
        for user in (self.officer, self.approver, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                line.with_user(user).action_release()
        with freeze_time("2026-06-22"):
            line.with_user(self.accountant).action_release()
            entry = self._moves(self.loan, "resume")[-1]
            self.assertEqual(str(entry.date), "2026-06-22")
            self.assertEqual(self._entry(entry)["interest_income"], -kept)
            self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
            self.assertBooks()
            with self.assertRefused(f"Loan {self.loan.name}: no income"):
                line.with_user(self.accountant).action_release()

    def test_booked_as_a_gain(self):
        kept = self._relieve_as_of_old(gain=True)
        self.assertEqual(self._check(), {})
        self._migrate()
        result = self._sum(self.loan, "modification_result")
        self.assertWayOut(["adjustment"])
        self.assertEqual(self._sum(self.loan, "interest_adjustment"), -kept)
        undone = round(self._sum(self.loan, "modification_result") - result, 2)
        self.assertEqual(undone, kept)

    def test_booked_as_a_gain_and_cured_since(self):
        self._relieve_as_of_old(gain=True)
        with freeze_time("2026-06-21"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-21")
        self._migrate()
        self.assertWayOut(["adjustment"])
        self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
        self.assertEqual(self.loan.state, "closed")


@tagged("post_install", "-at_install")
class TestLateReliefUndone(SuspendedCase):
    """A waiver after the last instalment, taken back once the rest was paid."""

    def test_what_is_left_is_as_if_it_had_never_been(self):
        """The waived interest is owed again; money pays interest first, so that what
        is left is principal: as of a loan without the relief."""
        with freeze_time("2026-01-15"):
            loans = [self._create_active(instalments=2) for _number in range(2)]
        for day in ("2026-02-15", "2026-03-15", "2026-06-15"):
            self._night(day)
        waive = {"kind": "waive", "component": "interest", "percent": 50}
        relieved, plain = loans
        waived = relieved.overdue_amount
        self._relieve(relieved, [waive], "2026-06-20")
        schedule = relieved.schedule_id
        paid = relieved.overdue_amount
        waived = round(waived - paid, 2)
        with freeze_time("2026-06-21"):
            for loan in loans:
                self._pay(loan, paid, "2026-06-21")
            self.assertEqual((relieved.state, plain.state), ("closed", "active"))
        with freeze_time("2026-06-22"):
            relieved._undo_relief(schedule, "2026-06-22", "Mistake")
            plain._refresh_position()
            self.assertEqual(relieved.overdue_amount, waived)
            for name in ("state", "dpd", "overdue_principal", "overdue_interest"):
                self.assertEqual(relieved[name], plain[name], name)
            for role in ("principal_due", "interest_due", "interest_income"):
                self.assertEqual(
                    self._sum(relieved, role), self._sum(plain, role), role
                )
            self.assertEqual(self._register(relieved), self._register(plain))
            self.assertTrue(relieved.suspended_since)
            self.assertBooks()
