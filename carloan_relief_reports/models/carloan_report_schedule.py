import uuid

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from .recurrence import next_after

# who changes one of these answers for the report: it then carries that user's rights
CONTENT_FIELDS = {"report", "company_id", "domain", "partner_ids"}
PLAN_FIELDS = {"date_start", "interval_number", "interval_unit", "tz", "active"}


class CarloanReportSchedule(models.Model):
    """Which workbook goes to whom, and when.

    A user among the recipients gets the workbook of what that user may see. Contacts
    outside get what the responsible user may see.
    """

    _name = "carloan.report.schedule"
    _description = "Report Schedule"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "next_run, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    report = fields.Selection(
        selection="_selection_report",
        required=True,
        default="carloan.report.management",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.user,
        tracking=True,
        help="Who set up the content last. Contacts outside get what this user sees.",
    )
    user_ids = fields.Many2many(
        "res.users",
        "carloan_report_schedule_user_rel",
        string="Recipients",
        default=lambda self: self.env.user,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Each gets a workbook of what this user may see, no more.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "carloan_report_schedule_partner_rel",
        string="Contacts outside",
        domain="[('email', '!=', False)]",
        check_company=True,
        help="They get what the responsible user may see.",
    )
    domain = fields.Char(string="Loans", default="[]", tracking=True)
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        help="Empty: the language of each recipient.",
    )
    interval_number = fields.Integer(string="Every", default=1, required=True)
    interval_unit = fields.Selection(
        [
            ("day", "Days"),
            ("week", "Weeks"),
            ("month", "Months"),
            ("quarter", "Quarters"),
            ("year", "Years"),
        ],
        string="Unit",
        default="month",
        required=True,
        tracking=True,
    )
    date_start = fields.Datetime(
        string="First time",
        required=True,
        default=lambda self: fields.Datetime.now(),
        help="Day and hour of the first mail; the later ones are counted from it, on "
        "the clock of the time zone.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    next_run = fields.Datetime(string="Next time", readonly=True, copy=False)
    send_empty = fields.Boolean(
        string="Send when nothing is found",
        default=True,
        help="Off: a report without a row is noted here and not mailed.",
    )
    run_ids = fields.One2many("carloan.report.run", "schedule_id", string="Runs")
    run_count = fields.Integer(string="Sent", compute="_compute_run_count")
    failed_count = fields.Integer(string="Failed", compute="_compute_run_count")

    _interval_positive = models.Constraint(
        "CHECK (interval_number BETWEEN 1 AND 999)",
        "A report comes every 1 to 999 days, weeks, months, quarters or years.",
    )

    # ------------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------------

    @api.model
    def _selection_report(self):
        return self.env["carloan.report"]._get_reports()

    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("run_ids.state")
    def _compute_run_count(self):
        groups = self.env["carloan.report.run"]._read_group(
            [("schedule_id", "in", self.ids)], ["schedule_id", "state"], ["__count"]
        )
        counts = {}
        for schedule, state, count in groups:
            counts.setdefault(schedule.id, {})[state] = count
        for schedule in self:
            found = counts.get(schedule.id, {})
            schedule.run_count = sum(found.values())
            schedule.failed_count = found.get("failed", 0)

    # ------------------------------------------------------------------
    # CONSTRAINT
    # ------------------------------------------------------------------

    @api.constrains("active", "user_ids", "partner_ids", "company_id")
    def _check_recipients(self):
        """Refuse a schedule that reaches nobody or somebody who may not read it."""
        for schedule in self.filtered("active"):
            if not schedule.user_ids and not schedule.partner_ids:
                raise ValidationError(
                    self.env._(
                        "Schedule “%(name)s” has no recipient. Add a user or a "
                        "contact, or archive the schedule.",
                        name=schedule.name,
                    )
                )
            schedule._check_addresses()
            schedule._check_readers()

    def _check_addresses(self):
        people = self.user_ids.partner_id | self.partner_ids
        if silent := people.filtered(lambda person: not person.email):
            raise ValidationError(
                self.env._(
                    "Schedule “%(name)s”: %(people)s cannot get mail. Enter an email "
                    "address there, or take them off.",
                    name=self.name,
                    people=", ".join(silent.mapped("name")),
                )
            )

    def _check_readers(self):
        """Check that each recipient may open loans in the company of the schedule."""
        loans = self.env["carloan.loan"]
        for user in self.user_ids | self.user_id:
            # sudo: the companies of a colleague decide what the colleague may get
            if self.company_id not in user.sudo().company_ids:
                problem = self.env._("does not work in %s", self.company_id.name)
            elif not loans.with_user(user).has_access("read"):
                problem = self.env._("may not see loans")
            else:
                continue
            raise ValidationError(
                self.env._(
                    "Schedule “%(name)s”: %(user)s %(problem)s. Give the right to it, "
                    "or take the user off.",
                    name=self.name,
                    user=user.name,
                    problem=problem,
                )
            )

    @api.constrains("domain", "company_id")
    def _check_domain(self):
        for schedule in self:
            schedule._get_domain()

    def _get_domain(self):
        """Return the filter on loans, or say what is wrong with it."""
        self.ensure_one()
        return self.env["carloan.report"]._parse_domain(self.domain)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override to plan the first run and to hold users to their own mail."""
        if not self.env.su:
            vals_list = [{**vals, "user_id": self.env.uid} for vals in vals_list]
        schedules = super().create(vals_list)
        schedules._check_may_send_to()
        schedules._plan()
        return schedules

    def write(self, vals):
        """Override to plan again, and to make the writer answer for the content."""
        vals = dict(vals)
        if not self.env.su:
            vals.pop("user_id", None)
            vals.pop("next_run", None)
            if CONTENT_FIELDS & vals.keys():
                vals["user_id"] = self.env.uid
        result = super().write(vals)
        if {"user_ids", "partner_ids"} & vals.keys():
            self._check_may_send_to()
        if PLAN_FIELDS & vals.keys():
            self._plan()
        return result

    def _check_may_send_to(self):
        """Let only managers send to others; everybody may send to themselves."""
        if self.env.su or self.env.user.has_group("carloan_relief.group_manager"):
            return
        for schedule in self:
            if schedule.partner_ids or schedule.user_ids - self.env.user:
                raise AccessError(
                    self.env._(
                        "Schedule “%(name)s”: only a manager sends reports to others. "
                        "Keep yourself as the only recipient, or ask a manager.",
                        name=schedule.name,
                    )
                )

    def _plan(self):
        """Set the next time from now on."""
        now = fields.Datetime.now()
        for schedule in self:
            # sudo: the next time is worked out, nobody may set it by hand
            schedule.sudo().next_run = schedule._get_next_run(now)

    def _get_next_run(self, moment):
        self.ensure_one()
        if not self.active:
            return False
        return next_after(
            self.date_start,
            moment,
            self.interval_number,
            self.interval_unit,
            pytz.timezone(self.tz),
        )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_send_now(self):
        """Queue the report for all its recipients, once, and wake the mailer."""
        self.ensure_one()
        self.check_access("write")
        self._check_may_send_to()
        self._check_recipients()
        self._get_domain()
        self.lock_for_update(allow_referencing=True)
        # sudo: runs are written by the mailer alone
        runs_sudo = self.env["carloan.report.run"].sudo()
        if runs_sudo.search_count(
            [("schedule_id", "=", self.id), ("state", "in", ("queued", "retry"))]
        ):
            message = self.env._("“%s” is already on its way.", self.name)
            return self._notify(message, "warning")
        self.sudo()._queue(fields.Datetime.now(), f"manual:{uuid.uuid4().hex}")
        # sudo: waking a cron asks for more rights than owning a schedule
        self.env.ref("carloan_relief_reports.ir_cron_send").sudo()._trigger()
        message = self.env._("“%s” will be mailed in a moment.", self.name)
        return self._notify(message, "success")

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_runs(self):
        """Open what was sent by this schedule."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "carloan_relief_reports.carloan_report_run_action"
        )
        return {**action, "domain": [("schedule_id", "=", self.id)], "context": {}}

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _cron_send(self):
        """Queue what is due, then build and mail what is queued.

        Safe to run in several workers at once: a schedule is moved on and its runs are
        made in one transaction under a lock, each run is mailed and marked in one
        transaction under a lock, and the key of a run is unique.
        """
        runs = self.env["carloan.report.run"]
        commit = self.env["ir.cron"]._commit_progress
        now = fields.Datetime.now()
        due = self.search([("next_run", "<=", now)])
        commit(remaining=len(due) + len(runs._get_waiting(now)))
        for schedule in due:
            runs._in_own_transaction(schedule._queue_due, now)
            if not commit(1):
                return
        waiting = runs._get_waiting(now)
        commit(remaining=len(waiting))
        waiting._process_each()

    def _queue_due(self, now):
        """Make the runs of one schedule and move it on, unless another worker does."""
        schedule = self.try_lock_for_update(allow_referencing=True)
        schedule.invalidate_recordset(["next_run"])
        if not schedule or not schedule.next_run or schedule.next_run > now:
            return False
        planned = schedule.next_run
        schedule._queue(planned, f"{planned:%Y%m%dT%H%M%S}")
        schedule.next_run = schedule._get_next_run(now)
        return True

    def _queue(self, planned, occasion):
        """Create a run for each view of the book: one a user, one for those outside."""
        views = [(user, user.partner_id) for user in self.user_ids]
        if self.partner_ids:
            views.append((self.user_id, self.partner_ids))
        return self.env["carloan.report.run"].create(
            [
                self._prepare_run_vals(planned, occasion, user, people)
                for user, people in views
            ]
        )

    def _prepare_run_vals(self, planned, occasion, user, people):
        outside = "" if people == user.partner_id else ":outside"
        return {
            "schedule_id": self.id,
            "company_id": self.company_id.id,
            "key": f"{self.id}:{occasion}:{user.id}{outside}",
            "planned": planned,
            "next_attempt": planned,
            "report": self.report,
            "user_id": user.id,
            "lang": self.lang or user.lang,
            "partner_ids": [fields.Command.set(people.ids)],
        }
