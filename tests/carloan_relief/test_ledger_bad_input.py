"""What cannot be right is refused, with the record named and nothing posted."""

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase

TODAY = "2026-06-20"
LATER = "2026-12-31"


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLedgerBadInput(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan = cls._create_active()
        cls._bill(TODAY)

    def _count(self):
        return self.env["account.move"].search_count([("state", "=", "posted")])

    def _run(self, model, method, **values):
        """Fill in a window and press its button, as an accountant."""
        window = self.env[model].with_user(self.accountant).create(values)
        getattr(window, method)()

    def assertNothing(self, text, function, *args, exception=UserError, **kwargs):
        before = self._count()
        with self.assertRefused(text, exception):
            function(*args, **kwargs)
        self.assertEqual(self._count(), before)

    # ------------------------------------------------------------------
    # MAPPING
    # ------------------------------------------------------------------

    def _get_mapping(self, role):
        return self.product.account_ids.filtered(lambda line: line.role == role)

    def _get_other(self, account, **values):
        return account.copy({"name": "Another", **values})

    def test_role_in_use_stays_on_its_account(self):
        line = self._get_mapping("principal_due")
        other = self._get_other(line.account_id)
        self.assertNothing(line.account_id.name, line.write, {"account_id": other.id})
        line.write({"account_id": line.account_id.id})
        self.assertBooks()

    def test_role_not_in_use_may_move(self):
        line = self._get_mapping("penalty_due")
        other = self._get_other(line.account_id)
        line.write({"account_id": other.id})
        self.assertEqual(line.account_id, other)

    # ------------------------------------------------------------------
    # MONEY AND DAYS
    # ------------------------------------------------------------------

    def _repay(self, loan=None, **values):
        values = {"loan_id": (loan or self.loan).id, "amount": 100.0, **values}
        self._run("carloan.repayment", "action_register", **values)

    def test_money_from_before_the_loan(self):
        self.assertNothing(
            self.loan.name, self._repay, date="2026-01-14", exception=ValidationError
        )

    def test_an_amount_beyond_what_is_exact(self):
        """Said where it is entered, with the limit, before anything is computed."""
        much, limit = 1e13, "100,000,000,000.00"
        vehicle = self.env["carloan.vehicle"].create({"make": "Aurora"})
        self.loan.vehicle_id = vehicle
        draft = self._create_loan()
        case = self.env["carloan.repossession"].create(
            {"loan_id": self.loan.id, "fair_value": 1000.0}
        )
        for function, values in (
            (self._create_loan, {"principal": much}),
            (draft.write, {"principal": much}),
            (draft.write, {"fee": much}),
            (self.product.write, {"fee": much}),
            (case.write, {"fair_value": much}),
            (case.write, {"costs": much}),
            (self._repay, {"amount": much}),
            (self._repay, {"amount": 1e17}),
            (self._repay, {"collection_cost": much}),
        ):
            with self.subTest(**values):
                args = () if function in (self._create_loan, self._repay) else (values,)
                self.assertNothing(
                    limit,
                    function,
                    *args,
                    exception=ValidationError,
                    **({} if args else values),
                )
        form = Form(
            self.env["carloan.repayment"].with_context(default_loan_id=self.loan.id)
        )
        with self.assertRefused(limit, ValidationError):
            form.amount = much
        self.assertNothing(
            limit, self._pay, self.loan, 1e11 + 0.01, TODAY, exception=ValidationError
        )
        draft.principal = 1e11
        self.assertEqual(draft.principal, 1e11)

    def test_collection_cost_below_nothing(self):
        self._written_off(self.loan)
        self.assertNothing(self.loan.name, self._repay, collection_cost=-5.0)

    def test_what_a_day_to_come_needs_is_not_known(self):
        for model, method in (
            ("carloan.provision.run", "action_run"),
            ("carloan.accrual", "action_accrue"),
        ):
            self.assertNothing("2026-12-31", self._run, model, method, date=LATER)

    def test_disbursement_on_a_day_to_come(self):
        loan = self._create_loan(start_date=LATER, first_due_date="2027-01-31")
        self.assertNothing(LATER, loan.action_disburse)
        self.assertNothing(LATER, loan.action_disburse, LATER)
        self.assertEqual((loan.state, str(loan.start_date)), ("draft", LATER))
        with freeze_time(LATER):
            loan.action_disburse()
        self.assertEqual(str(self._moves(loan, "disburse").date), LATER)

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def test_undo_of_no_event(self):
        draft = self.loan.instalment_ids.move_id.filtered(lambda m: m.state == "draft")
        self.assertNothing("nothing to undo", self._undo)
        self.assertNothing(draft[0].ref, self._undo, move_id=draft[0].id)

    def test_undo_on_a_day_to_come(self):
        payment = self._pay(self.loan, 100.0, TODAY)
        self.assertNothing(
            self.loan.name, self._undo, move_id=payment.move_id.id, date=LATER
        )
        case = self._written_off(self.loan)
        self.assertNothing(self.loan.name, self._undo, write_off_id=case.id, date=LATER)

    def test_undo_without_a_reason(self):
        payment = self._pay(self.loan, 100.0, TODAY)
        case = self._written_off(self._create_active())
        for what in (
            {"move_id": payment.move_id.id},
            {"move_id": self.loan.instalment_ids[4].move_id.id},
            {"write_off_id": case.id},
        ):
            for reason in ("", " \t\n"):
                with self.subTest(**what, reason=reason):
                    self.assertNothing(
                        "say why",
                        self._undo,
                        reason=reason,
                        exception=ValidationError,
                        **what,
                    )

    def test_undo_before_a_bill_that_goes_with_it(self):
        revised = self._relieve(self.loan, TODAY)
        with freeze_time("2026-07-20"):
            self._bill("2026-07-20")
            with self.assertRefused("2026-07-15"):
                self.loan._undo_relief(revised, "2026-07-01", "Mistake", cascade=True)
            self.loan._undo_relief(revised, "2026-07-20", "Mistake", cascade=True)
        self.assertBooks()

    def _relieve(self, loan, date):
        """Extend a loan and return the schedule made."""
        day = fields.Date.to_date(date)
        loan._refresh_position(day)
        position, _ids = loan._get_positions(day, strict=True)
        plans = measures.Plans.from_dicts([[{"kind": "extend", "instalments": 6}]], 2)
        revised = measures.apply(position, plans)
        change = valuation.modification(position, revised)
        loan._apply_relief(self.borrower, revised, change, day)
        return loan.schedule_id

    # ------------------------------------------------------------------
    # CLOSED PERIODS
    # ------------------------------------------------------------------

    def _close(self, day):
        self.env.flush_all()
        self.company.write(
            {"fiscalyear_lock_date": day, "carloan_locked_policy": "next_open"}
        )

    def test_settlement_on_a_closed_day(self):
        """Its figures are those of the day, and its entries would be of another."""
        case = self.env["carloan.settlement"].with_user(self.officer)
        case = case.create({"loan_id": self.loan.id, "date": "2026-06-17"})
        self._close("2026-06-18")
        case = case.with_user(self.accountant)
        self.assertNothing("06/18/2026", case.action_settle)

    def test_write_off_that_a_bill_would_miss(self):
        """What fell due in the closed period would be booked after the write-off."""
        with freeze_time("2026-07-20"):
            self._close("2026-07-18")
            self.assertNothing(
                "07/18/2026", self._written_off, self.loan, date="2026-07-16"
            )
