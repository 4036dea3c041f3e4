from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

#: Set by the buttons alone; a form or an RPC call may not.
MOVE_FIELDS = {
    "state",
    "proposer_id",
    "approver_id",
    "decided_on",
    "date_from",
    "date_end",
    "grade_before_id",
}


class CarloanRiskOverride(models.Model):
    """A grade that people set instead of the model's: why, until when, who agreed."""

    _name = "carloan.risk.override"
    _description = "Grade set by hand"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan",
        required=True,
        index=True,
        check_company=True,
        domain="[('state', '=', 'active')]",
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="loan_id.partner_id", string="Borrower", store=True, index=True
    )
    company_id = fields.Many2one(related="loan_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("in_force", "In force"),
            ("refused", "Refused"),
            ("ended", "Ended"),
        ],
        default="proposed",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    grade_before_id = fields.Many2one(
        "carloan.risk.grade", string="Grade before", readonly=True, copy=False
    )
    grade_id = fields.Many2one(
        "carloan.risk.grade",
        string="Grade by hand",
        required=True,
        ondelete="restrict",
        tracking=True,
    )
    direction = fields.Selection(
        [("better", "Better"), ("same", "The same"), ("worse", "Worse")],
        compute="_compute_direction",
        store=True,
    )
    reason = fields.Text(required=True, tracking=True)
    date_from = fields.Date(string="In force from", readonly=True, copy=False)
    expiry = fields.Date(
        string="In force until",
        required=True,
        tracking=True,
        help="Last day; the night after, the loan returns to the model's grade.",
    )
    date_end = fields.Date(
        string="Ended on",
        readonly=True,
        copy=False,
        help="Last day on which it held: the expiry, or the day before it was taken "
        "back.",
    )
    proposer_id = fields.Many2one(
        "res.users", string="Proposed by", readonly=True, copy=False
    )
    approver_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False, tracking=True
    )
    decided_on = fields.Datetime(readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(loan_id) WHERE state IN ('proposed', 'in_force')",
        "This loan has a grade set or proposed by hand already: end that one first.",
    )

    @api.depends("loan_id", "grade_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.loan_id.name}: {item.grade_id.name}"

    @api.depends("grade_id.sequence", "grade_before_id.sequence")
    def _compute_direction(self):
        for item in self:
            step = item.grade_id.sequence - item.grade_before_id.sequence
            item.direction = "worse" if step > 0 else "better" if step < 0 else "same"

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Propose: the proposer and the grade before are not for the form to say."""
        self.check_access("create")  # who may not, learns of no other grade
        self._check_none_live([vals.get("loan_id") for vals in vals_list])
        # said here in full: a default of the context would fill what is left out
        start = {
            **dict.fromkeys(MOVE_FIELDS, False),
            "state": "proposed",
            "proposer_id": self.env.uid,
        }
        items = super().create([{**vals, **start} for vals in vals_list])
        for item in items:
            item._check_not_own()
            # sudo: the grade before is a fact; the move fields are closed to users
            item.sudo().grade_before_id = item.loan_id.sudo().risk_grade_id
            item._check_limits()
        return items

    def _check_none_live(self, loan_ids):
        """Refuse a second grade by hand; an index stops what comes at once."""
        self.env["carloan.loan"].browse(loan_ids).check_access("read")
        # sudo: one of another team counts as well
        live_sudo = self.sudo().search(
            [
                ("loan_id", "in", loan_ids),
                ("state", "in", ("proposed", "in_force")),
                ("id", "not in", self.ids),
            ],
            limit=1,
        )
        if live_sudo:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Loan %(loan)s already has grade %(grade)s by hand (%(state)s, "
                    "until %(day)s, proposed by %(user)s). Have that one decided or "
                    "ended first.",
                    loan=live_sudo.loan_id.name,
                    grade=live_sudo.grade_id.name,
                    state=labels[live_sudo.state].lower(),
                    day=live_sudo.expiry,
                    user=live_sudo.proposer_id.name,
                )
            )

    def write(self, vals):
        """Leave moves to the buttons, and what was decided as it is."""
        if not self.env.su:
            if MOVE_FIELDS & set(vals):
                raise AccessError(
                    self.env._(
                        "%(fields)s of a grade set by hand are set by its buttons, not "
                        "by writing them.",
                        fields=", ".join(sorted(MOVE_FIELDS & set(vals))),
                    )
                )
            if {"loan_id", "grade_id", "reason", "expiry"} & set(vals):
                self._check_state("proposed")
        if "loan_id" in vals:
            self._check_none_live([vals["loan_id"]])
        result = super().write(vals)
        if {"grade_id", "expiry"} & set(vals):
            self._check_limits()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "A grade set by hand stays on file. Press Refuse or End instead of "
                "deleting it."
            )
        )

    def _check_limits(self):
        """Refuse what is longer or better than the policy lets people set."""
        today = fields.Date.context_today(self)
        # sudo: limits hold whoever asks
        policies = self.env["carloan.risk.policy"].sudo()
        for item in self.filtered(lambda item: item.state == "proposed"):
            policy = policies._get_in_force(item.company_id, today)
            if (
                not today
                <= item.expiry
                <= fields.Date.add(today, days=policy.override_days)
            ):
                raise UserError(
                    self.env._(
                        "A grade set by hand on %(loan)s cannot end on %(date)s: "
                        "choose a day from today to %(days)s days ahead.",
                        loan=item.loan_id.name,
                        date=item.expiry,
                        days=policy.override_days,
                    )
                )
            item._check_steps(policy)

    def _check_steps(self, policy):
        """Refuse a grade that is too much better than the one in force."""
        # sudo: their order alone
        grades = self.env["carloan.risk.grade"].sudo()._get_sorted().ids
        if not self.grade_before_id:
            return
        steps = grades.index(self.grade_before_id.id) - grades.index(self.grade_id.id)
        if steps > policy.override_steps:
            raise UserError(
                self.env._(
                    "%(loan)s is graded %(before)s: by hand it can be set %(most)s "
                    "grades better at most, so not to %(grade)s.",
                    loan=self.loan_id.name,
                    before=self.grade_before_id.name,
                    most=policy.override_steps,
                    grade=self.grade_id.name,
                )
            )

    def _check_state(self, *states):
        for item in self:
            if item.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "The grade set by hand on %(loan)s is %(state)s: this step "
                        "needs it to be %(wanted)s. Reload the page.",
                        loan=item.loan_id.name,
                        state=labels[item.state],
                        wanted=", ".join(labels[state] for state in states),
                    )
                )

    def _check_not_own(self):
        """Nobody sets the grade of their own loan or that of their house."""
        # sudo: who may not act must be known whatever the user may read
        for item_sudo in self.sudo():
            loan_sudo = item_sudo.loan_id
            parties = loan_sudo.partner_id | loan_sudo.party_ids.partner_id
            own = self.env.user.sudo().partner_id.commercial_partner_id
            if not self.env.su and own in parties.commercial_partner_id:
                raise AccessError(
                    self.env._(
                        "%(user)s is a party of loan %(loan)s or related to one, and "
                        "may not set its grade. Ask a colleague.",
                        user=self.env.user.name,
                        loan=loan_sudo.name,
                    )
                )

    # ------------------------------------------------------------------
    # MOVES
    # ------------------------------------------------------------------

    def action_approve(self):
        """Put the grade in force: a second person, with the right to decide."""
        self._check_second_person()
        self._check_limits()
        self._move("in_force", date_from=fields.Date.context_today(self))
        self._assess_loans()
        return True

    def action_refuse(self):
        """Leave the model's grade in force."""
        self._check_second_person()
        self._move("refused")
        return True

    def action_end(self):
        """Return to the model's grade before the expiry."""
        self._check_decider()
        self._check_state("in_force")
        yesterday = fields.Date.subtract(fields.Date.context_today(self), days=1)
        # sudo: the move fields are closed to users; the role was checked above
        self.sudo().write({"state": "ended", "date_end": yesterday})
        self._assess_loans()
        return True

    def _check_decider(self):
        self.check_access("read")
        self._check_not_own()
        if not self.env.su and not self.env.user.has_group(
            "carloan_relief.group_risk_analyst"
        ):
            raise AccessError(
                self.env._(
                    "Only risk analysts and managers decide on grades set by hand. Ask "
                    "one of them."
                )
            )

    def _check_second_person(self):
        """Whoever proposed does not decide; two at once do not both decide."""
        self._check_decider()
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        self._check_state("proposed")
        for item in self:
            if item.proposer_id == self.env.user:
                raise AccessError(
                    self.env._(
                        "%(user)s proposed the grade of %(loan)s, so a second person "
                        "decides on it. Ask another analyst or a manager.",
                        user=self.env.user.name,
                        loan=item.loan_id.name,
                    )
                )

    def _move(self, state, **vals):
        # sudo: the move fields are closed to users; the role was checked by the caller
        self.sudo().write(
            {
                "state": state,
                "approver_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                **vals,
            }
        )

    def _assess_loans(self):
        """Grade the loans anew, so that what was decided is in force at once."""
        # sudo: loans of any team; the caller checked who may decide
        loans_sudo = self.sudo().loan_id.filtered(lambda loan: loan.state == "active")
        self.env["carloan.risk.assessor"]._assess(
            loans_sudo, fields.Date.context_today(self), "override"
        )

    @api.model
    def _read_in_force(self, loan_ids, as_of):
        """Return {loan id: (override id, grade id)} of a day, one statement."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (loan_id) loan_id, id, grade_id
                  FROM carloan_risk_override
                 WHERE loan_id = ANY(%(ids)s) AND state IN ('in_force', 'ended')
                   AND date_from <= %(day)s
                   AND LEAST(expiry, date_end) >= %(day)s
              ORDER BY loan_id, id DESC
                """,
                ids=list(loan_ids),
                day=as_of,
            )
        )
        return {loan_id: (item, grade) for loan_id, item, grade in rows}

    @api.model
    def _cron_expire(self):
        """Each night: end what has run out, and let those loans be assessed."""
        today = fields.Date.context_today(self)
        # sudo: the night works for every company
        over = self.sudo().search([("state", "=", "in_force"), ("expiry", "<", today)])
        for company, items in over.grouped("company_id").items():
            for expiry, some in items.grouped("expiry").items():
                some.write({"state": "ended", "date_end": expiry})
            queue = self.env["carloan.risk.queue"].with_company(company)
            queue._add(items.loan_id, "override", today)
        # sudo: as above
        stale = self.sudo().search([("state", "=", "proposed"), ("expiry", "<", today)])
        stale.write({"state": "refused", "decided_on": fields.Datetime.now()})
