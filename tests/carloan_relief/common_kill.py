"""A worker killed between two statements: a process of its own, ended by SIGKILL.

On committed data, cleaned up behind.
"""

import os
import signal
import time

from odoo import fields, sql_db
from odoo.tests import get_db_name

from odoo.addons.carloan_relief.models.bank import carloan_bank_post
from odoo.addons.carloan_relief.models.ledger import (
    carloan_billing,
    carloan_provisioning,
)

from .common_committed import CommittedCase

LOANS = 6


class KillCase(CommittedCase):
    """Subclasses have a method `_task_<name>(env)` for each work to be killed in."""

    def _make_book(self, env):
        """Loans with one instalment billed and the second due today."""
        today = fields.Date.today()
        first = fields.Date.subtract(today, months=1)
        product = env["carloan.product"].create(
            {"name": "Killed", "annual_rate": 0.072}
        )
        product.action_map_accounts()
        loans = env["carloan.loan"].create(
            [
                {
                    "partner_id": env["res.partner"].create({"name": f"B {n}"}).id,
                    "product_id": product.id,
                    "principal": 12000.0,
                    "instalments": 12,
                    "start_date": fields.Date.subtract(first, months=1),
                    "first_due_date": first,
                    "due_day": today.day,
                }
                for n in range(LOANS)
            ]
        )
        loans.action_disburse()
        env["carloan.ledger"]._bill(
            loans.instalment_ids.filtered(lambda line: line.due_date <= first)
        )
        return loans.ids

    # ------------------------------------------------------------------
    # WORKER
    # ------------------------------------------------------------------

    def _work(self, task, kill_at=None):
        """Run a task in a process of its own, killed at its n-th statement.

        :return: the number of statements until it ended, or None when it was killed
        """
        read, write = os.pipe()
        child = os.fork()
        if not child:  # never returns: neither tests nor servers go on in here
            try:
                count = self._run_child(task, kill_at)
                os.write(write, str(count).encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as pipe:
            self._wait(child)
            said = pipe.read()
        return int(said) if said else None

    def _wait(self, child):
        """Wait for a worker; one that hangs fails the test."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                ended = os.waitstatus_to_exitcode(status)
                self.assertIn(ended, (0, -signal.SIGKILL))
                return
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.fail("the worker hung")

    def _run_child(self, task, kill_at):
        """Do the task on a connection of this process; count its statements."""
        # the parent's connections are not ours to use, nor to close
        sql_db._Pool = sql_db._Pool_readonly = None
        self.registry._db = sql_db.db_connect(get_db_name())
        carloan_billing.BILL_BATCH = carloan_provisioning.PROVISION_BATCH = 2
        carloan_bank_post.POST_BATCH = 2
        count = 0
        plain = sql_db.Cursor.execute

        def execute(cursor, *args, **kwargs):
            nonlocal count
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(cursor, *args, **kwargs)

        with self._env() as env:
            sql_db.Cursor.execute = execute
            getattr(self, f"_task_{task}")(env)
            env.flush_all()
            if kill_at is None:
                env.cr.rollback()  # only counted
            elif count < kill_at:  # after the last statement, before the commit
                os.kill(os.getpid(), signal.SIGKILL)
        return count

    # ------------------------------------------------------------------
    # WHAT STANDS
    # ------------------------------------------------------------------

    def _get_books(self, env):
        """All that a posting touches, as one value to compare."""
        result = []
        for query in (
            "SELECT id, state, name, date FROM account_move WHERE id > %s ORDER BY id",
            "SELECT id, balance, amount_residual, reconciled FROM account_move_line"
            " WHERE move_id > %s ORDER BY id",
        ):
            env.cr.execute(query, [self.last["account_move"]])
            result.append(env.cr.fetchall())
        for query in (
            "SELECT id, state, schedule_id, overdue_amount, dpd FROM carloan_loan"
            " WHERE id > %s ORDER BY id",
            "SELECT id, state, move_id, schedule_id FROM carloan_instalment"
            " WHERE loan_id > %s ORDER BY id",
        ):
            env.cr.execute(query, [self.last["carloan_loan"]])
            result.append(env.cr.fetchall())
        return result

    def _check_books(self, env):
        """The books of our loans hold, each event stands once, no number is missing."""
        product = env["carloan.loan"].browse(self.loan_ids).product_id
        self.assertEqual(env["carloan.ledger"]._check_books(product.company_id), [])
        moves = env["account.move"].search(
            [("id", ">", self.last["account_move"]), ("state", "=", "posted")]
        )
        keys = [key for key in moves.mapped("carloan_event_key") if key]
        self.assertEqual(len(keys), len(set(keys)))
        for _prefix, group in moves.grouped(
            lambda move: (move.journal_id, move.sequence_prefix)
        ).items():
            numbers = sorted(group.mapped("sequence_number"))
            self.assertEqual(
                numbers, list(range(numbers[0], numbers[0] + len(numbers)))
            )

    def _kill_everywhere(self, task, points=6):
        """Kill a worker at points all over its statements; nothing may have changed."""
        with self._env() as env:
            before = self._get_books(env)
        count = self._work(task)
        self.assertGreater(count, 2 * points)
        for point in sorted({1 + count * n // points for n in range(points)}):
            self.assertIsNone(self._work(task, kill_at=point))
        self.assertIsNone(self._work(task, kill_at=count + 1000))
        with self._env() as env:
            self.assertEqual(self._get_books(env), before)
            self._check_books(env)
        return before
