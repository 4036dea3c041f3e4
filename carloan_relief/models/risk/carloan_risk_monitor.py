import logging
import time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.risk import drift
from .carloan_risk_monitor_line import STATUSES

_logger = logging.getLogger(__name__)
SEVERITY = {name: at for at, (name, _label) in enumerate(STATUSES)}


class CarloanRiskMonitor(models.Model):
    """A check of the risk model on a date: has it drifted, is it right, is it fair?"""

    _name = "carloan.risk.monitor"
    _description = "Check of the risk model"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        default=lambda self: self.env.company,
    )
    date = fields.Date(string="As of", required=True, readonly=True)
    reference_date = fields.Date(
        string="Compared with",
        readonly=True,
        help="Book on which the model in use was first applied to many loans.",
    )
    policy_id = fields.Many2one(
        "carloan.risk.monitor.policy", string="Limits", readonly=True
    )
    version = fields.Char(
        string="Model", readonly=True, help="What predicts now, by name and version."
    )
    features = fields.Json(readonly=True)
    loan_count = fields.Integer(string="Loans", readonly=True)
    seconds = fields.Float(string="Took (s)", digits=(8, 1), readonly=True)
    latest = fields.Boolean(string="Last Check", readonly=True)
    line_ids = fields.One2many("carloan.risk.monitor.line", "monitor_id", readonly=True)
    status = fields.Selection(STATUSES, compute="_compute_status", store=True)
    alarm_count = fields.Integer(
        string="Alarms", compute="_compute_status", store=True, aggregator="avg"
    )

    @api.depends("line_ids.status")
    def _compute_status(self):
        """The worst figure tells; figures on too few loans tell nothing."""
        for check in self:
            told = [line.status for line in check.line_ids if line.status != "few"]
            check.status = max(told, key=SEVERITY.get, default="few")
            check.alarm_count = sum(item in ("watch", "act") for item in told)

    @api.depends("company_id", "date")
    def _compute_display_name(self):
        for check in self:
            check.display_name = self.env._(
                "%(company)s, %(date)s", company=check.company_id.name, date=check.date
            )

    # ------------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------------

    @api.model
    def action_check(self):
        """Check the model of the current company as of today, and show it."""
        if not self.env.user.has_groups("carloan_relief.group_risk_analyst"):
            raise AccessError(
                self.env._(
                    "Only risk analysts and managers check the risk model. Ask one of "
                    "them, or an administrator for the role."
                )
            )
        check = self._run(self.env.company, fields.Date.context_today(self))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
        }

    def action_view_lines(self):
        """Open the figures of this check as a list."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_risk_monitor_line_action"
        )
        action["domain"] = [("monitor_id", "=", self.id)]
        action["context"] = {}
        return action

    # ------------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------------

    @api.model
    def _run(self, company, date):
        """Check the model of a company as of a date, and keep what was found."""
        start = time.monotonic()
        # sudo: the figures are of the whole book, whoever starts the check
        self_sudo = self.sudo().with_company(company)
        policy = self_sudo.env["carloan.risk.monitor.policy"]._get_for(company, date)
        source = self_sudo.env["carloan.risk.assessor"]._get_source(company)
        check_sudo = self_sudo.create(
            {
                "company_id": company.id,
                "date": date,
                "policy_id": policy.id,
                "version": source.version,
                "features": sorted(set(source.predictor.features)),
                "reference_date": self_sudo._find_reference_date(
                    company, source.version
                ),
            }
        )
        lines = check_sudo._prepare_lines()
        check_sudo.env["carloan.risk.monitor.line"].create(
            [
                {**vals, "monitor_id": check_sudo.id, "sequence": at}
                for at, vals in enumerate(lines)
            ]
        )
        self_sudo.search(
            [("company_id", "=", company.id), ("latest", "=", True)]
        ).latest = False
        check_sudo.latest = True
        check_sudo.seconds = time.monotonic() - start
        check_sudo._tell_analysts()
        return check_sudo.with_env(self.env)

    def _prepare_lines(self):
        """Return the values of all figures; an extension adds its own."""
        book = self._read_book(self.date)
        self.loan_count = len(book)
        return self._prepare_stability(book)

    def _read_book(self, date, names=None, version=None):
        """Return the loans assessed by a date as a ``Population``."""
        names = self.features if names is None else names
        return self.env["carloan.risk.population"]._read(
            self.company_id,
            date,
            self.policy_id.window_days,
            version=version,
            names=names,
        )

    def _find_reference_date(self, company, version):
        """Return the first date on which a model was applied to half of its most."""
        counts = self.env["carloan.risk.assessment"]._read_group(
            [("company_id", "=", company.id), ("version", "=", version)],
            ["date:month"],
            ["__count", "date:max"],
        )
        most = max((count for _month, count, _last in counts), default=0)
        return next(
            (last for _month, count, last in sorted(counts) if 2 * count >= most),
            False,
        )

    def _prepare_stability(self, book):
        """Return the stability of the score and of each feature."""
        if not self.reference_date:
            return []
        before = self._read_book(self.reference_date, version=self.version)
        pairs = [("psi_score", False, before.points, book.points)] + [
            ("psi_feature", name, before.features[name], book.features[name])
            for name in self.features
        ]
        return [self._prepare_shift(*pair) for pair in pairs]

    def _prepare_shift(self, kind, feature, before, now):
        """Return the values of one stability index."""
        policy = self.policy_id
        cuts = drift.edges(before, policy.bins)
        value, limits = drift.stability(
            drift.counts(before, cuts),
            drift.counts(now, cuts),
            (policy.shift_watch, policy.shift_act),
            (policy.sure_watch, policy.sure_act),
        )
        return {
            **self._prepare_line(kind, value, limits.status(value)),
            "feature": feature,
            "limit_watch": limits.watch,
            "limit_act": limits.act,
            "loan_count": len(now),
            "reference_count": len(before),
        }

    def _prepare_line(self, kind, value, status):
        """Return the values that every figure has; an unknown one is shown as such."""
        known = value == value  # nan is not itself
        return {
            "kind": kind,
            "value": value if known else 0.0,
            "known": known,
            "status": status,
        }

    # ------------------------------------------------------------------
    # NIGHT
    # ------------------------------------------------------------------

    @api.model
    def _cron_check(self):
        """Check the model of each company that has assessed loans this month."""
        today = fields.Date.context_today(self)
        # sudo: the night works for every company
        assessments_sudo = self.env["carloan.risk.assessment"].sudo()
        found = assessments_sudo._read_group(
            [("date", ">", fields.Date.subtract(today, days=31))], ["company_id"]
        )
        checked = self.sudo()._read_group(
            [("date", ">=", fields.Date.start_of(today, "month"))], ["company_id"]
        )
        for (company,) in [row for row in found if row not in checked]:
            try:
                with self.env.cr.savepoint():
                    self._run(company, today)
            except UserError as error:
                # what one company lacks holds up no other
                _logger.warning("Model of %s not checked: %s", company.name, error)
            self.env["ir.cron"]._commit_progress(1)

    def _tell_analysts(self):
        """Give each analyst of the company something to do, once a figure alarms."""
        self.ensure_one()
        if self.status != "act":
            return
        group = self.env.ref("carloan_relief.group_risk_analyst")
        users = group.all_user_ids.filtered(
            lambda user: self.company_id in user.company_ids and not user.share
        )
        worst = self.line_ids.filtered(lambda line: line.status == "act")
        summary = self.env._("The risk model needs a look: %(count)s", count=len(worst))
        note = "\n".join(worst.mapped("display_name"))
        for user in users:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=summary,
                note=note,
                user_id=user.id,
            )
