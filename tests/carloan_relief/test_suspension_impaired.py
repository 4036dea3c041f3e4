"""Suspended interest is taken from where it was booked, and nothing else is income."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_suspended import SuspendedCase


@tagged("post_install", "-at_install")
class TestSuspensionImpaired(SuspendedCase):
    """Stage 3: interest was income on what is left after the allowance (A23)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            # 498.00 a month on 83,000, of which 45 % is provided for
            cls.loan = cls._create_active(
                principal=83000.0,
                method="interest_only",
                instalments=36,
            )
            cls.loan.ifrs_stage = "3"

    def _prepare(self, allowance=37350.0):
        self._charge(self.loan, allowance, "2026-01-31")
        self._night("2026-02-15")

    def test_a23_goes_back_where_it_went(self):
        self._prepare()
        bill = self.loan.instalment_ids[0].move_id
        self.assertEqual(
            self._entry(bill),
            {"interest_due": 498.0, "interest_income": -273.9, "allowance": -224.1},
        )
        self._night("2026-05-17")
        suspended = self._moves(self.loan, "suspend")
        # three more bills, each on an allowance that the one before has raised
        bills = self.loan.instalment_ids[:4].move_id
        income = round(sum(-self._entry(bill)["interest_income"] for bill in bills), 2)
        raised = round(sum(-self._entry(bill)["allowance"] for bill in bills), 2)
        self.assertEqual(
            self._entry(suspended),
            {"interest_due": -1992.0, "interest_income": income, "allowance": raised},
        )
        self.assertEqual(self._sum(self.loan, "allowance"), -37350.0)
        self.assertEqual(self._sum(self.loan, "interest_income"), 0.0)
        shares = self._register(self.loan, name="to_allowance")
        self.assertEqual(shares["interest", "2026-02-15"], 224.1)
        self.assertBooks()
        with self.subTest("received: each part returns, and a bounce takes it back"):
            with freeze_time("2026-05-20"):
                payment = self._pay(self.loan, 249.0, "2026-05-20")
                self.assertEqual(self._sum(self.loan, "interest_income"), -136.95)
                self.assertEqual(self._sum(self.loan, "allowance"), -37462.05)
                self.assertBooks()
                self.loan._undo_repayment(payment.move_id, "2026-05-20", "bounced")
            self.assertEqual(self._sum(self.loan, "allowance"), -37350.0)
            self.assertEqual(self._sum(self.loan, "interest_income"), 0.0)
            self.assertEqual(self._register(self.loan, name="to_allowance"), shares)
            self.assertBooks()
        with self.subTest("cured: all of it returns"):
            with freeze_time("2026-05-21"):
                self._pay(self.loan, 1992.0, "2026-05-21")
            self.assertFalse(self.loan.suspended_since)
            self.assertEqual(self._sum(self.loan, "interest_income"), -income)
            self.assertEqual(
                self._sum(self.loan, "allowance"), round(-37350 - raised, 2)
            )
            self.assertBooks()

    def test_an_allowance_used_since_gives_no_more_than_it_holds(self):
        self._prepare()
        self._night("2026-05-15")
        held = -self._sum(self.loan, "allowance")
        self._charge(self.loan, 100.0 - held, "2026-05-16")  # released but for 100.00
        self._night("2026-05-17")
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        entry = self._entry(self._moves(self.loan, "suspend"))
        self.assertEqual(entry["allowance"], 100.0)
        self.assertEqual(entry["interest_income"], 1892.0)
        self.assertBooks()

    def test_a_receipt_that_bounces_takes_no_more_than_there_is(self):
        self._prepare()
        self._night("2026-05-17")
        with freeze_time("2026-05-20"):
            payment = self._pay(self.loan, 249.0, "2026-05-20")
        held = -self._sum(self.loan, "allowance")
        self.assertEqual(held, 37462.05)
        self._charge(self.loan, 100.0 - held, "2026-05-31")  # released but for 100.00
        with freeze_time("2026-05-31"):
            made = self.loan._undo_repayment(payment.move_id, "2026-05-31", "bounced")
        self.assertTrue(made)
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        charged = self._moves(self.loan, "provision")[-1]
        self.assertEqual(
            self._entry(charged), {"impairment": 12.05, "allowance": -12.05}
        )
        self.assertBooks()

    def test_vat_declared_stays_a_claim_and_pending_vat_goes(self):
        self.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 60}
        )
        self.loan._renew_drafts()
        self._prepare()
        self._night("2026-05-17")
        # February to April were declared (28.19 each), May waited for the money
        self.assertEqual(self._sum(self.loan, "interest_due"), round(3 * 28.19, 2))
        self.assertEqual(self._sum(self.loan, "output_vat"), round(-3 * 28.19, 2))
        self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
        self.assertEqual(self._sum(self.loan, "interest_income"), 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), -37350.0)
        self.assertBooks()


@tagged("post_install", "-at_install")
class TestSuspensionUnearned(SuspendedCase):
    """Rows that capitalise, and the unwinding of a modification: no income either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()
        # the arrears stay, so that the loan is suspended in its holiday
        cls.plan = [
            {"kind": "holiday", "instalments": 2, "interest": "capitalise"},
            {"kind": "rate", "annual_rate": 0.036},
        ]

    def _suspend_in_holiday(self):
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            self._night(day)
        self._relieve(self.loan, self.plan, "2026-05-16")
        self._night("2026-05-17")
        self.assertTrue(self.loan.suspended_since)
        self._income = self._sum(self.loan, "interest_income")
        self._night("2026-06-15")

    def test_neither_reaches_income_until_the_cure(self):
        self._suspend_in_holiday()
        row = self.loan.schedule_id.instalment_ids.sorted("sequence")[0]
        self.assertLess(row.principal, 0.0)
        self.assertNotEqual(row.unwind, 0.0)
        entry = self._entry(row.move_id)
        self.assertEqual(
            entry, {"principal": row.interest, "interest_adjustment": -row.interest}
        )
        self.assertEqual(self._sum(self.loan, "interest_income"), self._income)
        self.assertAlmostEqual(row.unearned, row.interest + row.unwind)
        self.assertBooks()
        with freeze_time("2026-06-20"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-20")
            self.assertFalse(self.loan.suspended_since)
            released = self._moves(self.loan, "resume")[-1]
            self.assertEqual(
                self._entry(released),
                {
                    "interest_adjustment": row.unearned,
                    "interest_income": -row.unearned,
                },
            )
            self.assertEqual(str(row.unearned_released_on), "2026-06-20")
            self.assertBooks()
            with self.subTest("the bill undone takes it back"):
                income = self._sum(self.loan, "interest_income")
                self.loan._undo_bill(row.move_id, "2026-06-20", "mistake")
                self.assertEqual(
                    self._sum(self.loan, "interest_income"),
                    round(income + row.interest + row.unwind, 2),
                )
                self.assertFalse(row.unearned)
                self.assertBooks()

    def test_the_bill_undone_while_suspended(self):
        self._suspend_in_holiday()
        row = self.loan.schedule_id.instalment_ids.sorted("sequence")[0]
        with freeze_time("2026-06-16"):
            self.loan._undo_bill(row.move_id, "2026-06-16", "mistake")
            self.assertBooks()
        self._night("2026-06-17")
        self.assertEqual(self._sum(self.loan, "interest_income"), self._income)
        self.assertBooks()

    def test_a_relief_undone_after_a_cure_brings_back_no_suspension(self):
        self._suspend_in_holiday()
        row = self.loan.schedule_id.instalment_ids.sorted("sequence")[0]
        kept = row.unearned
        self._relieve(
            self.loan, [{"kind": "extend", "instalments": 6}], "2026-06-20", 2
        )
        with freeze_time("2026-06-21"):
            payment = self._pay(self.loan, self.loan.overdue_amount, "2026-06-21")
            self.assertFalse(self.loan.suspended_since)
            income = self._sum(self.loan, "interest_income")
            self.loan._undo_relief(self.loan.schedule_id, "2026-06-21", "mistake")
            self.assertEqual(
                self._sum(self.loan, "interest_income"), round(income - kept, 2)
            )
            self.assertFalse(self.ledger._find_unearned(self.loan))
            self.assertBooks()
            self.loan._undo_repayment(payment.move_id, "2026-06-21", "bounced")
            self.assertTrue(self.loan.suspended_since)
            self.assertEqual(self._sum(self.loan, "interest_income"), self._income)
            self.assertBooks()

    def test_a_relief_and_a_write_off_take_what_was_kept_with_them(self):
        self._suspend_in_holiday()
        with self.subTest("another relief"), self.env.cr.savepoint() as point:
            self._relieve(
                self.loan, [{"kind": "extend", "instalments": 6}], "2026-06-20", 2
            )
            self.assertBooks()
            with freeze_time("2026-06-20"):
                self.loan._undo_relief(self.loan.schedule_id, "2026-06-20", "mistake")
            self.assertBooks()
            point.rollback()
            self.env.invalidate_all()
        with freeze_time("2026-06-20"):
            case = self._written_off(self.loan)
            self.assertEmptied(self.loan)
            self.assertBooks()
            self._undo(write_off_id=case.id)
            self.assertBooks()


@tagged("post_install", "-at_install")
class TestSuspendedPenalty(SuspendedCase):
    """Penalties charged beside the books are undone as those within are."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.write({"penalty_rate": 0.108, "penalty_interval": 1})
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()

    def _charge_on(self, day):
        with freeze_time(day):
            self.ledger._charge_penalties(self.loan)

    def _penalties(self):
        rows = self._register(self.loan)
        return round(sum(v for key, v in rows.items() if key[0] == "penalty"), 2)

    def _find_charges(self):
        return self.env["carloan.memo"].search(
            [("loan_id", "=", self.loan.id), ("event", "=", "penalty")], order="id"
        )

    def test_undone_by_the_window_in_turn_and_charged_anew(self):
        self._night("2026-05-16")
        self._charge_on("2026-05-16")
        self._night("2026-05-17")
        booked = self._penalties()
        self._charge_on("2026-05-27")
        first, after = self._find_charges()[-1], self._penalties()
        self._charge_on("2026-06-03")
        second = self._find_charges()[-1]
        self.assertTrue(first.can_undo and second.can_undo)
        with freeze_time("2026-06-03"):
            wizard = self.env["carloan.undo"].with_user(self.accountant)
            wizard = wizard.create({"memo_id": first.id, "reason": "x"})
            self.assertIn("2026-06-03", wizard.blocker)
            with self.assertRefused("2026-06-03"):
                self._undo(memo_id=first.id, date="2026-06-03")
            with self.assertRaises(AccessError):
                self._undo(self.auditor, memo_id=second.id, date="2026-06-03")
            self._undo(memo_id=second.id, date="2026-06-03")
            self.assertEqual(self._penalties(), after)
            self.assertEqual(str(self.loan.penalty_date), "2026-05-27")
            with self.assertRefused("undone already"):
                self._undo(memo_id=second.id, date="2026-06-03")
            self._undo(memo_id=first.id, date="2026-06-03")
            self.assertEqual(self._penalties(), booked)
            self.assertEqual(str(self.loan.penalty_date), "2026-05-16")
            # its days are open again, the same day included
            self.ledger._charge_penalties(self.loan)
            self.assertGreater(self._penalties(), after)
            self.assertBooks()

    def test_a_charge_in_the_books_waits_for_those_beside_them(self):
        self._night("2026-05-16")
        self._charge_on("2026-05-16")
        self._night("2026-05-17")
        self._charge_on("2026-05-27")
        move = self._moves(self.loan, "penalty")
        with freeze_time("2026-05-28"), self.assertRefused("2026-05-27"):
            self._undo(move_id=move.id, date="2026-05-28")

    def test_what_had_paid_it_pays_something_else(self):
        self._night("2026-05-17")
        with freeze_time("2026-05-28"):
            owed = self.loan.overdue_amount
            # up to the day of the money, of which the last 10.00 stay owed
            self.ledger._charge_penalties(self.loan)
            charged = round(self.loan.overdue_amount - owed, 2)
            self._pay(self.loan, owed + charged - 10.0, "2026-05-28")
            self.assertEqual(self.loan.overdue_amount, 10.0)
            charge = self._find_charges()[-1]
            self._undo(memo_id=charge.id, date="2026-05-28")
            self.assertEqual(self._penalties(), 0.0)
            self.assertEqual(self.loan.credit_balance, round(charged - 10.0, 2))
            self.assertBooks()

    def test_a_relief_that_disposed_of_it_is_undone_first(self):
        self._night("2026-05-17")
        self._charge_on("2026-05-27")
        plan = [{"kind": "waive", "component": "penalty", "percent": 100}]
        self._relieve(self.loan, plan, "2026-05-28")
        charge = self._find_charges()[-1]
        with freeze_time("2026-05-28"):
            with self.assertRefused("rests on it"):
                self._undo(memo_id=charge.id, date="2026-05-28")
            self.loan._undo_relief(self.loan.schedule_id, "2026-05-28", "mistake")
            # which charged the day up to it: the last charge goes first
            last = self._find_charges()[-1]
            self.assertNotEqual(last, charge)
            self._undo(memo_id=last.id, date="2026-05-28")
            self._undo(memo_id=charge.id, date="2026-05-28")
            self.assertEqual(self._penalties(), 0.0)
            self.assertBooks()
