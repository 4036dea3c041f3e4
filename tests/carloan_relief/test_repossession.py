"""The vehicle is taken in settlement of a claim, sold, and given back."""

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_closing import ClosingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestRepossession(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vehicle = cls.env["carloan.vehicle"].create({"make": "Aurora"})
        cls.buyer = cls.env["res.partner"].create({"name": "Car dealer"})
        cls.loan = cls._create_a28()

    @classmethod
    def _create_a28(cls, **values):
        """50,000 outstanding with an allowance of 20,000, as worked case A28."""
        loan = cls._create_active(
            principal=50000.0,
            annual_rate=0.0,
            method="interest_only",
            instalments=12,
            start_date="2026-05-15",
            first_due_date="2026-07-15",
            vehicle_id=cls.vehicle.id,
            **values,
        )
        cls._provide(loan, 20000.0)
        return loan

    def _case(self, loan=None, **values):
        Case = self.env["carloan.repossession"].with_user(self.officer)
        return Case.create(
            {
                "loan_id": (loan or self.loan).id,
                "date": "2026-06-20",
                "fair_value": 27500.0,
                "costs": 800.0,
                "source": "Appraiser",
                "scope": "full",
                **values,
            }
        )

    def _taken(self, **values):
        case = self._case(**values)
        case.with_user(self.approver).action_approve()
        case.with_user(self.accountant).action_take()
        return case

    def test_a_gain_is_shown_as_a_gain(self):
        case = self._taken(fair_value=42000.0)
        self.assertEqual(case.result, -12000.0)
        self.assertEqual((case.settlement_loss, case.settlement_gain), (0.0, 12000.0))
        entry = self._entry(self._moves(self.loan, "repossession"))
        self.assertEqual(entry["settlement_result"], -12000.0)
        self.assertBooks()

    def test_a28_the_whole_claim(self):
        case = self._case()
        self.assertEqual(
            (case.claim, case.allowance, case.result, case.book_value),
            (50000.0, 20000.0, 2500.0, 28300.0),
        )
        self.assertEqual((case.settlement_loss, case.settlement_gain), (2500.0, 0.0))
        case.with_user(self.approver).action_approve()
        case.with_user(self.accountant).action_take()
        self.assertEqual(
            self._entry(self._moves(self.loan, "repossession")),
            {
                "repossessed_asset": 28300.0,
                "allowance": 20000.0,
                "settlement_result": 2500.0,
                "principal": -50000.0,
                "bank": -800.0,
            },
        )
        self.assertEmptied(self.loan)
        self.assertEqual((case.state, self.loan.state), ("done", "closed"))
        self.assertEqual(self.vehicle.status, "taken")
        self.assertFalse(self.loan.instalment_ids)
        self.assertBooks()

    def test_overdue_parts_are_settled_too(self):
        loan = self._create_active(vehicle_id=self.vehicle.id)
        self._bill("2026-06-20")
        owed = round(loan.principal_balance + loan.overdue_interest, 2)
        case = self._taken(loan=loan, fair_value=100000.0, costs=0)
        self.assertEqual(case.claim, owed)
        self.assertAlmostEqual(self._sum(loan, "settlement_result"), owed - 100000)
        self.assertEqual(loan.state, "closed")
        self.assertEmptied(loan)
        self.assertBooks()

    def test_its_value_only_and_the_rest_is_due(self):
        loan = self._create_active(vehicle_id=self.vehicle.id)
        self._bill("2026-06-20")
        case = self._taken(loan=loan, scope="part", fair_value=100000.0)
        interest = round(loan.schedule_id.instalment_ids.interest, 2)
        entry = self._entry(self._moves(loan, "repossession"))
        self.assertEqual(entry["repossessed_asset"], 100800.0)
        self.assertNotIn("settlement_result", entry)
        self.assertNotIn("allowance", entry)
        self.assertEqual(case.result, 0.0)
        self.assertEqual(loan.state, "active")
        # five instalments of principal and interest, the rest, and its interest
        bills = self._moves(loan, "bill")
        due = sum(bills.line_ids.filtered("carloan_component").mapped("balance"))
        self.assertAlmostEqual(loan.overdue_amount, due - 100000)
        self.assertEqual(self._sum(loan, "principal"), 0.0)
        self.assertGreater(interest, 0)
        self.assertBooks()
        worth = self._case(loan=self.loan, scope="part", fair_value=50001.0)
        worth.with_user(self.approver).action_approve()
        with self.assertRefused("more than"):
            worth.with_user(self.accountant).action_take()
        self.assertEqual(self.loan.schedule_id.version, 1)

    def test_sale_with_gain_or_loss_and_its_undo(self):
        case = self._taken().with_user(self.accountant)
        with self.assertRefused("day and the price"):
            case.action_sell()
        case.write(self._sale(30000.0, sale_date="2026-06-19"))
        with self.assertRefused("before the vehicle was taken"):
            case.action_sell()
        case.write({"sale_date": "2026-06-20", "sale_costs": 200.0})
        case.action_sell()
        self.assertEqual(
            self._entry(self._moves(self.loan, "sale")),
            {
                "asset_receivable": 30000.0,
                "bank": -200.0,
                "repossessed_asset": -28300.0,
                "settlement_result": -1500.0,
            },
        )
        self.assertEqual((case.state, case.sale_result), ("sold", 1500.0))
        self.assertEqual((case.sale_loss, case.sale_gain), (0.0, 1500.0))
        for values in (self._sale(1.0), {"sale_costs": 0.0}, {"buyer_id": False}):
            with self.subTest(values=values), self.assertRefused("Undo the sale"):
                case.write(values)
        payment = case.sale_payment_id
        self.assertEqual((payment.amount, payment.partner_id), (30000.0, self.buyer))
        self.assertEqual(self._buyer_owes(), 0.0)
        self.assertEqual(self.vehicle.status, "sold")
        self.assertEqual(self._sum(self.loan, "repossessed_asset"), 0.0)
        self._undo(repossession_id=case.id)
        self.assertEqual((case.state, self.vehicle.status), ("done", "taken"))
        self.assertEqual((payment.state, case.sale_payment_id.ids), ("canceled", []))
        self.assertEqual(payment.move_id.reversal_move_ids.state, "posted")
        self.assertEqual(self._buyer_owes(), 0.0)
        self.assertEqual(self._sum(self.loan, "repossessed_asset"), 28300.0)
        case.sale_price = 28000.0
        case.action_sell()
        self.assertEqual(case.sale_result, -500.0)
        self.assertEqual((case.sale_loss, case.sale_gain), (500.0, 0.0))
        self.assertBooks()

    def _sale(self, price, **values):
        """What is entered of a sale."""
        buyer = {"buyer_id": self.buyer.id, "sale_price": price}
        return {"sale_date": "2026-06-20", **buyer, **values}

    def _buyer_owes(self):
        """What the ledger says that the buyer owes, matched or not."""
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.buyer.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
            ]
        )
        self.assertFalse(items.filtered("amount_residual"))
        return sum(items.mapped("balance"))

    def test_vat_of_the_sale_is_policy(self):
        self.env["carloan.sale.tax"].create(
            [
                {"date_from": "2020-01-01", "rate": 0.13, "levied": 0.13},
                {"date_from": "2026-01-01", "rate": 0.03, "levied": 0.02},
                {"date_from": "2027-01-01", "rate": 0.5, "levied": 0.5},
            ]
        )
        case = self._taken().with_user(self.accountant)
        case.write(self._sale(30900.0))
        self.assertEqual((case.sale_vat, case.sale_result), (600.0, 2000.0))
        case.action_sell()
        entry = self._entry(self._moves(self.loan, "sale"))
        self.assertEqual(entry["output_vat"], -600.0)
        self.assertEqual(entry["settlement_result"], -2000.0)
        self.assertBooks()

    def test_a_surplus_is_the_borrowers_and_pays_what_else_is_owed(self):
        case = self._taken(scope="part", costs=0, sale_for="borrower")
        case = case.with_user(self.accountant)
        self.assertEqual(self.loan.overdue_amount, 22500.0)
        case.write(self._sale(30000.0))
        self.assertEqual((case.sale_surplus, case.sale_result), (2500.0, 0.0))
        case.action_sell()
        self.assertEqual(self.loan.overdue_amount, 20000.0)
        self.assertEqual(self._sum(self.loan, "settlement_result"), 0.0)
        # money that comes in late is allocated beside it
        self._pay(self.loan, 100.0, "2026-06-20")
        self.loan._replay_repayments(self.loan.payment_ids.date, "replay:test")
        self.assertEqual(self.loan.overdue_amount, 19900.0)
        self.assertBooks()
        self._undo(repossession_id=case.id)
        self.assertEqual(self.loan.overdue_amount, 22400.0)
        self.assertBooks()
        case.sale_price = 60000.0
        case.action_sell()
        self.assertEqual((self.loan.overdue_amount, self.loan.state), (0.0, "closed"))
        self.assertEqual(self.loan.credit_balance, 10100.0)
        self.assertBooks()

    def test_a_shortfall_is_owed_again_and_may_be_written_off(self):
        case = self._taken(scope="part", costs=0, sale_for="borrower")
        case = case.with_user(self.accountant)
        case.write(self._sale(27000.0, sale_costs=100.0))
        case.action_sell()
        self.assertEqual(case.sale_shortfall, 600.0)
        self.assertEqual(self.loan.overdue_amount, 23100.0)
        self.assertBooks()
        off = self._written_off(self.loan)
        self.assertEqual(off.claim, 23100.0)
        self.assertEmptied(self.loan)
        with self.assertRefused(off.name):
            self._undo(repossession_id=case.id)
        self._undo(write_off_id=off.id)
        self._undo(repossession_id=case.id)
        self.assertEqual(self.loan.overdue_amount, 22500.0)
        self._undo(repossession_id=case.id)
        self.assertEqual(self._sum(self.loan, "principal"), 50000.0)
        self.assertBooks()

    def test_worth_more_than_is_owed_the_rest_is_the_borrowers(self):
        case = self._case(
            scope="part", fair_value=50010.0, costs=0, sale_for="borrower"
        )
        self.assertEqual((case.claim, case.result), (50000.0, 0.0))
        case.with_user(self.approver).action_approve()
        case.with_user(self.accountant).action_take()
        self.assertEqual(self.loan.credit_balance, 10.0)
        self.assertEqual(self.loan.state, "closed")
        # sold for less: it is owed again, and the credit pays its part of it
        case.with_user(self.accountant).write(self._sale(49950.0))
        case.with_user(self.accountant).action_sell()
        self.assertEqual(case.sale_shortfall, 60.0)
        self.assertEqual((self.loan.state, self.loan.overdue_amount), ("active", 50.0))
        self.assertBooks()

    def test_undo_gives_the_claim_back(self):
        for scope in ("full", "part"):
            with self.subTest(scope=scope):
                before = self.loan.schedule_id
                case = self._taken(scope=scope)
                move = self._moves(self.loan, "repossession")
                context = {"default_repossession_id": case.id}
                self.assertEqual(move.action_carloan_undo()["context"], context)
                self._undo(repossession_id=case.id)
                self.assertEqual((case.state, self.loan.state), ("undone", "active"))
                self.assertEqual(self.loan.schedule_id, before)
                self.assertEqual(self._sum(self.loan, "principal"), 50000.0)
                self.assertEqual(self._sum(self.loan, "allowance"), -20000.0)
                self.assertEqual(self._sum(self.loan, "repossessed_asset"), 0.0)
                self.assertEqual(self.vehicle.status, "with_borrower")
                self.assertBooks()
                with self.assertRefused("undone"):
                    self._undo(repossession_id=case.id)

    def test_after_a_write_off_it_is_a_recovery(self):
        off = self._written_off(self.loan)
        case = self._taken(costs=0)
        self.assertEqual(self._memo(self.loan), 22500.0)
        self.assertEqual(off.recovered, 27500.0)
        self.assertEqual(self._sum(self.loan, "repossessed_asset"), 27500.0)
        self.assertEqual(self._sum(self.loan, "impairment"), 50000.0 - 27500)
        self.assertEmptied(self.loan)
        self.assertBooks()
        with self.assertRefused("undo that first"):
            self._undo(write_off_id=off.id)
        self._undo(repossession_id=case.id)
        self.assertEqual(self._memo(self.loan), 50000.0)
        self.assertEmptied(self.loan)
        self._undo(write_off_id=off.id)
        self.assertEqual(self.loan.state, "active")
        self.assertBooks()

    def test_the_rest_of_a_claim_may_be_written_off_then(self):
        case = self._taken(scope="part")
        off = self._written_off(self.loan)
        self.assertEqual(off.claim, 22500.0)
        self.assertEmptied(self.loan)
        with self.assertRefused(off.name):
            self._undo(repossession_id=case.id)
        self._undo(write_off_id=off.id)
        self._undo(repossession_id=case.id)
        self.assertEqual(self._sum(self.loan, "principal"), 50000.0)
        self.assertBooks()

    def test_who_changes_a_value_does_not_approve_it(self):
        boss = self._user(
            "c_boss", "carloan_relief.group_manager,carloan_relief.group_approver"
        )
        case = self._case()
        case.with_user(boss).fair_value = 1.0
        with self.assertRaises(AccessError):
            case.with_user(boss).action_approve()
        case.with_user(self.approver).action_approve()

    def test_a_sale_is_neither_to_come_nor_to_who_posts_it(self):
        case = self._case()
        case.with_user(self.approver).action_approve()
        own = case.with_user(self.accountant)
        own.action_take()
        own.write({"sale_price": 9.0, "buyer_id": self.accountant.partner_id.id})
        own.sale_date = "2026-06-20"
        with self.assertRaises(AccessError):
            own.action_sell()
        own.buyer_id = self.env["res.partner"].create({"name": "Dealer"})
        own.sale_date = "2026-06-21"
        with self.assertRefused("still to come"):
            own.action_sell()
        own.sale_date = "2026-06-20"
        own.action_sell()
        self.assertEqual(case.state, "sold")

    def test_roles_facts_and_bad_input(self):
        case = self._case(source=False)
        with self.assertRefused("who gave it"):
            case.with_user(self.approver).action_approve()
        case.source = "Guide book"
        for user in (self.officer, self.accountant, self.auditor, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_approve()
        with self.assertRefused("approved"):
            case.with_user(self.accountant).action_take()
        case.with_user(self.approver).action_approve()
        with self.assertRefused(case.name):
            case.fair_value = 1.0
        for values in (
            {"state": "done"},
            {"result": 0.01},
            {"settlement_gain": 1.0},
            {"sale_loss": 1.0},
        ):
            with self.assertRaises(AccessError):
                case.write(values)
        for user in (self.officer, self.approver, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                case.with_user(user).action_take()
        with self.assertRaises(AccessError):
            self.vehicle.with_user(self.officer).status = "sold"
        with self.assertRaises(ValidationError):
            self._case(loan=self._create_active())
        self.company.fiscalyear_lock_date = "2026-06-20"
        with self.assertRefused(self.loan.name):
            case.with_user(self.accountant).action_take()
        self.assertEqual(self.vehicle.status, "with_borrower")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._user(
            "c_stranger",
            "carloan_relief.group_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        with self.assertRaises(AccessError):
            case.with_user(stranger).action_take()
