"""What is written off beside plain principal and interest: tax, and held claims."""

import runpy

from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common_suspended import SuspendedCase

WAIVER = {
    "kind": "waive",
    "component": "interest",
    "percent": 50,
    "when": "on_completion",
}


@tagged("post_install", "-at_install")
class TestWriteOffVat(SuspendedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 0
        cls.env["carloan.vat.rate"].create(
            {"date_from": "2026-01-01", "rate": 0.06, "days": 90}
        )
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()
        for day in ("2026-02-15", "2026-03-15", "2026-04-15", "2026-05-15"):
            with freeze_time(day):
                cls._bill(day)

    def test_pending_tax_leaves_with_the_claim_and_is_due_on_recovery(self):
        """Interest: 720.00, 702.02, 683.94, 665.74 declared, 647.44 waits for money."""
        with freeze_time("2026-06-20"):
            self._bill("2026-06-20")
            declared = self._sum(self.loan, "output_vat")
            self.assertEqual(self._sum(self.loan, "pending_vat"), -36.65)
            case = self._written_off(self.loan)
            entry = self._entry(self._moves(self.loan, "write_off"))
            self.assertEqual(entry["pending_vat"], 36.65)
            self.assertEqual(entry["allowance"], round(case.claim - 36.65, 2))
            self.assertEqual(case.vat_pending, 36.65)
            self.assertEqual(case.charge, round(case.claim - 36.65, 2))
            self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
            self.assertEqual(self._sum(self.loan, "output_vat"), declared)
            self.assertEmptied(self.loan)
            shares = self._register(self.loan, "written_off", "vat")
            self.assertEqual(shares["interest", "2026-06-15"], 36.65)
            self.assertEqual(shares["interest", "2026-05-15"], 0.0)
            self.assertBooks()
        with self.subTest("recovered in full"), self.env.cr.savepoint() as point:
            with freeze_time("2026-07-01"):
                payment = self._pay(self.loan, case.claim, "2026-07-01")
                self.assertEqual(
                    self._sum(self.loan, "output_vat"), round(declared - 36.65, 2)
                )
                release = self._moves(self.loan, "recovery")[-1]
                self.assertEqual(
                    self._entry(release),
                    {
                        "allowance": case.claim,
                        "impairment": round(36.65 - case.claim, 2),
                        "output_vat": -36.65,
                    },
                )
                self.assertEqual(self._memo(self.loan), 0.0)
                self.assertEqual(self.loan.dpd, 0)
                self._undo(move_id=payment.move_id.id, date="2026-07-01")
                self.assertEqual(self._sum(self.loan, "output_vat"), declared)
                self.assertEqual(self._memo(self.loan), case.claim)
                self.assertBooks()
            point.rollback()
            self.env.invalidate_all()
        with freeze_time("2026-07-01"):
            self._undo(write_off_id=case.id, date="2026-07-01")
            self.assertEqual(self._sum(self.loan, "pending_vat"), -36.65)
            self._pay(self.loan, self.loan.overdue_amount, "2026-07-01")
            self.assertEqual(self._sum(self.loan, "pending_vat"), 0.0)
            self.assertBooks()


@tagged("post_install", "-at_install")
class TestWriteOffHeld(SuspendedCase):
    """Conditional waivers in flight: the plan will not be kept, all is owed again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()
        with freeze_time("2026-05-16"):
            cls._bill("2026-05-16")

    def _get_before(self):
        names = ("overdue_amount", "principal_balance", "dpd", "memo_balance")
        sums = {name: self.loan[name] for name in names}
        for role in ("interest_due", "allowance", "impairment", "modification_result"):
            sums[role] = self._sum(self.loan, role)
        return sums | {"held": sum(self._register(self.loan, "held").values())}

    def _assert_written_off_and_back(self, interest, suspended=0.0):
        with freeze_time("2026-06-01"):
            self.loan._refresh_position()
            before = self._get_before()
            case = self._written_off(self.loan, date="2026-06-01")
            self.assertEmptied(self.loan)
            self.assertFalse(self._register(self.loan, "held"))
            self.assertAlmostEqual(case.interest, interest)
            self.assertAlmostEqual(self._memo(self.loan), case.claim)
            self.assertAlmostEqual(self._memo(self.loan, "suspended"), suspended)
            self.assertBooks()
            with self.subTest("a break after that does nothing more"):
                for schedule in self.loan.schedule_ids.filtered("event_key"):
                    key = schedule.event_key
                    self.assertFalse(self.loan._break_conditional(key, "2026-06-01"))
                self.assertEmptied(self.loan)
            self._undo(write_off_id=case.id, date="2026-06-01")
            self.assertEqual(self._get_before(), before)
            self.assertBooks()
            again = self._written_off(self.loan, date="2026-06-01")
            self.assertEqual(again.claim, case.claim)
            self.assertEmptied(self.loan)

    def test_held_in_the_books(self):
        self.product.suspend_days = 0
        self._relieve(self.loan, [WAIVER], "2026-05-16")
        self.assertEqual(sum(self.loan._find_held_lines().mapped("balance")), 1385.85)
        self._assert_written_off_and_back(2771.70)

    def test_derecognised_at_the_grant(self):
        self.product.suspend_days = 0
        self._relieve(self.loan, [WAIVER], "2026-05-16", derecognise=True)
        self._assert_written_off_and_back(2771.70)

    def test_held_in_the_register(self):
        self._night("2026-05-17")
        self._relieve(self.loan, [WAIVER], "2026-05-18")
        self.assertEqual(sum(self._register(self.loan, "held").values()), 1385.85)
        self._assert_written_off_and_back(0.0, suspended=2771.70)


@tagged("post_install", "-at_install")
class TestSeveralReliefs(SuspendedCase):
    """Each relief's claims complete or break by its own condition."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active()

    def test_one_is_completed_the_other_broken(self):
        self._night("2026-05-17")
        self._relieve(self.loan, [WAIVER], "2026-05-18", 1)
        first = self.loan.schedule_id.event_key
        self.assertEqual(sum(self._register(self.loan, "held").values()), 1385.85)
        self._relieve(self.loan, [WAIVER], "2026-05-19", 2)
        second = self.loan.schedule_id.event_key
        held = sum(self._register(self.loan, "held").values())
        self.assertEqual(round(held, 2), round(1385.85 + 692.93, 2))
        with freeze_time("2026-06-01"):
            self.loan._complete_conditional(first)
            left = sum(self._register(self.loan, "held").values())
            self.assertEqual(round(left, 2), 692.93)
            self.loan._complete_conditional(first)
            self.assertEqual(sum(self._register(self.loan, "held").values()), left)
            self.loan._break_conditional(first, "2026-06-01")
            self.assertEqual(sum(self._register(self.loan, "held").values()), left)
            owed = self._memo(self.loan, "suspended")
            self.loan._break_conditional(second, "2026-06-01")
            self.assertFalse(self._register(self.loan, "held"))
            back = round(self._memo(self.loan, "suspended") - owed, 2)
            self.assertEqual(back, 692.93)
            self.assertBooks()

    def test_lines_of_old_get_their_relief(self):
        """As the registers were before each relief held its own."""
        self._night("2026-05-17")
        self._relieve(self.loan, [WAIVER], "2026-05-18", 1)
        first = self.loan.schedule_id.event_key
        self._relieve(self.loan, [WAIVER], "2026-05-19", 2)
        with freeze_time("2026-06-01"):
            self.loan._undo_relief(self.loan.schedule_id, "2026-06-01", "mistake")
            self.loan._complete_conditional(first)
        held = self.loan.memo_ids.filtered(lambda line: line.kind == "held")
        self.assertEqual(
            set(held.mapped("event")),
            {"hold", "reverse", "waive"},
            held.mapped("event"),
        )
        keys = {line.id: line.plan_key for line in held}
        self.env.flush_all()
        self.env.cr.execute("UPDATE carloan_memo SET plan_key = NULL")
        path = file_path("carloan_relief/migrations/19.0.1.0.1/post-registers.py")
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual({line.id: line.plan_key for line in held}, keys)
