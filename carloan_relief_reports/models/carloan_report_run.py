import hashlib
import logging
import time
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

WAITING = ("queued", "retry")
# minutes until the next attempt; after the last one the run has failed
BACKOFF = (5, 15, 60, 240)


class CarloanReportRun(models.Model):
    """One workbook for one view of the book: what became of it.

    Written by the mailer alone. The mail is created in the transaction that marks the
    run as sent, so there is one for each run, or none.
    """

    _name = "carloan.report.run"
    _description = "Report Sent"
    _order = "planned desc, id desc"
    _rec_name = "schedule_id"
    _check_company_auto = True

    schedule_id = fields.Many2one(
        "carloan.report.schedule",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    key = fields.Char(required=True, readonly=True)
    report = fields.Selection(
        selection=lambda self: self.env["carloan.report"]._get_reports(), readonly=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Holds what is seen by",
        required=True,
        readonly=True,
        index=True,
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Recipients", readonly=True, required=True
    )
    lang = fields.Char(string="Language", readonly=True)
    planned = fields.Datetime(string="Planned for", required=True, readonly=True)
    state = fields.Selection(
        [
            ("queued", "Queued"),
            ("retry", "To try again"),
            ("sent", "Mailed"),
            ("empty", "Nothing found"),
            ("failed", "Failed"),
        ],
        default="queued",
        required=True,
        readonly=True,
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    next_attempt = fields.Datetime(string="Next try", readonly=True, index=True)
    sent_at = fields.Datetime(string="Mailed at", readonly=True)
    as_of = fields.Date(readonly=True)
    row_count = fields.Integer(string="Rows", readonly=True, aggregator=None)
    duration = fields.Float(
        string="Seconds", readonly=True, digits=(10, 2), aggregator="max"
    )
    message = fields.Text(readonly=True)
    attachment_id = fields.Many2one("ir.attachment", string="Workbook", readonly=True)
    mail_id = fields.Many2one("mail.mail", readonly=True, groups="base.group_system")
    mail_state = fields.Selection(
        related="mail_id.state", string="Delivery", related_sudo=True
    )

    _key_uniq = models.UniqueIndex(
        "(key)", "This report was already queued for this time."
    )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_retry(self):
        """Try failed runs once more, from the first attempt."""
        self.schedule_id.check_access("write")
        failed = self.filtered(lambda run: run.state == "failed")
        if not failed:
            raise UserError(
                self.env._("Only a failed report can be tried again: choose one.")
            )
        # sudo: runs are written by the mailer alone; the schedule was checked above
        failed.sudo().write(
            {"state": "queued", "attempts": 0, "next_attempt": fields.Datetime.now()}
        )
        self.env.ref("carloan_relief_reports.ir_cron_send").sudo()._trigger()
        return True

    def action_download(self):
        """Download the workbook that was mailed."""
        self.ensure_one()
        self.check_access("read")
        if not self.attachment_id:
            raise UserError(
                self.env._(
                    "There is no workbook yet of “%(name)s”: %(state)s.",
                    name=self.schedule_id.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self.attachment_id.id}?download=true",
            "target": "download",
        }

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _get_waiting(self, now):
        return self.search(
            [("state", "in", WAITING), ("next_attempt", "<=", now)],
            order="next_attempt, id",
        )

    def _process_each(self):
        """Build and mail these runs, each in its own transaction."""
        for run in self:
            self._in_own_transaction(run._process)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _in_own_transaction(self, method, *args):
        """Call a method; what fails is rolled back and never stops the others."""
        try:
            result = method(*args)
            self.env.flush_all()
        except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, UniqueViolation):
            # another worker took the record between our snapshot and our lock
            self.env.cr.rollback()
            return False
        except Exception:
            self.env.cr.rollback()
            _logger.exception("A report could not be queued or marked")
            return False
        return result

    def _process(self):
        """Build and mail one run, unless another worker has it or had it."""
        run = self.try_lock_for_update(allow_referencing=True)
        run.invalidate_recordset(["state", "attempts"])
        if not run or run.state not in WAITING:
            return False
        try:
            with self.env.cr.savepoint():
                run._deliver()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # two workers met: no failure of the report, which stays in the queue
            raise
        except UserError as error:
            # what a person has to put right does not get better by itself
            run._note_failure(str(error), final=True)
        except Exception as error:
            _logger.warning("Report run %s failed", run.key, exc_info=True)
            run._note_failure(f"{type(error).__name__}: {error}", final=False)
        return True

    def _deliver(self):
        """Build the workbook, store it, mail it and mark the run: all or nothing."""
        started = time.monotonic()
        self._check_view()
        result = self._build()
        vals = {
            "attempts": self.attempts + 1,
            "as_of": result.as_of,
            "row_count": result.row_count,
            "message": result.message,
            "duration": time.monotonic() - started,
        }
        if result.row_count or self.schedule_id.send_empty:
            vals["attachment_id"] = self._attach(result).id
            self.write(vals)
            vals = self._mail()
        else:
            vals["state"] = "empty"
        self.write(vals)

    def _check_view(self):
        """Refuse to send with rights that the user no longer has."""
        user = self.user_id
        if not user.active:
            raise UserError(
                self.env._(
                    "%(user)s is archived: take the user off the schedule “%(name)s”.",
                    user=user.name,
                    name=self.schedule_id.name,
                )
            )
        outside = self.partner_ids - user.partner_id
        if outside and not user.has_group("carloan_relief.group_manager"):
            raise UserError(
                self.env._(
                    "%(user)s is no longer a manager and may not send “%(name)s” to "
                    "%(people)s. A manager has to take the schedule over.",
                    user=user.name,
                    name=self.schedule_id.name,
                    people=", ".join(outside.mapped("name")),
                )
            )
        self.schedule_id._check_addresses()
        self.schedule_id._check_readers()

    def _build(self):
        """Return the workbook as the user of this run sees the book."""
        schedule = self.schedule_id
        report = (
            self.env[self.report]
            .with_user(self.user_id)
            .with_context(
                allowed_company_ids=self.company_id.ids,
                lang=self.lang,
                tz=schedule.tz,
            )
        )
        return report._build(report._parse_domain(schedule.domain), schedule.tz)

    def _attach(self, result):
        self._lock_content(result.data)
        return self.env["ir.attachment"].create(
            {
                "name": result.name,
                "raw": result.data,
                "res_model": self._name,
                "res_id": self.id,
                "mimetype": "application/vnd.openxmlformats-officedocument"
                ".spreadsheetml.sheet",
            }
        )

    def _lock_content(self, data):
        """Let workers with the same workbook store it one after the other.

        Odoo names a file by its content and writes it in place: who finds it half
        written by another worker is told that "the attachment collides".
        """
        number = int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s)", number))

    def _mail(self):
        """Put the mail into the outbox; return what to note on the run."""
        template = self.env.ref("carloan_relief_reports.mail_template_report")
        mail_id = template.send_mail(
            self.id,
            email_values={
                "attachment_ids": [fields.Command.link(self.attachment_id.id)],
                "recipient_ids": [fields.Command.set(self.partner_ids.ids)],
            },
        )
        return {
            "state": "sent",
            "sent_at": fields.Datetime.now(),
            "next_attempt": False,
            "mail_id": mail_id,
        }

    def _note_failure(self, message, final):
        """Keep the error, and either a next attempt or a task for the responsible."""
        attempts = self.attempts + 1
        last = final or attempts > len(BACKOFF)
        wait = None if last else timedelta(minutes=BACKOFF[attempts - 1])
        self.write(
            {
                "state": "failed" if last else "retry",
                "attempts": attempts,
                "message": message,
                "next_attempt": False if last else fields.Datetime.now() + wait,
            }
        )
        if last:
            self.schedule_id.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=self.schedule_id.user_id.id,
                summary=self.env._("Report not sent"),
                note=message,
            )
