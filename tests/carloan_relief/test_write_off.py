"""A loan leaves the books with its evidence; the claim survives and is recovered."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

TODAY = date(2026, 6, 20)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestWriteOff(ClosingCase):
    def test_a19_entries_register_and_state(self):
        loan = self._create_a19()
        case = self._written_off(loan)
        top_up = self._moves(loan, "provision")[-1]
        self.assertEqual(
            self._entry(top_up), {"impairment": 4520.0, "allowance": -4520.0}
        )
        self.assertEqual(
            self._entry(self._moves(loan, "write_off")),
            {"allowance": 39520.0, "principal": -38000.0, "interest_due": -1520.0},
        )
        self.assertEmptied(loan)
        self.assertEqual(self._memo(loan), 39520.0)
        self.assertEqual(loan.state, "written_off")
        self.assertEqual(loan.written_off_balance, 39520.0)
        self.assertRecordValues(
            case,
            [
                {
                    "state": "done",
                    "principal": 38000.0,
                    "interest": 1520.0,
                    "claim": 39520.0,
                    "allowance": 35000.0,
                    "charge": 4520.0,
                    "balance": 39520.0,
                    "recovered": 0.0,
                }
            ],
        )
        # the loan still looks like what it is
        self.assertEqual((loan.cn_class, loan.dpd), ("loss", 5))
        self.assertFalse(loan.next_due_date)
        self.assertFalse(
            loan.instalment_ids.move_id.filtered(lambda m: m.state == "draft")
        )
        self.assertBooks()
        self.assertFalse(self._bill("2026-07-20") & self._moves(loan, "bill"))
        first = loan.instalment_ids[0]
        self.assertEqual((first.paid_state, first.amount_residual), ("overdue", 1520.0))

    def test_overdue_parts_adjustment_and_too_much_allowance(self):
        loan = self._create_active()
        self._bill("2026-06-20")
        event = {"loan": loan, "event": "modify", "key": "test:modify"}
        self.ledger._post_events(
            [{**event, "date": "2026-06-16", "amounts": {"loss": 100000}}]
        )
        planned = loan.instalment_ids.filtered(lambda x: x.state != "billed")
        planned[-1:].sudo().unwind = 1000.0
        self._provide(loan, 200000.0)
        owed = loan.principal_balance + loan.overdue_interest
        case = self._written_off(loan)
        self.assertAlmostEqual(case.claim, owed)
        self.assertAlmostEqual(case.charge, owed - 1000.0 - 200000.0)
        self.assertEmptied(loan)
        self.assertAlmostEqual(self._memo(loan), owed)
        by_component = dict(
            self.env["carloan.memo"]._read_group(
                [("loan_id", "=", loan.id)], ["component"], ["amount:sum"]
            )
        )
        self.assertAlmostEqual(by_component["interest"], case.interest)
        # each instalment keeps its own date in the register
        dates = loan.memo_ids.filtered(lambda x: x.component == "interest")
        self.assertEqual(
            sorted(str(day) for day in dates.mapped("due_date")),
            [f"2026-0{month}-15" for month in range(2, 7)],
        )
        self.assertBooks()

    def test_credit_of_the_borrower_is_used_first(self):
        loan = self._create_a19()
        self._pay(loan, 1620.0, "2026-06-18")
        self.assertEqual(loan.credit_balance, 100.0)
        case = self._written_off(loan)
        self.assertEqual(case.claim, 37900.0)
        self.assertEmptied(loan)
        self.assertBooks()

    def test_undo_puts_everything_back(self):
        loan = self._create_a19()
        before = {
            name: loan[name]
            for name in (
                "overdue_amount",
                "principal_balance",
                "dpd",
                "oldest_due_date",
            )
        }
        drafted = loan.instalment_ids.filtered(lambda x: x.state == "drafted")
        case = self._written_off(loan)
        self._undo(write_off_id=case.id)
        self.assertEqual((case.state, loan.state), ("undone", "active"))
        self.assertEqual({name: loan[name] for name in before}, before)
        self.assertEqual(self._sum(loan, "allowance"), -35000.0)
        self.assertEqual(self._sum(loan, "impairment"), 35000.0)
        self.assertEqual(self._memo(loan), 0.0)
        self.assertEqual(
            loan.instalment_ids.filtered(lambda x: x.state == "drafted"), drafted
        )
        self.assertBooks()
        with self.assertRefused("undone"):
            self._undo(write_off_id=case.id)
        # a new case can be made, and the books hold
        again = self._written_off(loan)
        self.assertEqual(again.balance, 39520.0)
        self.assertEqual(case.balance, 0.0)
        self.assertEmptied(loan)

    def test_the_entry_leads_to_the_case(self):
        loan = self._create_a19()
        case = self._written_off(loan)
        move = self._moves(loan, "write_off")
        context = move.action_carloan_undo()["context"]
        self.assertEqual(context, {"default_write_off_id": case.id})
        self.assertTrue(move.carloan_can_undo)

    def test_without_evidence_nothing_is_proposed(self):
        loan = self._create_a19()
        case = self._write_off_case(loan, with_papers=False)
        self.assertIn("Ruling", case.missing)
        self.assertNotIn("Letter", case.missing)
        with self.assertRefused("“Ruling”"):
            case.action_submit()
        bare = self._write_off_case(
            self._create_a19(), with_papers=False, evidence_type_ids=[]
        )
        with self.assertRefused("No ground"):
            bare.action_submit()

    def test_limits_of_a_ground_are_data(self):
        self.ground.write({"min_dpd": 360, "max_amount": 30000.0})
        case = self._write_off_case(self._create_a19())
        with self.assertRefused("5 days past due, 360 are needed"):
            case.action_submit()
        self.ground.min_dpd = 0
        with self.assertRefused("above 30000.0"):
            case.action_submit()
        self.ground.write({"max_amount": 0, "valid_from": "2026-07-01"})
        with self.assertRefused("not in force on 2026-06-20"):
            case.action_submit()
        self.ground.valid_from = "2026-06-20"
        case.action_submit()
        self.assertEqual(case.state, "to_approve")

    def test_evidence_that_vanishes_is_noticed_at_each_step(self):
        case = self._write_off_case(self._create_a19())
        case.action_submit()
        case.sudo().line_ids.attachment_ids.unlink()
        with self.assertRefused("Ruling"):
            case.with_user(self.approver).action_approve()

    def test_four_eyes_and_roles(self):
        loan = self._create_a19()
        case = self._write_off_case(loan, approver_id=self.approver.id)
        for user in (self.approver, self.accountant, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_submit()
        mine = case.with_user(self.manager)
        mine.action_submit()
        self.assertEqual(case.activity_ids.user_id, self.approver)
        for user in (self.officer, self.accountant, self.auditor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_approve()
        with self.assertRefused("approved"):
            case.with_user(self.accountant).action_write_off()
        case.with_user(self.approver).action_approve()
        self.assertFalse(case.activity_ids)
        for user in (self.officer, self.approver, self.auditor, self.manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_write_off()
        case.with_user(self.accountant).action_write_off()
        self.assertRecordValues(
            case,
            [
                {
                    "proposer_id": self.manager.id,
                    "decider_id": self.approver.id,
                    "poster_id": self.accountant.id,
                }
            ],
        )
        for user in (self.officer, self.approver, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user)._undo("2026-06-20", "x")

    def test_decisions_are_not_written_by_hand(self):
        case = self._write_off_case(self._create_a19())
        for values in (
            {"state": "approved"},
            {"decider_id": self.approver.id},
            {"claim": 1.0},
        ):
            with self.assertRaises(AccessError):
                case.write(values)
        case.action_submit()
        for values in (
            {"reason": "x"},
            {"date": "2026-06-19"},
            {"evidence_type_ids": [Command.clear()]},
        ):
            with self.assertRefused(case.name):
                case.write(values)
        with self.assertRefused(case.name):
            case.line_ids[0].note = "x"
        with self.assertRefused(case.name):
            case.unlink()
        case.with_user(self.approver).action_reject()
        self.assertEqual(case.state, "rejected")

    def test_a_document_of_the_case_is_read_by_who_reads_the_case(self):
        case = self._write_off_case(self._create_a19())
        document = case.line_ids.attachment_ids
        self.assertEqual((document.res_model, document.res_id), (case._name, case.id))
        self.assertTrue(document.with_user(self.approver).read(["name"]))
        with self.assertRaises(AccessError):
            document.with_user(self.employee).read(["name"])

    def test_nobody_writes_off_their_own_loan(self):
        own = self._create_active(partner_id=self.officer.partner_id.id)
        case = self._write_off_case(own)
        with self.assertRaises(AccessError):
            case.action_submit()

    def test_what_cannot_be_written_off(self):
        closed = self._create_active(
            instalments=1, start_date="2026-05-15", first_due_date="2026-06-15"
        )
        self._bill("2026-06-20")
        loan = self._create_a19()
        case = self._write_off_case(loan, date="2026-06-19")
        self._pay(closed, closed.overdue_amount, "2026-06-20")
        with self.assertRefused("Closed"):
            self._write_off_case(closed)
        self._pay(loan, 10.0, "2026-06-20")
        case.action_submit()
        case.with_user(self.approver).action_approve()
        with self.assertRefused("is in the books already"):
            case.with_user(self.accountant).action_write_off()
        self.assertEqual((case.state, loan.state), ("approved", "active"))
        late = self._write_off_case(self._create_a19(), date="2026-06-21")
        late.action_submit()
        late.with_user(self.approver).action_approve()
        with self.assertRefused("still to come"):
            late.with_user(self.accountant).action_write_off()

    def test_a_locked_period_leaves_the_loan_in_the_books(self):
        loan = self._create_a19()
        case = self._write_off_case(loan)
        case.action_submit()
        case.with_user(self.approver).action_approve()
        self.company.fiscalyear_lock_date = "2026-06-20"
        with self.assertRefused(loan.name):
            case.with_user(self.accountant).action_write_off()
        self.assertEqual((case.state, loan.state), ("approved", "active"))
        self.assertEqual(self._memo(loan), 0.0)

    def test_another_company_sees_and_does_nothing(self):
        case = self._written_off(self._create_a19())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "c_stranger",
            "carloan_relief.group_manager,account.group_account_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        Case = self.env["carloan.write.off"].with_user(stranger)
        self.assertFalse(Case.search([("id", "=", case.id)]))
        with self.assertRaises(AccessError):
            case.with_user(stranger).action_write_off()
        with self.assertRaises(UserError):
            Case.create({"loan_id": case.loan_id.id})


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestRecovery(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_a19()
        cls.earlier = cls._pay(cls.loan, 20.0, "2026-06-17")
        cls._pay(cls.loan, 0.01, "2026-06-18")
        cls.case = cls._written_off(cls.loan)

    def _recover(self, amount, **values):
        wizard = (
            self.env["carloan.repayment"]
            .with_user(self.accountant)
            .create({"loan_id": self.loan.id, "amount": amount, **values})
        )
        wizard.action_register()
        return self.loan.payment_ids.sorted("id")[-1:]

    def test_a20_entries_and_register(self):
        owed = self.case.balance
        payment = self._recover(9000.0, collection_cost=600.0)
        self.assertEqual(
            self._entry(payment.move_id), {"asset_cash": 9000.0, "principal": -9000.0}
        )
        self.assertEqual(
            [self._entry(move) for move in self._moves(self.loan, "recovery")],
            [
                {"principal": 9000.0, "allowance": -9000.0},
                {"allowance": 9000.0, "impairment": -9000.0},
                {"collection_cost": 600.0, "bank": -600.0},
            ],
        )
        self.assertEmptied(self.loan)
        self.assertEqual(self.loan.written_off_balance, round(owed - 9000, 2))
        self.assertEqual(self.case.recovered, 9000.0)
        self.assertEqual(self.case.balance, round(owed - 9000, 2))
        self.assertEqual(self.loan.state, "written_off")
        self.assertBooks()
        # the bank reconciliation finds the payment as any other
        self.assertTrue(payment.move_id.line_ids.filtered("account_id.reconcile"))

    def test_recoveries_may_be_income_by_policy(self):
        self.product.recovery_result = "income"
        self._recover(100.0)
        release = self._moves(self.loan, "recovery")[-1]
        self.assertEqual(self._entry(release), {"allowance": 100.0, "recovery": -100.0})

    def test_a_bounce_is_owed_again(self):
        owed = self.case.balance
        first = self._recover(500.0)
        payment = self._recover(9000.0)
        self._undo(move_id=payment.move_id.id)
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(self._memo(self.loan), round(owed - 500, 2))
        self.assertEqual(self.case.recovered, 500.0)
        self.assertEmptied(self.loan)
        self.assertEqual(self._sum(self.loan, "impairment"), 39499.99 - 500)
        self.assertBooks()
        with self.assertRefused("undone already"):
            self._undo(move_id=payment.move_id.id)
        # the accountant's own reversal does the same
        first.move_id.with_user(self.accountant)._reverse_moves(
            [{"date": "2026-06-20"}], cancel=True
        )
        self.assertEqual(self._memo(self.loan), owed)
        self.assertEmptied(self.loan)
        self.assertBooks()

    def test_posting_twice_posts_once(self):
        payment = self._recover(100.0)
        made = len(self._moves(self.loan, "recovery"))
        payment._post_carloan_recovery()
        self.assertEqual(len(self._moves(self.loan, "recovery")), made)
        self.assertEqual(self.case.recovered, 100.0)

    def test_more_than_is_owed_is_the_borrowers_credit(self):
        owed = self.case.balance
        self._recover(owed + 25.0)
        self.assertEqual(self._memo(self.loan), 0.0)
        self.assertEqual(self.case.balance, 0.0)
        self.assertEqual(self.loan.credit_balance, 25.0)
        self.assertBooks()

    def test_what_stands_on_what_is_named(self):
        with self.assertRefused(self.case.name):
            self._undo(move_id=self.earlier.move_id.id)
        payment = self._recover(9000.0)
        wizard = self.env["carloan.undo"].create(
            {"write_off_id": self.case.id, "reason": "x"}
        )
        self.assertIn(payment.move_id.name, wizard.blocker)
        with self.assertRefused(payment.move_id.name):
            self._undo(write_off_id=self.case.id)
        self._undo(move_id=payment.move_id.id)
        self._undo(write_off_id=self.case.id)
        self.assertEqual(self.loan.state, "active")
        self._undo(move_id=self.earlier.move_id.id)
        self.assertEqual(self.loan.overdue_interest, 1519.99)
        self.assertBooks()

    def test_what_was_owed_then_is_not_undone_while_it_is_written_off(self):
        self.product.write({"penalty_rate": 0.1, "grace_days": 0})
        loan = self._create_active(start_date="2026-04-15", first_due_date="2026-05-15")
        self._bill("2026-06-20")
        self.ledger._charge_penalties(loan, "2026-06-20")
        bill = loan.instalment_ids[0].move_id
        penalty = self._moves(loan, "penalty")[-1]
        case = self._written_off(loan)
        for undo, move in ((loan._undo_penalty, penalty), (loan._undo_bill, bill)):
            with self.assertRefused(case.name):
                undo(move, "2026-06-20", "by mistake")
        self._undo(write_off_id=case.id)
        loan._undo_penalty(penalty, "2026-06-20", "by mistake")
        self.assertBooks()

    def test_a_relief_is_not_undone_while_the_loan_is_written_off(self):
        loan = self._create_a19()
        position, _ids = loan._get_positions()
        plans = measures.Plans.from_dicts([[{"kind": "extend", "instalments": 6}]])
        revised = measures.apply(position, plans)
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(
            request, revised, valuation.modification(position, revised), TODAY
        )
        schedule = loan.schedule_id
        case = self._written_off(loan)
        with self.assertRefused(case.name):
            loan._undo_relief(schedule, TODAY, "Mistake", cascade=True)
        self.assertEmptied(loan)
        self._undo(write_off_id=case.id)
        loan._undo_relief(schedule, TODAY, "Mistake", cascade=True)
        self.assertNotEqual(loan.schedule_id, schedule)
        self.assertBooks()

    def test_money_dated_before_the_write_off_is_refused(self):
        with self.assertRefused(self.case.name):
            self._recover(10.0, date="2026-06-19")
        self.assertEqual(self._memo(self.loan), self.case.claim)

    def test_a_payment_drafted_before_the_write_off_is_a_recovery(self):
        loan = self._create_a19()
        payment = self.env["account.payment"].create(
            loan._prepare_repayment_vals(1000.0, "2026-06-20", None, None)
        )
        self._written_off(loan)
        payment.action_post()
        self.assertEqual(self._memo(loan), 38520.0)
        self.assertEmptied(loan)
        self.assertBooks()

    def test_a_draft_from_before_that_is_all_credit_is_undone(self):
        self._undo(write_off_id=self.case.id)
        draft = self.env["account.payment"].create(
            self.loan._prepare_repayment_vals(70.0, "2026-06-20", None, None)
        )
        draft._generate_journal_entry()  # its entry stands as a draft
        case = self._written_off(self.loan)
        self.assertLess(draft.move_id.id, min(self._moves(self.loan, "write_off").ids))
        self._recover(self._memo(self.loan))
        draft.action_post()
        self.assertEqual(self.loan.credit_balance, 70.0)
        self._undo(move_id=draft.move_id.id)
        self.assertEqual((self.loan.credit_balance, case.balance), (0.0, 0.0))
        self.assertBooks()


@tagged("post_install", "-at_install")
class TestWriteOffSuspended(ClosingCase):
    """What is suspended stays in its own register, whatever ends the loan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 90
        cls.vehicle = cls.env["carloan.vehicle"].create({"make": "Aurora"})
        with freeze_time("2026-01-15"):
            cls.loan = cls._create_active(vehicle_id=cls.vehicle.id)
        with freeze_time("2026-06-20"):
            cls._bill("2026-06-20")
            cls.loan._refresh_position()
        cls.suspended = cls.loan.overdue_interest

    def test_write_off_recovery_and_undo(self):
        self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
        with freeze_time("2026-06-20"):
            case = self._written_off(self.loan)
            self.assertEqual((case.claim, case.interest), (120000.0, 0.0))
            self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
            self.assertEqual(self.loan.memo_balance, 120000.0 + self.suspended)
            self.assertEmptied(self.loan)
            # what was written off comes first, then what is suspended, as income
            payment = self._pay(self.loan, 120100.0, "2026-06-20")
            self.assertEqual(self._memo(self.loan), 0.0)
            left = round(self.suspended - 100, 2)
            self.assertEqual(self._memo(self.loan, "suspended"), left)
            self.assertEmptied(self.loan)
            self.assertBooks()
            self._undo(move_id=payment.move_id.id)
            self._undo(write_off_id=case.id)
            self.assertEqual(self.loan.state, "active")
            self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
            self.assertEqual(self.loan.overdue_interest, self.suspended)
            self.assertBooks()

    def test_a_recovery_that_bounces_moves_nothing_else(self):
        loan, charge = self._create_late()
        # what the charge had paid pays suspended penalties now, later than it came
        with freeze_time("2026-07-01"):
            loan._undo_penalty(charge, date(2026, 7, 1), "Mistake")
            self.assertBooks()
            before = self._get_sums(loan)
            case = self._written_off(loan, date="2026-07-01")
            suspended = self._memo(loan, "suspended")
        with freeze_time("2026-07-20"):
            payment = self._pay(loan, 500.0, "2026-07-10")
            beyond = self._pay(loan, case.claim - 500 + 40, "2026-07-20")
            self.assertEqual(self._memo(loan), 0.0)
            self.assertEqual(self._memo(loan, "suspended"), round(suspended - 40, 2))
            lines = self.env["carloan.memo"].search([("loan_id", "=", loan.id)])
            for move in (beyond.move_id, payment.move_id):
                self._undo(move_id=move.id, date="2026-07-20")
                self.assertEmptied(loan)
                self.assertEqual(self._memo(loan, "suspended"), suspended)
                self.assertBooks()
            self.assertEqual(self._memo(loan), case.claim)
            after = self.env["carloan.memo"].search([("loan_id", "=", loan.id)])
            self.assertFalse(
                (after - lines).filtered(
                    lambda x: x.event not in ("reverse", "receipt")
                )
            )
            self._undo(write_off_id=case.id, date="2026-07-20")
            self.assertEqual(self._get_sums(loan), before)
            self.assertBooks()

    def _create_late(self):
        """A suspended loan with a charge from before that a repayment has paid."""
        self.product.write(
            {
                "penalty_rate": 0.18,
                "grace_days": 0,
                "allocation_mode": "vertical",
                "allocation_order": "principal,interest,fee,penalty",
            }
        )
        with freeze_time("2026-03-20"):
            loan = self._create_active()
            self._bill("2026-03-20")
            charge = self.ledger._charge_penalties(loan, "2026-03-20")
        with freeze_time("2026-06-20"):
            self._bill("2026-06-20")
            loan._refresh_position()
            self.assertTrue(loan.suspended_since)
            self.ledger._charge_penalties(loan, "2026-06-20")
            owed = loan.overdue_amount
            self._pay(loan, owed - 100.0, "2026-06-20")
        return loan, charge

    def _get_sums(self, loan):
        roles = ("principal", "principal_due", "interest_due", "penalty_due")
        return {role: self._sum(loan, role) for role in roles}

    def test_a_settlement_pays_what_is_suspended(self):
        with freeze_time("2026-06-20"):
            case = self.env["carloan.settlement"].create({"loan_id": self.loan.id})
            self.assertEqual(case.overdue, self.loan.overdue_amount)
            case.with_user(self.accountant).action_settle()
            self.assertEqual(self.loan.state, "closed")
            self.assertEqual(self._memo(self.loan, "suspended"), 0.0)
            self.assertEmptied(self.loan)
            self.assertBooks()
            self._undo(settlement_id=case.id)
            self.assertEqual(self.loan.state, "active")
            self.assertBooks()

    def test_a_vehicle_for_the_whole_claim_ends_it_too(self):
        with freeze_time("2026-06-20"):
            for scope in ("full", "part"):
                case = (
                    self.env["carloan.repossession"]
                    .with_user(self.officer)
                    .create(
                        {
                            "loan_id": self.loan.id,
                            "fair_value": 90000.0,
                            "source": "Appraiser",
                            "scope": scope,
                        }
                    )
                )
                case.with_user(self.approver).action_approve()
                case.with_user(self.accountant).action_take()
                state = "closed" if scope == "full" else "active"
                self.assertEqual(self.loan.state, state)
                if scope == "full":
                    self.assertEqual(self._memo(self.loan, "suspended"), 0.0)
                self.assertBooks()
                self._undo(repossession_id=case.id)
                self.assertEqual(self._memo(self.loan, "suspended"), self.suspended)
                self.assertEqual(self.loan.overdue_interest, self.suspended)
                self.assertBooks()
