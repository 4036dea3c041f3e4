import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.risk import artifact

_logger = logging.getLogger(__name__)

KINDS = [
    ("logistic", "Logistic regression"),
    ("woe", "Learned scorecard"),
    ("boosting", "Boosted trees"),
]
STATES = [
    ("challenger", "Challenger"),
    ("proposed", "Proposed as champion"),
    ("champion", "Champion"),
    ("retired", "Retired"),
]


class CarloanRiskModel(models.Model):
    """A trained model: what it is, how good it was found, and whether it is in force.

    Only the training makes one and only the buttons move it: the signed bytes and the
    figures cannot be edited. A champion is proposed by one person and promoted by
    another.
    """

    _name = "carloan.risk.model"
    _description = "Risk model"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Reference", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    state = fields.Selection(
        STATES, default="challenger", required=True, readonly=True, tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    training_id = fields.Many2one(
        "carloan.risk.training", readonly=True, index=True, ondelete="restrict"
    )
    recommended = fields.Boolean(
        readonly=True,
        help="The best of its training on borrowers left out. The later dates had no "
        "say in it.",
    )
    horizon = fields.Integer(string="Horizon (months)", readonly=True)
    reference = fields.Selection(
        [("max", "The best value"), ("mean", "The average loan")],
        string="Reasons against",
        readonly=True,
        help="What a reason is measured against; stored with each assessment.",
    )
    data = fields.Binary(attachment=True, readonly=True, groups="base.group_no_one")
    digest = fields.Char(string="Fingerprint", readonly=True)
    auc = fields.Float(
        "AUC, later dates", readonly=True, digits=(6, 3), aggregator=None
    )
    ks = fields.Float("KS, later dates", readonly=True, digits=(6, 3), aggregator=None)
    brier = fields.Float(
        "Brier, later dates", readonly=True, digits=(6, 4), aggregator=None
    )
    auc_left_out = fields.Float(
        "AUC, borrowers left out", readonly=True, digits=(6, 3), aggregator=None
    )
    slope = fields.Float(
        "Calibration slope",
        readonly=True,
        digits=(6, 2),
        aggregator=None,
        help="On the later dates: 1 is right, below 1 the probabilities are too "
        "extreme.",
    )
    report = fields.Json(readonly=True)
    proposed_by = fields.Many2one("res.users", readonly=True, copy=False)
    promoted_by = fields.Many2one("res.users", readonly=True, copy=False)
    promoted_on = fields.Datetime(readonly=True, copy=False)
    retired_on = fields.Datetime(readonly=True, copy=False)
    problem = fields.Char(
        readonly=True, help="Why the model could not be used when it was last tried."
    )

    _champion_uniq = models.UniqueIndex(
        "(company_id) WHERE state = 'champion'",
        "A company has one champion: retire it before another takes its place.",
    )

    @api.depends("name", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for model in self:
            model.display_name = f"{model.name} ({kinds.get(model.kind, '')})"

    # ------------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------------

    def _check_role(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._(
                    "Only risk analysts and managers change which model is in force. "
                    "Ask one of them, or an administrator for the role."
                )
            )

    def _check_state(self, *states):
        names = dict(self._fields["state"]._description_selection(self.env))
        for model in self:
            if model.state not in states:
                raise UserError(
                    self.env._(
                        "Model %(model)s is %(state)s: this step is for one that is "
                        "%(wanted)s. Open the list of models again.",
                        model=model.name,
                        state=names[model.state],
                        wanted=" / ".join(names[state] for state in states),
                    )
                )

    def action_propose(self):
        """Propose a challenger as the next champion; another person decides."""
        self.ensure_one()
        self._check_role()
        self._lock()
        self._check_state("challenger")
        self._open()
        # sudo: the record is read-only for people; the role was checked above
        self.sudo().write({"state": "proposed", "proposed_by": self.env.uid})
        return True

    def action_promote(self):
        """Put a proposed model in force; the champion before it retires."""
        self.ensure_one()
        self._check_role()
        self._lock()
        self._check_state("proposed")
        self._check_second_person()
        self._open()
        # sudo: the record is read-only for people; role and person were checked above
        model_sudo = self.sudo()
        before_sudo = model_sudo._get_champion(self.company_id)
        now = fields.Datetime.now()
        before_sudo.write({"state": "retired", "retired_on": now})
        before_sudo.flush_recordset()
        model_sudo.write(
            {
                "state": "champion",
                "promoted_by": self.env.uid,
                "promoted_on": now,
                "problem": False,
            }
        )
        return True

    def action_decline(self):
        """Send a proposed model back among the challengers."""
        self.ensure_one()
        self._check_role()
        self._lock()
        self._check_state("proposed")
        # sudo: see action_promote
        self.sudo().write({"state": "challenger", "proposed_by": False})
        return True

    def action_retire(self):
        """Take a model out of use; without a champion the expert scorecard rules."""
        self._check_role()
        self._lock()
        self._check_state("challenger", "proposed", "champion")
        # sudo: see action_promote
        self.sudo().write({"state": "retired", "retired_on": fields.Datetime.now()})
        return True

    def action_check(self):
        """Open the signed bytes, score the known rows again, and say so."""
        self.ensure_one()
        self._check_role()
        self._open()
        # sudo: see action_promote
        self.sudo().problem = False
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Model %(model)s is as it was trained: the signature fits and the "
                    "known rows score as before.",
                    model=self.name,
                ),
            },
        }

    def _lock(self):
        """Take every model of the companies: two promotions must not cross."""
        # sudo: locking others' records; the role was checked by the caller
        models_sudo = self.sudo().search([("company_id", "in", self.company_id.ids)])
        models_sudo.lock_for_update()
        self.invalidate_recordset(["state", "proposed_by"])

    def _check_second_person(self):
        """Refuse the promotion by who proposed or trained the model."""
        people = self.proposed_by | self.training_id.user_id
        if self.env.user in people:
            raise UserError(
                self.env._(
                    "%(user)s trained or proposed model %(model)s. A second risk "
                    "analyst or manager has to promote it.",
                    user=self.env.user.name,
                    model=self.name,
                )
            )

    # ------------------------------------------------------------------
    # OPENING
    # ------------------------------------------------------------------

    def _open(self):
        """Return the predictor of this model, checked before it is unpickled.

        :raise UserError: when the bytes are altered, foreign, of another version, or
            answer differently
        """
        self.ensure_one()
        # sudo: the bytes are read by this check alone
        data = base64.b64decode(self.sudo().data or b"")
        key = self.env["carloan.risk.key"]._get()
        try:
            predictor, header = artifact.unpack(data, key)
            if header.get("name") != self.name:
                raise artifact.ArtifactError("signature", header.get("name"))
        except artifact.ArtifactError as error:
            raise UserError(self._say_problem(error)) from error
        return predictor

    def _say_problem(self, error):
        """Return in words why a model cannot be used, and the way out."""
        words = {
            "format": self.env._("its file is missing or is no model"),
            "signature": self.env._(
                "its signature does not fit: the file was altered or comes from "
                "another server"
            ),
            "version": self.env._(
                "it was made with other versions of the libraries (%(versions)s)",
                versions=error.detail,
            ),
            "answer": self.env._(
                "it scores its known rows differently than when it was trained"
            ),
        }
        return self.env._(
            "Model %(model)s cannot be used: %(why)s. Train it again, or restore the "
            "backup that it belongs to.",
            model=self.name,
            why=words[error.reason],
        )

    @api.model
    def _get_champion(self, company):
        """Return the champion of a company; none = the expert scorecard rules."""
        return self.search(
            [("company_id", "=", company.id), ("state", "=", "champion")], limit=1
        )

    @api.model
    def _get_predictor(self, company):
        """Return (predictor, model) in force in a company.

        Without a champion, or when it cannot be opened, the expert scorecard predicts
        and the model is empty; a champion that fails says so in the log and to the
        people who trained and promoted it, and stays champion until somebody decides.
        """
        # sudo: whoever asks gets what is in force, and need not see the model
        champion_sudo = self.sudo()._get_champion(company)
        if champion_sudo:
            try:
                return champion_sudo._open(), champion_sudo
            except UserError as problem:
                champion_sudo._alert(str(problem))
        # sudo: as above
        card = self.env["carloan.risk.scorecard"].sudo()._get_for_company(company)
        return card._get_engine_card(), self.browse()

    def _alert(self, text):
        """Say once that a champion cannot be used: log, record, activity."""
        _logger.error("%s The expert scorecard is used instead.", text)
        if self.problem == text:
            return
        self.problem = text
        for user in self.promoted_by | self.training_id.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("The champion cannot be used"),
                note=text,
                user_id=user.id,
            )

    @api.model
    def _get_challengers(self, company):
        """Return [(model, predictor)] to score in the shadow of the champion."""
        found = []
        # sudo: scored beside what is in force, whoever starts the rescoring
        for model in self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("challenger", "proposed")),
                ("training_id.shadow", "=", True),
            ]
        ):
            try:
                found.append((model, model._open()))
            except UserError as problem:
                _logger.warning("%s It is not scored.", problem)
        return found
