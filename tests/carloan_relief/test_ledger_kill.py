"""A worker killed between two statements: nothing half-posted, the next run goes on."""

from odoo import fields
from odoo.tests import tagged

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_kill import LOANS, KillCase

RELIEF = [
    {"kind": "waive", "component": "interest", "percent": "100"},
    {"kind": "capitalise", "components": ["principal"]},
    {"kind": "extend", "instalments": 6},
]


@tagged("post_install", "-at_install")
class TestLedgerKill(KillCase):
    def _task_bill(self, env):
        """Bill as the night does: in batches, each of them committed."""
        ledger = env["carloan.ledger"]
        ledger._bill_batch(ledger._find_due(fields.Date.today(), limit=LOANS))

    def _task_night(self, env):
        env["carloan.ledger"]._cron_bill_due()

    def _task_pay(self, env):
        loan = env["carloan.loan"].browse(self.loan_ids[0])
        loan._register_repayment(500.0, fields.Date.today())

    def _task_relieve(self, env):
        loan = env["carloan.loan"].browse(self.loan_ids[1])
        position, _ids = loan._get_positions()
        revised = measures.apply(position, measures.Plans.from_dicts([RELIEF]))
        modification = valuation.modification(position, revised)
        loan._apply_relief(loan.partner_id, revised, modification, fields.Date.today())

    def test_killed_while_posting_nothing_is_half_done_and_the_next_run_completes(self):
        for task in ("bill", "pay", "relieve"):
            with self.subTest(task=task):
                before = self._kill_everywhere(task)
                with self._env() as env:
                    getattr(self, f"_task_{task}")(env)
                with self._env() as env:
                    self.assertNotEqual(self._get_books(env), before)
                    self._check_books(env)

    def test_a_night_that_is_killed_leaves_whole_loans_and_goes_on(self):
        with self._env() as env:
            due = env["carloan.ledger"]._find_due(fields.Date.today())
            self.assertEqual(len(due), LOANS)
        # within the second of three batches of two loans
        point = self._count_until_second_batch()
        self.assertIsNone(self._work("night", kill_at=point))
        with self._env() as env:
            left = env["carloan.ledger"]._find_due(fields.Date.today())
            self.assertEqual(len(left), LOANS - 2)
            self._check_books(env)
            env["carloan.ledger"]._cron_bill_due()
        with self._env() as env:
            self.assertFalse(env["carloan.ledger"]._find_due(fields.Date.today()))
            self._check_books(env)
            loans = env["carloan.loan"].browse(self.loan_ids)
            self.assertEqual(
                set(loans.instalment_ids.filtered("move_id").mapped("state")),
                {"billed", "drafted"},
            )

    def _count_until_second_batch(self):
        """Statements of the first batch and some of the second."""
        one_batch = self._work("bill")
        return one_batch + one_batch // 3
