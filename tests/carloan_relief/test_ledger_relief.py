"""A relief in the ledger: what is waived, capitalised, gained or lost, and shown."""

from odoo import fields
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-01-20")
class TestLedgerRelief(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active(
            start_date="2025-01-15", first_due_date="2025-02-15"
        )
        cls._bill("2026-01-20")

    def _relieve(self, plan, date="2026-01-20", request=None):
        """Compute a plan on today's position and post it."""
        position, _ids = self.loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        # whatever record asks for a relief makes its key
        request = request or self.borrower
        return self.loan._apply_relief(request, revised, modification, date)

    def test_rate_cut_posts_the_loss_and_returns_it_to_income(self):
        """A07: 7.2 % to 3.6 % over the 24 instalments that remain."""
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        self.assertEqual(self.loan.undue_principal, 82834.67)
        moves = self._relieve([{"kind": "rate", "annual_rate": 0.036}])
        self.assertEqual(
            self._entry(moves),
            {"modification_result": 2984.11, "interest_adjustment": -2984.11},
        )
        self.assertEqual(self.loan.adjustment_balance, -2984.11)
        self.assertBooks()
        with freeze_time("2026-02-16"):
            self._bill("2026-02-16")
        bill = self.loan.instalment_ids[0].move_id
        entry = self._entry(bill)
        self.assertEqual(entry["interest_due"], 248.50)
        self.assertEqual(entry["interest_adjustment"], 230.60)
        self.assertEqual(entry["interest_income"], -479.10)
        self.assertBooks()

    def test_the_adjustment_ends_at_zero(self):
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        self._relieve([{"kind": "rate", "annual_rate": 0.036}])
        with freeze_time("2028-06-01"):
            self._bill("2028-06-01")
            self._pay(self.loan, self.loan.overdue_amount, "2028-06-01")
            self.assertEqual(self._sum(self.loan, "interest_adjustment"), 0.0)
            self.assertEqual(self.loan.state, "closed")
            self.assertBooks()

    def test_extension_needs_no_entry_but_a_schedule(self):
        """A05: at the same rate the value does not change."""
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        old = self.loan.schedule_id
        moves = self._relieve([{"kind": "extend", "instalments": 12}])
        self.assertFalse(moves)
        self.assertEqual(len(self.loan.instalment_ids), 36)
        self.assertEqual(self.loan.instalment_ids[0].amount, 2565.28)
        self.assertEqual(self.loan.schedule_id.reason, "relief")
        self.assertEqual(self.loan.previous_schedule_id, old)
        self.assertEqual(old.state, "superseded")
        self.assertBooks()

    def test_drafts_of_the_old_schedule_give_way_to_the_new(self):
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        old_lines = self.loan.instalment_ids
        old_drafts = old_lines.filtered(lambda line: line.state == "drafted").move_id
        self.assertEqual(len(old_drafts), 3)
        self._relieve([{"kind": "extend", "instalments": 12}])
        self.assertFalse(old_drafts.exists())
        self.assertEqual(set(old_lines[12:].mapped("state")), {"replaced"})
        self.assertEqual(set(old_lines[:12].mapped("state")), {"billed"})
        drafts = self.loan.instalment_ids.filtered(lambda x: x.state == "drafted")
        self.assertEqual(drafts.mapped("amount"), [2565.28] * 3)

    def test_relief_lifts_no_class(self):
        """Order 2023/1 arts. 15, 21: special mention at best; a bad one stays bad."""
        plan = [{"kind": "capitalise", "components": ["interest", "principal"]}]
        cases = (
            # instalments paid of 12, class before, class after with 0 days past due
            (12, "normal", "special_mention"),
            (10, "special_mention", "special_mention"),
            (8, "substandard", "substandard"),
            (2, "doubtful", "doubtful"),
        )
        for paid, before, after in cases:
            with self.subTest(before=before), self.env.cr.savepoint() as point:
                self._pay(self.loan, paid * 3716.23, "2026-01-16")
                self.assertEqual(self.loan.cn_class, before)
                measure = [{"kind": "extend", "instalments": 6}] if paid == 12 else plan
                self._relieve(measure)
                self.assertEqual((self.loan.dpd, self.loan.cn_class), (0, after))
                self.loan._refresh_position()
                self.assertEqual(self.loan.cn_class, after)
                point.rollback()
                self.env.invalidate_all()

    def test_arrears_waived_then_capitalised_each_exactly_once(self):
        """Half of the interest waived; the rest and the principal join the balance."""
        self._pay(self.loan, 9 * 3716.23, "2026-01-16")
        overdue = self.loan.overdue_amount
        interest = self.loan.overdue_interest
        principal = self.loan.principal_balance
        self.assertEqual(overdue, round(3 * 3716.23, 2))
        moves = self._relieve(
            [
                {"kind": "waive", "component": "interest", "percent": 50},
                {"kind": "capitalise", "components": ["interest", "principal"]},
            ]
        )
        self.assertEqual(moves.mapped("carloan_event")[:2], ["waive", "capitalise"])
        waived = -sum(
            moves[0]
            .line_ids.filtered(lambda line: line.carloan_role == "interest_due")
            .mapped("balance")
        )
        self.assertAlmostEqual(waived, interest / 2, delta=0.01)
        self.assertEqual(self.loan.overdue_amount, 0.0)
        self.assertEqual(self.loan.dpd, 0)
        self.assertEqual(
            self.loan.undue_principal, round(principal + interest - waived, 2)
        )
        billed = self.loan.previous_instalment_ids.filtered(
            lambda line: line.state == "billed"
        )
        self.assertEqual(set(billed.mapped("paid_state")), {"paid"})
        self.assertBooks()

    def test_relief_never_hides_how_late_the_first_schedule_is(self):
        self._pay(self.loan, 9 * 3716.23, "2026-01-16")
        late = self.loan.dpd
        self.assertEqual(late, 66)
        self._relieve([{"kind": "capitalise", "components": ["interest", "principal"]}])
        self.assertEqual(self.loan.dpd, 0)
        self.assertEqual(self.loan.dpd_original, late)

    def test_the_same_relief_twice_posts_once(self):
        self._pay(self.loan, 9 * 3716.23, "2026-01-16")
        plan = [
            {"kind": "capitalise", "components": ["interest", "principal"]},
            {"kind": "rate", "annual_rate": 0.036},
        ]
        position, _ids = self.loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        day = fields.Date.to_date("2026-01-20")
        args = (self.borrower, revised, modification, day)
        first = self.loan._apply_relief(*args)
        again = self.loan._apply_relief(*args)
        self.assertTrue(first)
        self.assertEqual(first, again)
        self.assertEqual(len(self.loan.schedule_ids), 2)
        self.assertBooks()

    def test_holiday_with_capitalised_interest_bills_nothing_to_the_borrower(self):
        """A16: three months, the interest joins the principal."""
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        self._relieve([{"kind": "holiday", "instalments": 3, "interest": "capitalise"}])
        self.assertEqual(self.loan.instalment_ids[2].balance, 84334.66)
        self.assertEqual(self.loan.instalment_ids[3].amount, 3783.53)
        # who reads when to pay next is not told of an instalment of nothing
        self.assertEqual(self.loan.next_amount, 0.0)
        self.assertEqual(self.loan.next_payment, 3783.53)
        payment_date = self.loan.instalment_ids[3].due_date
        self.assertEqual(self.loan.next_payment_date, payment_date)
        with freeze_time("2026-04-20"):
            self._bill("2026-04-20")
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertEqual(self.loan.undue_principal, 84334.66)
            self.assertBooks()

    def test_holiday_with_waived_interest(self):
        """A18: a loss of 1,473.30, back into income over the loan."""
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        moves = self._relieve(
            [{"kind": "holiday", "instalments": 3, "interest": "waive"}]
        )
        self.assertEqual(self._entry(moves)["modification_result"], 1473.30)
        with freeze_time("2026-02-20"):
            self._bill("2026-02-20")
            bill = self.loan.instalment_ids[0].move_id
            self.assertEqual(self._entry(bill)["interest_income"], -488.17)
            self.assertBooks()

    def test_more_than_is_owed_cannot_be_relieved(self):
        """Money that came in after the offer leaves less to waive."""
        position, _ids = self.loan._get_positions()
        plan = [{"kind": "waive", "component": "interest", "percent": 100}]
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        self._pay(self.loan, 3716.23, "2026-01-18")
        day = fields.Date.to_date("2026-01-20")
        with self.assertRefused(self.loan.name):
            self.loan._apply_relief(self.borrower, revised, modification, day)
        self.assertEqual(len(self.loan.schedule_ids), 1)
        self.assertBooks()

    def test_relief_in_a_locked_period_leaves_nothing_behind(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        with self.assertRefused(self.loan.name):
            self._relieve(
                [{"kind": "capitalise", "components": ["interest", "principal"]}]
            )
        self.assertEqual(len(self.loan.schedule_ids), 1)
        self.assertBooks()

    def test_relief_before_a_billed_due_date_is_refused(self):
        with self.assertRefused("already billed"):
            self._relieve([{"kind": "extend", "instalments": 12}], date="2026-01-10")

    def test_the_entry_shows_both_schedules(self):
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        old = self.loan.schedule_id
        moves = self._relieve([{"kind": "rate", "annual_rate": 0.036}])
        self.assertEqual(moves.carloan_schedule_before_id, old)
        self.assertEqual(moves.carloan_schedule_after_id, self.loan.schedule_id)
        self.assertEqual(moves.carloan_instalments_after, self.loan.instalment_ids)

    def test_the_next_relief_starts_from_the_level_in_force(self):
        """The remaining schedule before a second relief is the active one, exactly."""
        self._pay(self.loan, 12 * 3716.23, "2026-01-16")
        self._relieve([{"kind": "extend", "instalments": 12}])
        position, _ids = self.loan._get_positions()
        plans = measures.Plans.from_dicts([[]])
        before = measures.apply(position, plans).before
        self.assertEqual(
            before.instalment[0, :36].tolist(),
            self.loan._to_minor(self.loan.instalment_ids.mapped("amount")),
        )
