"""A part of the principal is written off: the loan goes on, the claim stands beside."""

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestWriteOffPart(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active()
        cls._bill("2026-06-20")
        cls._pay(cls.loan, cls.loan.overdue_amount, "2026-06-20")
        cls.undue = cls.loan.undue_principal

    def _write_off_part(self, amount=30000.0, loan=None, **values):
        return self._written_off(
            loan or self.loan, scope="part", part_amount=amount, **values
        )

    def test_entries_schedule_register_and_undo(self):
        self._provide(self.loan, 20000.0)
        before = self.loan.schedule_id
        case = self._write_off_part()
        self.assertRecordValues(
            case,
            [{"state": "done", "claim": 30000.0, "charge": 10000.0, "balance": 3e4}],
        )
        self.assertEqual(
            self._entry(self._moves(self.loan, "write_off")),
            {"allowance": 30000.0, "principal": -30000.0},
        )
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        self.assertEqual(self.loan.state, "active")
        self.assertEqual(self.loan.dpd, 0)
        self.assertEqual(self.loan.undue_principal, self.undue - 30000)
        rows = self.loan.schedule_id.instalment_ids
        self.assertEqual(self.loan.schedule_id.reason, "write_off")
        self.assertAlmostEqual(sum(rows.mapped("principal")), self.undue - 30000)
        self.assertEqual(
            rows.mapped("due_date"),
            before.instalment_ids.filtered(lambda x: x.state != "billed").mapped(
                "due_date"
            ),
        )
        self.assertEqual(self._memo(self.loan), 30000.0)
        # owed by the day of the last instalment, as it was
        self.assertEqual(self.loan.memo_ids.due_date, rows[-1].due_date)
        self.assertBooks()
        self._undo(write_off_id=case.id)
        self.assertEqual(self.loan.schedule_id, before)
        self.assertEqual(self.loan.undue_principal, self.undue)
        self.assertEqual(self._memo(self.loan), 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), -20000.0)
        self.assertBooks()

    def test_more_allowance_than_it_needs_stays_for_the_rest(self):
        self._provide(self.loan, 50000.0)
        case = self._write_off_part()
        self.assertEqual(case.charge, 0.0)
        self.assertEqual(self._sum(self.loan, "allowance"), -20000.0)

    def test_money_beyond_what_is_due_is_recovered(self):
        case = self._write_off_part()
        with freeze_time("2026-07-20"):
            self._bill("2026-07-20")
            due = self.loan.overdue_amount
            payment = self._pay(self.loan, due + 500.0, "2026-07-20")
            self.assertEqual(self._memo(self.loan), 29500.0)
            self.assertEqual((case.recovered, case.balance), (500.0, 29500.0))
            self.assertEqual(self.loan.credit_balance, 0.0)
            self.assertEqual(self.loan.overdue_amount, 0.0)
            self.assertBooks()
            with self.assertRefused(payment.move_id.name):
                self._undo(write_off_id=case.id, date="2026-07-20")
            self._undo(move_id=payment.move_id.id, date="2026-07-20")
            self.assertEqual(self._memo(self.loan), 30000.0)
            self.assertEqual(self.loan.overdue_amount, due)
            self.assertBooks()
            with self.subTest("the whole of the rest, on top of the part"):
                whole = self._written_off(self.loan, date="2026-07-20")
                self.assertAlmostEqual(
                    self._memo(self.loan), round(whole.claim + 30000.0, 2)
                )
                self.assertEqual(case.balance, 30000.0)
                self.assertAlmostEqual(whole.balance, whole.claim)
                self.assertEmptied(self.loan)
                self.assertBooks()
                with self.assertRefused("came later"):
                    self.loan._undo_relief(
                        self.loan.schedule_id, "2026-07-20", "x", cascade=True
                    )
                self._undo(write_off_id=whole.id, date="2026-07-20")
            self._undo(write_off_id=case.id, date="2026-07-20")
            self.assertEqual(self._memo(self.loan), 0.0)
            self.assertBooks()

    def test_what_came_in_for_a_part_does_not_hold_the_whole(self):
        self._write_off_part()
        self._pay(self.loan, self.loan.overdue_amount + 500.0, "2026-06-20")
        whole = self._written_off(self.loan)
        self._undo(write_off_id=whole.id)
        self.assertEqual(self.loan.state, "active")
        self.assertEqual(self._memo(self.loan), 29500.0)
        self.assertBooks()

    def test_money_of_an_earlier_day_recovers_nothing(self):
        """It came before there was a claim outside the books: it is paid ahead."""
        with freeze_time("2026-06-25"):
            self._write_off_part(date="2026-06-25")
            due = self.loan.overdue_amount
            payment = self._pay(self.loan, due + 500.0, "2026-06-24")
            self.assertEqual(self._memo(self.loan), 30000.0)
            self.assertEqual(self.loan.credit_balance, 500.0)
            self.assertNotIn(
                "principal", payment.move_id.line_ids.mapped("carloan_role")
            )
            self.assertBooks()

    def test_repaid_to_its_end_the_claim_survives(self):
        loan = self._create_active(
            instalments=6, start_date="2026-05-15", first_due_date="2026-06-15"
        )
        self._bill("2026-06-20")
        self._pay(loan, loan.overdue_amount, "2026-06-20")
        self._write_off_part(1000.0, loan)
        with freeze_time("2026-12-20"):
            self._bill("2026-12-20")
            payment = self._pay(loan, loan.overdue_amount, "2026-12-20")
            self.assertEqual(loan.state, "written_off")
            self.assertEqual(self._memo(loan), 1000.0)
            self._undo(move_id=payment.move_id.id, date="2026-12-20")
            self.assertEqual(loan.state, "active")
            self.assertBooks()

    def test_what_is_no_part(self):
        for amount in (0.0, -5.0, self.undue, self.undue + 1):
            case = self._write_off_case(self.loan, scope="part", part_amount=amount)
            with self.assertRefused("above 0 and below"):
                case.action_submit()
            case.unlink()


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestWriteOffTiers(ClosingCase):
    """Who may approve, by amount; what is large takes a second person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Tier = cls.env["carloan.write.off.tier"]
        cls.Tier.search([]).valid_to = "2026-06-01"
        own = {"company_id": cls.company.id, "valid_from": "2026-06-02"}
        cls.Tier.create(
            [
                {**own, "name": "Small", "amount_from": 0, "role": "approver"},
                {
                    **own,
                    "name": "Large",
                    "amount_from": 39520.0,
                    "role": "approver",
                    "second_role": "manager",
                },
            ]
        )
        cls.second = cls._user("c_manager_2", "carloan_relief.group_manager")
        cls.loan = cls._create_a19()

    def test_a_second_person_from_the_amount_on(self):
        case = self._write_off_case(self.loan)
        self.assertEqual((case.amount, case.tier_id.name), (39520.0, "Large"))
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.assertEqual(case.state, "to_approve")
        for user in (self.approver, self.officer, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_approve()
        case.with_user(self.manager).action_approve()
        self.assertEqual(case.state, "approved")
        self.assertEqual(case.approval_ids, self.approver | self.manager)
        for user in (self.manager, self.approver):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_write_off()
        with self.assertRaises(AccessError):
            case.with_user(self.second).write({"approval_ids": [(4, self.second.id)]})
        case.with_user(self.second).action_write_off()
        self.assertEqual(case.state, "done")

    def test_a_part_counts_by_its_own_amount(self):
        case = self._write_off_case(self.loan, scope="part", part_amount=1000.0)
        self.assertEqual(case.tier_id.name, "Small")
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.assertEqual(case.state, "approved")

    def test_what_grew_beyond_its_authority_is_not_posted(self):
        self.Tier.search([("name", "=", "Large")]).amount_from = 39520.01
        case = self._write_off_case(self.loan)
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.assertEqual(case.state, "approved")
        self.Tier.search([("name", "=", "Large")]).amount_from = 100.0
        with self.assertRefused("asks for another approval"):
            case.with_user(self.accountant).action_write_off()

    def test_penalties_of_the_last_days_count(self):
        """What stands in the books when it was approved is less than what leaves."""
        self._agree(penalty_rate=0.24, grace_days=0)
        loan = self._create_active(start_date="2026-04-15", first_due_date="2026-05-15")
        self._bill("2026-06-20")
        case = self._write_off_case(loan)
        self.Tier.search([("name", "=", "Large")]).amount_from = case.amount + 0.01
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.assertEqual(case.state, "approved")
        with self.assertRefused("asks for another approval"):
            case.with_user(self.accountant).action_write_off()
        self.assertEqual(loan.state, "active")

    def test_nobody_has_the_authority(self):
        self.Tier.search([]).active = False
        case = self._write_off_case(self.loan)
        case.action_submit()
        with self.assertRefused("Authority to Write Off"):
            case.with_user(self.approver).action_approve()

    def test_the_policy_is_the_managers(self):
        row = self.Tier.search([], limit=1)
        for user in (self.officer, self.approver, self.accountant, self.auditor):
            with self.subTest(user=user.login):
                self.assertTrue(row.with_user(user).read(["name"]))
                with self.assertRaises(AccessError):
                    row.with_user(user).write({"amount_from": 1.0})
        row.with_user(self.manager).write({"amount_from": 1.0})
        with self.assertRaises(AccessError):
            row.with_user(self.employee).read(["name"])
