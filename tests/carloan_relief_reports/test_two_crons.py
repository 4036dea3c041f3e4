"""Two cron workers at the same time, each with its own connection."""

import threading

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTwoCrons(BaseCase):
    """Works on committed data, as two processes do, and cleans up behind itself."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.addCleanup(self._clean)
        with self._env() as env:
            self.schedule_ids = self._create(env)

    def _env(self):
        registry = self.registry

        class Opened:
            def __enter__(self):
                self.cr = registry.cursor()
                return api.Environment(self.cr, SUPERUSER_ID, {})

            def __exit__(self, kind, value, trace):
                if kind is None:
                    self.cr.commit()
                else:
                    self.cr.rollback()
                self.cr.close()

        return Opened()

    def _create(self, env):
        admin = env.ref("base.user_admin")
        admin.partner_id.email = admin.partner_id.email or "admin@lender.example"
        schedules = env["carloan.report.schedule"].create(
            [
                {
                    "name": f"Race {number}",
                    "user_id": admin.id,
                    "user_ids": [fields.Command.set(admin.ids)],
                    "date_start": "2026-01-01 00:00:00",
                    "tz": "UTC",
                    "lang": "en_US",
                }
                for number in range(4)
            ]
        )
        schedules.next_run = "2026-01-01 00:00:00"
        return schedules.ids

    def _clean(self):
        with self._env() as env:
            schedules = env["carloan.report.schedule"].browse(self.schedule_ids)
            runs = schedules.run_ids
            runs.mail_id.unlink()
            runs.attachment_id.unlink()
            runs.unlink()
            schedules.unlink()

    def _cron(self, start):
        start.wait()
        with self._env() as env:
            env["carloan.report.schedule"]._cron_send()

    def test_the_same_workbook_is_stored_by_one_after_the_other(self):
        """Odoo writes a file in place: half of it would look like a collision."""
        with self._env() as one, self._env() as two:
            one["carloan.report.run"]._lock_content(b"the same")
            two.cr.execute("SET LOCAL lock_timeout = '100ms'")
            two["carloan.report.run"]._lock_content(b"another")
            with mute_logger("odoo.sql_db"), self.assertRaises(LockNotAvailable):
                two["carloan.report.run"]._lock_content(b"the same")
            two.cr.rollback()

    def test_one_mail_for_each_report(self):
        start = threading.Barrier(2)
        workers = [
            threading.Thread(target=self._cron, args=(start,)) for _worker in range(2)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        # what one worker left to the other is there when both are done
        with self._env() as env:
            env["carloan.report.schedule"]._cron_send()
        with self._env() as env:
            runs = env["carloan.report.run"].search(
                [("schedule_id", "in", self.schedule_ids)]
            )
            said = "; ".join(run.message or "" for run in runs)
            self.assertEqual(len(runs), 4, said)
            self.assertEqual(set(runs.mapped("state")), {"sent"}, said)
            self.assertEqual(set(runs.mapped("attempts")), {1})
            mails = env["mail.mail"].search(
                [("model", "=", runs._name), ("res_id", "in", runs.ids)]
            )
            self.assertEqual(len(mails), 4)
            self.assertEqual(set(mails.mapped("state")), {"outgoing"})
