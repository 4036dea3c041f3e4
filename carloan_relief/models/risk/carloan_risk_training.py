import datetime
import logging
import time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.fields import FieldError
from ...engine.risk.dictionary import DICTIONARY
from ...engine.risk.learn import training
from ...engine.risk.learn.sample import Needs

_logger = logging.getLogger(__name__)
DIRECTIONS = {feature.name: feature.direction for feature in DICTIONARY}


class CarloanRiskTraining(models.Model):
    """A training: what it learns from, how far it is, and what it found.

    Asked for in a form, done by a job, kept with its report. Its models are challengers
    until people decide.
    """

    _name = "carloan.risk.training"
    _description = "Training of risk models"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Reference", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Trained by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        copy=False,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("queued", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Refused"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    train_dates = fields.Char(
        string="Dates to learn from",
        help="Month ends such as 2018-03-31, with commas. Empty: quarter ends. Without "
        "later dates they are cut so that no outcome is both learned from and judged "
        "by.",
    )
    test_dates = fields.Char(
        string="Later dates to judge by", help="Empty: chosen with the others."
    )
    horizon = fields.Integer(string="Horizon (months)", default=12)
    missed = fields.Integer(string="Missed instalments in a row")
    dpd = fields.Integer(string="More days past due than", help="0: not looked at.")
    charge_off = fields.Boolean(string="A write-off is a default")
    skips_count = fields.Boolean(
        string="Skips of who is ahead count",
        help="A month skipped by a borrower who paid ahead counts as missed, as on "
        "tapes that look at payments alone.",
    )
    use_logistic = fields.Boolean(string="Logistic regression", default=True)
    use_woe = fields.Boolean(string="Learned scorecard", default=True)
    use_boosting = fields.Boolean(string="Boosted trees", default=True)
    reference = fields.Selection(
        [("max", "The best value"), ("mean", "The average loan")],
        string="Reasons against",
        default="mean",
        required=True,
        help="What a reason is measured against; the two disagree for many borrowers.",
    )
    fewest = fields.Integer(
        string="Fewest defaults",
        default=Needs.fewest,
        help="With fewer borrowers in default nothing is trained.",
    )
    seed = fields.Integer(default=1, help="The same seed gives the same models.")
    shadow = fields.Boolean(
        string="Score in the shadow",
        default=True,
        help="Its challengers score the book beside what is in force, at each "
        "rescoring; nothing follows from it.",
    )
    progress = fields.Float(readonly=True, copy=False, aggregator=None)
    progress_text = fields.Char(readonly=True, copy=False)
    message = fields.Text(string="Why it was refused", readonly=True, copy=False)
    report = fields.Json(readonly=True, copy=False)
    model_ids = fields.One2many("carloan.risk.model", "training_id", string="Models")
    seconds = fields.Float(readonly=True, copy=False, digits=(8, 1), aggregator=None)

    _horizon_range = models.Constraint(
        "CHECK (horizon BETWEEN 1 AND 60)", "The horizon is 1 to 60 months."
    )
    _fewest_positive = models.Constraint(
        "CHECK (fewest >= 10)",
        "At least ten defaults are needed: with fewer, chance alone would speak.",
    )

    # ------------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------------

    def action_start(self):
        """Let the job train; who asked may close the page."""
        self.check_access("write")
        self._check_role()
        self.lock_for_update()
        for item in self:
            if item.state not in ("draft", "failed"):
                raise UserError(
                    self.env._(
                        "Training %(training)s was started already.", training=item.name
                    )
                )
            item._parse_dates(item.train_dates)
            item._parse_dates(item.test_dates)
            item._get_kinds()
        # sudo: the state is moved by buttons alone; the role was checked above
        self.sudo().write({"state": "queued", "message": False, "progress": 0.0})
        # sudo: whoever may ask for a training may start the job that does it
        self.env.ref("carloan_relief.carloan_risk_training_cron").sudo()._trigger()
        return True

    def _check_role(self):
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._(
                    "Only risk analysts and managers train models. Ask one of them, "
                    "or an administrator for the role."
                )
            )

    def _get_kinds(self):
        kinds = [kind for kind in training.KINDS if self[f"use_{kind}"]]
        if not kinds:
            raise UserError(
                self.env._(
                    "Training %(training)s has no candidate: choose at least one kind "
                    "of model.",
                    training=self.name,
                )
            )
        return kinds

    def _parse_dates(self, text):
        """Return the dates of a text, none when it is empty.

        :raise UserError: naming what is no date
        """
        found = []
        for part in (text or "").replace("，", ",").replace(" ", ",").split(","):
            if not part:
                continue
            try:
                found.append(datetime.date.fromisoformat(part))
            except ValueError as error:
                raise UserError(
                    self.env._(
                        "Training %(training)s: '%(text)s' is no date. Enter month "
                        "ends such as 2018-03-31, with commas between.",
                        training=self.name,
                        text=part,
                    )
                ) from error
        if late := [day for day in found if day > fields.Date.context_today(self)]:
            raise UserError(
                self.env._(
                    "Training %(training)s: %(date)s is in the future, where nothing "
                    "is known yet.",
                    training=self.name,
                    date=late[0],
                )
            )
        return found

    # ------------------------------------------------------------------
    # JOB
    # ------------------------------------------------------------------

    @api.model
    def _cron_train(self):
        """Train what waits, one after the other; a killed one starts again."""
        # sudo: the job works for every company
        waiting = self.sudo().search(
            [("state", "in", ("queued", "running"))], order="id"
        )
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(waiting))
        for item in waiting:

            def report(share, text, item=item):
                item.write({"progress": 100 * share, "progress_text": text})
                commit(0)

            item.write({"state": "running"})
            commit(0)
            item._run_safely(report)
            if not commit(1):
                break

    def _run_safely(self, report=None):
        """Train; what cannot be trained is refused in words, and nothing is left.

        :param report: called with (share done, text); it may commit
        """
        try:
            found = self._learn(report or (lambda share, text: None))
            with self.env.cr.savepoint():
                self._keep(*found)
        except (UserError, FieldError, ValueError) as error:
            _logger.info("%s was refused: %s", self.name, error)
            self.write(
                {"state": "failed", "message": self._say(error), "progress": 0.0}
            )

    def _say(self, error):
        """Return the refusal in the reader's words."""
        if not isinstance(error, FieldError) or error.field != "defaults":
            return str(error)
        return self.env._(
            "Too few defaults to learn from. %(error)s. With fewer than about 250 the "
            "expert scorecard usually beats a learned model.",
            error=str(error).removeprefix("defaults: "),
        )

    def _learn(self, say):
        """Collect, train and judge; nothing is written."""
        self.ensure_one()
        start = time.monotonic()
        rule = self._get_rule()
        # sudo: models learn from every loan of the company, whatever team has it
        samples = self.env["carloan.risk.sample"].sudo()
        history = samples._get_months(self.company_id, rule)
        early, late = self._get_split(samples, history[1], rule)
        train, counts = samples._collect(
            self.company_id, early, rule, history, self._part(say, 0.0, 0.15)
        )
        test = None
        if late:
            test, more = samples._collect(
                self.company_id, late, rule, history, self._part(say, 0.15, 0.3)
            )
            counts.update(more)
        found = self._train(train, test, self._part(say, 0.3, 0.95))
        say(0.95, self.env._("Keeping the models"))
        report = self._prepare_report(found, counts, history[2], early, late)
        return found, report, time.monotonic() - start

    def _get_rule(self):
        # sudo: the definition of default is policy data
        policies = self.env["carloan.risk.policy"].sudo()
        today = fields.Date.context_today(self)
        return policies._get_in_force(self.company_id, today)._get_default_rule(
            missed=self.missed,
            dpd=self.dpd,
            charge_off=self.charge_off,
            horizon=self.horizon,
            skips_count=self.skips_count,
        )

    @staticmethod
    def _part(say, begin, end):
        """Return a report of a part of the work."""
        return lambda share, text: say(begin + share * (end - begin), text)

    def _get_split(self, samples, months, rule):
        """Return (dates to learn from, later dates); none of the outcomes in both."""
        early = sorted(self._parse_dates(self.train_dates))
        late = sorted(self._parse_dates(self.test_dates))
        if not late:
            dates = early or samples._get_dates(months, rule)
            cut = training.split(dates, rule.horizon)
            return [day.tolist() for day in cut[0]], [day.tolist() for day in cut[1]]
        if not early:
            early = samples._get_dates(months, rule)
            over = training.is_over(early, late[0], rule.horizon)
            early = [day for day, fits in zip(early, over, strict=True) if fits]
        over = training.is_over(early, late[0], rule.horizon)
        too_late = [day for day, fits in zip(early, over, strict=True) if not fits]
        if too_late or not early:
            raise UserError(
                self.env._(
                    "Training %(training)s: the %(horizon)s months after %(early)s "
                    "are not over on %(late)s, so the same outcomes would be learned "
                    "from and judged by. Choose earlier dates to learn from, or later "
                    "ones to judge by.",
                    training=self.name,
                    horizon=rule.horizon,
                    early=(too_late or early or ["-"])[-1],
                    late=late[0],
                )
            )
        return early, late

    def _train(self, train, test, report):
        # sudo: the card is read to be beaten
        card = self.env["carloan.risk.scorecard"].sudo()
        expert = card._get_for_company(self.company_id)._get_engine_card()
        kinds = dict(self.env["carloan.risk.model"]._fields["kind"].selection)
        return training.train(
            train,
            test,
            DIRECTIONS,
            self._get_kinds(),
            self.seed,
            Needs(fewest=self.fewest),
            {"expert": expert},
            self.reference,
            lambda share, text: report(share, kinds.get(text, text)),
        )
