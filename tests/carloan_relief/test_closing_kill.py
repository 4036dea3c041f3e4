"""A worker killed while it ends loans, or works through the night."""

import base64

from odoo import fields
from odoo.tests import tagged

from .common_bank import COLUMNS, HEADER
from .common_kill import KillCase


@tagged("post_install", "-at_install")
class TestClosingKill(KillCase):
    def _make_book(self, env):
        """Each loan but the last is about to end; money for two waits at the bank."""
        loan_ids = super()._make_book(env)
        today = fields.Date.today()
        loans = env["carloan.loan"].browse(loan_ids)
        env["carloan.ledger"]._bill_due(today)
        loans[2].vehicle_id = env["carloan.vehicle"].create({"make": "Killed"})
        self.case_ids = {
            "write_off": env["carloan.write.off"].create({"loan_id": loans[0].id}).id,
            "settle": env["carloan.settlement"].create({"loan_id": loans[1].id}).id,
            "vehicle": env["carloan.repossession"]
            .create({"loan_id": loans[2].id, "fair_value": 3000.0, "source": "Valuer"})
            .id,
            "part": env["carloan.write.off"]
            .create({"loan_id": loans[3].id, "scope": "part", "part_amount": 4000.0})
            .id,
        }
        env["carloan.repossession"].browse(self.case_ids["vehicle"]).action_approve()
        rows = "".join(
            f"{loan.id},{today},{loan.partner_id.name},6222,100.00,{loan.name}\n"
            for loan in loans
        )
        one = env["carloan.bank.import"].create(
            {
                "file": base64.b64encode((HEADER + rows).encode()),
                "file_name": "killed.csv",
                "journal_id": loans.product_id.bank_journal_id.id,
                **COLUMNS,
            }
        )
        one.action_import()
        self.line_ids = one.line_ids.ids
        one.line_ids.queued = True
        return loan_ids

    # ------------------------------------------------------------------
    # WORK
    # ------------------------------------------------------------------

    def _task_end(self, env):
        """End four loans, each in its own way, in one transaction."""
        today = fields.Date.today()
        for name in ("write_off", "part"):
            case = env["carloan.write.off"].browse(self.case_ids[name])
            case.sudo().state = "approved"
            post = case.loan_id._write_off_part if name == "part" else None
            done = (post or case.loan_id._write_off)(case, today)
            case.sudo().write({"state": "done", **done})
        env["carloan.settlement"].browse(self.case_ids["settle"]).action_settle()
        env["carloan.repossession"].browse(self.case_ids["vehicle"]).action_take()

    def _task_provision(self, env):
        """Provide for a set, as the night does."""
        loans = env["carloan.loan"].browse(self.loan_ids[:2])
        company = loans.company_id
        env["carloan.ledger"]._provision(company, fields.Date.today(), loans)

    def _task_provision_night(self, env):
        company = env["carloan.loan"].browse(self.loan_ids).company_id
        company.carloan_provision = True
        env["carloan.ledger"]._cron_provision()

    def _task_accrue(self, env):
        company = env["carloan.loan"].browse(self.loan_ids).company_id
        day = fields.Date.subtract(fields.Date.today(), days=1)
        env["carloan.ledger"]._accrue(company, day)

    def _task_bank(self, env):
        """Post two lines, as a batch of the job does."""
        env["carloan.bank.line"].browse(self.line_ids[:2])._post_batch()

    def _task_bank_night(self, env):
        env["carloan.bank.line"]._cron_post()

    def test_killed_nothing_is_half_done_and_the_next_run_completes(self):
        for task in ("accrue", "end"):
            with self.subTest(task=task):
                before = self._kill_everywhere(task, points=3)
                with self._env() as env:
                    getattr(self, f"_task_{task}")(env)
                with self._env() as env:
                    self.assertNotEqual(self._get_books(env), before)
                    self._check_books(env)

    def _kill_in_second_batch(self, task, night):
        """Kill a night in its second batch of two, and let the next one complete it."""
        count = self._work(task)
        self.assertIsNone(self._work(night, kill_at=count + count // 2))
        with self._env() as env:
            self._check_books(env)
            done = self._count_done(env)
            getattr(self, f"_task_{night}")(env)
        with self._env() as env:
            self._check_books(env)
            return done, self._count_done(env)

    def _count_done(self, env):
        """Return how many loans have an allowance, and a repayment."""
        loans = env["carloan.loan"].browse(self.loan_ids)
        provided, paid = loans.provision_ids, loans.payment_ids
        self.assertEqual(len(provided), len(provided.loan_id))  # none twice
        self.assertEqual(len(paid), len(paid.carloan_loan_id))
        return len(provided), len(paid)

    def test_a_night_of_allowances_killed_goes_on_where_it_was(self):
        done, after = self._kill_in_second_batch("provision", "provision_night")
        self.assertEqual((done[0], after[0]), (2, len(self.loan_ids)))
        with self._env() as env:
            made = env["carloan.loan"].browse(self.loan_ids).provision_ids
            # the loans are alike: each got what an undisturbed night gives
            self.assertEqual(len({(one.ecl, one.charge) for one in made}), 1)

    def test_a_bank_file_killed_while_it_is_posted_goes_on_where_it_was(self):
        done, after = self._kill_in_second_batch("bank", "bank_night")
        self.assertEqual((done[1], after[1]), (2, len(self.loan_ids)))
        with self._env() as env:
            lines = env["carloan.bank.line"].browse(self.line_ids)
            self.assertEqual(set(lines.mapped("state")), {"posted"})
            self.assertEqual(len(lines.payment_id), len(lines))
