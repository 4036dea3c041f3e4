"""Loss allowances by stage: worked cases in the books, runs, undo, rights."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-01-31")
class TestProvision(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["carloan.provision.policy"].create(
            {
                "name": "Worked cases",
                "company_id": cls.company.id,
                "product_id": cls.product.id,
                "valid_from": "2026-01-01",
                "sicr_ratio": 0,
                "sicr_pd": 0,
                "lgd_ids": [Command.create({"lgd": 0.45})],
            }
        )
        # three years left: a lifetime PD of 12 % is 1 - 0.88^(1/3) a year
        cls.loan = cls._create_active(
            principal=83000.0,
            instalments=36,
            start_date="2026-01-31",
            first_due_date="2026-02-28",
        )

    @classmethod
    def _assess(cls, pd, date, loan=None):
        """An assessment with a PD, as the risk room stores it."""
        loan = loan or cls.loan
        grade = cls.env["carloan.risk.grade"].browse(
            cls.env["carloan.risk.grade"]._for_pds([pd])
        )
        item = cls.env["carloan.risk.assessment"].create(
            {
                "loan_id": loan.id,
                "partner_id": loan.partner_id.id,
                "company_id": loan.company_id.id,
                "date": date,
                "scorecard_id": cls.env["carloan.risk.scorecard"]
                .search([], limit=1)
                .id,
                "pd": pd,
                "grade_id": grade.id,
            }
        )
        loan.write({"risk_grade_id": grade.id, "risk_pd": pd})
        return item

    def _run(self, day, loan=None):
        with freeze_time(day):
            return self.ledger._provision(self.company, day, loan or self.loan)

    def _set_stage(self, stage, date_from, date_to=False):
        return self.env["carloan.provision.overlay"].create(
            {
                "loan_id": self.loan.id,
                "least_stage": stage,
                "reason": "as in the worked case",
                "date_from": date_from,
                "date_to": date_to,
            }
        )

    def test_worked_life_through_the_stages(self):
        self._assess(0.02, "2026-01-31")
        first = self._run("2026-01-31")
        self.assertEqual(
            self._entry(first.move_id), {"impairment": 747.0, "allowance": -747.0}
        )
        self.assertEqual(first.stage, "1")
        self.assertEqual((first.ead, first.ecl, first.before), (83000.0, 747.0, 0.0))
        self.assertEqual(first.move_id.carloan_loan_id, self.loan)
        # risk rises: the lifetime PD of 35 months left is 12 %
        self._assess(1 - 0.88 ** (12 / 36), "2026-02-01")
        self._set_stage("2", "2026-02-01", "2026-02-02")
        second = self._run("2026-02-01")
        self.assertEqual(second.months, 36)
        self.assertEqual(
            (second.stage, second.pd, second.ecl, second.charge),
            ("2", 0.12, 4482.0, 3735.0),
        )
        self._set_stage("3", "2026-02-02", "2026-02-02")
        third = self._run("2026-02-02")
        self.assertEqual(
            (third.stage, third.pd, third.ecl, third.charge),
            ("3", 1.0, 37350.0, 32868.0),
        )
        self.assertEqual(self._sum(self.loan, "allowance"), -37350.0)
        self.assertEqual(self.loan.allowance_balance, 37350.0)
        self.assertEqual((self.loan.ifrs_stage, third.stage_before), ("3", "2"))
        self._set_stage("2", "2026-02-03")
        cured = self._run("2026-02-03")
        self.assertEqual(
            self._entry(cured.move_id), {"impairment": -32868.0, "allowance": 32868.0}
        )
        self.assertBooks()

    def test_interest_of_stage_3_is_earned_on_what_is_left(self):
        self._set_stage("3", "2026-01-31")
        self._run("2026-01-31")
        with freeze_time("2026-02-28"):
            self._bill("2026-02-28")
        bill = self.loan.instalment_ids[0].move_id
        entry = self._entry(bill)
        self.assertEqual(entry["interest_due"], 498.0)
        self.assertEqual(entry["interest_income"], -273.9)
        self.assertEqual(entry["allowance"], -224.1)
        self.assertEqual(self.loan.instalment_ids[0].amount, self.loan.overdue_amount)
        self.assertBooks()
        # the allowance that interest built counts towards the next target
        self.assertEqual(self._run("2026-02-28").before, 37574.1)

    def test_a_bill_undone_after_a_release_leaves_no_allowance_below_nothing(self):
        self._set_stage("3", "2026-01-31", "2026-02-28")
        self._run("2026-01-31")
        with freeze_time("2026-02-28"):
            self._bill("2026-02-28")
            self.assertEqual(self._sum(self.loan, "allowance"), -37574.1)
        with freeze_time("2026-03-01"):
            self._pay(self.loan, 80000.0, "2026-03-01")
        left = self._run("2026-03-01").ecl
        self.assertTrue(0 < left < 224.1)
        with freeze_time("2026-03-02"):
            bill = self.loan.instalment_ids[0].move_id
            made = self.loan._undo_bill(bill, "2026-03-02", "by mistake")
            self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
            charged = made.filtered(lambda move: move.carloan_event == "provision")
            charge = round(224.1 - left, 2)
            self.assertEqual(
                self._entry(charged), {"impairment": charge, "allowance": -charge}
            )
            self.assertBooks()

    def test_accrual_of_stage_3_and_its_reversal(self):
        self._set_stage("3", "2026-01-31")
        self._run("2026-01-31")
        with freeze_time("2026-02-14"):
            move = self.ledger._accrue(self.company, "2026-02-14")
            move = move.filtered(lambda m: self.loan in m.line_ids.carloan_loan_id)
        own = move.line_ids.filtered(lambda x: x.carloan_loan_id == self.loan)
        sums = {line.carloan_role: line.balance for line in own}
        # 14 of 28 days of 498.00, 45 % of it into the allowance
        self.assertEqual(sums, {"interest_due": 249.0, "allowance": -112.05})
        with freeze_time("2026-02-15"):
            move.reversal_move_ids._post()
        self.assertEqual(self._sum(self.loan, "allowance"), -37350.0)
        self.assertBooks()

    def test_stages_1_and_2_earn_all_of_it(self):
        self._run("2026-01-31")
        with freeze_time("2026-02-28"):
            self._bill("2026-02-28")
        entry = self._entry(self.loan.instalment_ids[0].move_id)
        self.assertEqual(entry["interest_income"], -498.0)
        self.assertNotIn("allowance", entry)

    def test_lateness_moves_a_loan_on_and_payment_back(self):
        with freeze_time("2026-05-31"):
            self._bill("2026-05-31")
        self.assertEqual(self._run("2026-05-31").stage, "3")
        with freeze_time("2026-06-01"):
            self._pay(self.loan, self.loan.overdue_amount, "2026-06-01")
        self.assertEqual(self._run("2026-06-01").stage, "1")
        self.assertBooks()

    def test_one_entry_for_many_loans_and_twice_is_once(self):
        loans = self.loan + self._create_active() + self._create_active()
        made = self._run("2026-01-31", loans)
        self.assertEqual(len(made), 3)
        self.assertEqual(len(made.move_id), 1)
        lines = made.move_id.line_ids
        allowance = lines.filtered(lambda x: x.carloan_role == "allowance")
        self.assertEqual(allowance.carloan_loan_id, loans)
        self.assertEqual(len(lines), 4)
        self.assertFalse(made.move_id.carloan_loan_id)
        for item in made:
            self.assertEqual(self._sum(item.loan_id, "allowance"), -item.ecl)
        self.env.flush_all()
        again = self._provision_all("2026-01-31")
        self.assertFalse(
            again & made.browse(again.ids).filtered(lambda x: x.loan_id in loans)
        )
        new = self._create_active()
        with freeze_time("2026-01-31"):
            again = self.ledger._provision(self.company, "2026-01-31", loans | new)
        self.assertEqual(again.loan_id, new)
        self.assertBooks()

    def _provision_all(self, day):
        with freeze_time(day):
            return self.ledger._provision(self.company, day)

    def test_a_closed_loan_holds_no_allowance(self):
        loan = self._create_active(instalments=1)
        self._run("2026-01-31", loan)
        self.assertGreater(loan.allowance_balance, 0)
        with freeze_time("2026-02-28"):
            self._bill("2026-02-28")
            self._pay(loan, loan.overdue_amount, "2026-02-28")
        self.assertEqual(loan.state, "closed")
        self._provision_all("2026-02-28")
        self.assertEqual(loan.allowance_balance, 0.0)
        self.assertBooks()

    def test_undo_takes_the_last_one_back_only(self):
        first = self._run("2026-01-31")
        second = self._run("2026-02-28")
        with self.assertRefused("2026-02-28"):
            first.action_undo()
        with freeze_time("2026-03-01"):
            second.action_undo()
            first.action_undo()
        self.assertEqual(self._sum(self.loan, "allowance"), 0.0)
        self.assertFalse(self.loan.ifrs_stage)
        self.assertEqual((first + second).mapped("state"), ["undone", "undone"])
        # nothing stands on that day any more, so it can be set again
        again = self._run("2026-02-28")
        self.assertEqual(again.before, 0.0)
        self.company.fiscalyear_lock_date = "2026-02-28"
        with freeze_time("2026-03-02"):
            again.action_undo()
        self.assertEqual(again.undo_move_id.date, fields.Date.to_date("2026-03-02"))
        self.assertBooks()

    def test_the_past_is_not_set_under_a_later_one(self):
        self._run("2026-02-28")
        with self.assertRefused("2026-02-28"):
            self._run("2026-01-31")

    def test_a_policy_that_was_used_stays(self):
        self._run("2026-01-31")
        with self.assertRefused("Worked cases"):
            self.policy.pd_floor = 0.1
        with self.assertRefused("Worked cases"):
            self.policy.lgd_ids[0].lgd = 0.1
        later = self.policy.copy({"valid_from": "2026-02-01"})
        later.lgd_ids.lgd = 0.9
        Policy = self.env["carloan.provision.policy"]
        for day, expected in (
            ("2026-01-31", self.policy),
            ("2026-02-01", later),
        ):
            self.assertEqual(Policy._get_for_product(self.product, day), expected)
        self.assertEqual(self._run("2026-02-01").lgd, 0.9)

    def test_bad_policies_are_refused(self):
        vals = {"name": "x", "valid_from": "2026-03-01"}
        with self.assertRefused("last row", ValidationError):
            self.policy.copy(
                {**vals, "lgd_ids": [Command.create({"lgd": 0.4, "ltv_max": 0.5})]}
            )
        with self.assertRefused("No provisioning policy"):
            self.env["carloan.provision.policy"].search([]).write({"name": "y"})
            self.env["carloan.provision.policy"]._get_for_product(
                self.product, "2001-01-01"
            )

    def test_the_night_goes_on_where_one_loan_cannot(self):
        other = self._create_active()
        self.env["res.company"].search([]).carloan_provision = False
        self.company.carloan_provision = True
        later = self._run("2026-01-31", other)
        later.sudo().date = fields.Date.to_date("2026-02-28")
        with self.enter_registry_test_mode():
            self.env.ref(
                "carloan_relief.carloan_ledger_cron_provision"
            ).method_direct_trigger()
        self.assertEqual(self.loan.provision_ids.date, fields.Date.today())
        self.assertIn("2026-02-28", other.message_ids[0].body)
        self.assertBooks()

    def test_who_sets_sees_and_keeps(self):
        accountant = self._user("p_acc", "account.group_account_invoice")
        officer = self._user("p_off", "carloan_relief.group_officer")
        manager = self._user("p_man", "carloan_relief.group_manager")
        auditor = self._user("p_aud", "carloan_relief.group_auditor")
        employee = self._user("p_emp", "base.group_user")
        Run = self.env["carloan.provision.run"]
        vals = {"date": "2026-01-31", "loan_ids": self.loan.ids}
        for user in (officer, auditor, employee):
            with self.assertRaises(AccessError):
                Run.with_user(user).create(vals)
        action = Run.with_user(accountant).create(vals).action_run()
        made = self.env["carloan.provision"].search(action["domain"])
        self.assertEqual(made.loan_id, self.loan)
        for user in (officer, manager, auditor, accountant):
            self.assertTrue(made.with_user(user).ecl, user.login)
            with self.assertRaises(AccessError):
                made.with_user(user).write({"ecl": 0})
        with self.assertRaises(AccessError):
            made.with_user(employee).read(["ecl"])
        self.loan.team_id = self.env["carloan.team"].create({"name": "South"})
        self.assertFalse(made.with_user(officer).search([("id", "=", made.id)]))
        for user in (officer, auditor):
            with self.assertRaises(AccessError):
                made.with_user(user).action_undo()
            with self.assertRaises(AccessError):
                self.policy.with_user(user).copy()
        made.with_user(accountant).action_undo()
        self.assertEqual(made.state, "undone")
        with self.assertRaises(AccessError):
            self.loan.with_user(manager).write({"ifrs_stage": "1"})

    def test_a_locked_day_is_refused(self):
        self.company.fiscalyear_lock_date = "2026-01-31"
        with self.assertRaises(UserError):
            self._run("2026-01-31")
        self.assertFalse(self.loan.provision_ids)
