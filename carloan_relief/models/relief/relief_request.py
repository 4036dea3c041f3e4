from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain

OPEN_STATES = ("draft", "submitted", "assessed", "to_approve", "offered", "accepted")
# what a proposal rests on: after it was put to the approvers, a change voids it
BASIS_FIELDS = {"loan_id", "reason_id", "temporary", "statement_id", "offer_id"}
# written by the moves of the case alone; a form or an RPC call may not
MOVE_FIELDS = {
    "name",
    "state",
    "company_id",
    "offer_id",
    "policy_id",
    "rule_id",
    "assessment_id",
    "grade_id",
    "affordable_instalment",
    "closed",
    "pd_no_relief",
    "lgd",
    "prepayment",
    "expected_facts",
    "lgd_policy_id",
    "redefault_table_id",
    "prepayment_table_id",
    "as_of",
    "position",
    "before_rows",
    "before_instalment",
    "before_last_instalment",
    "before_instalments",
    "before_total",
    "straight_through",
    "proposer_id",
    "poster_id",
    "new_claim_value",
    "proposal_hash",
    "decline_reason",
    "signed_by",
    "signature",
    "date_submitted",
    "date_assessed",
    "date_proposed",
    "date_decided",
    "date_accepted",
    "date_active",
    "date_closed",
    "expiry_date",
}


class CarloanReliefRequest(models.Model):
    """One case of relief: from the borrower's difficulty to the plan in force."""

    _name = "carloan.relief.request"
    _description = "Relief Request"
    _inherit = [
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "carloan.engine.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    # ---------------------------------------------------------------- FIELDS
    name = fields.Char("Reference", readonly=True, copy=False, index="trigram")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("assessed", "Assessed"),
            ("to_approve", "To Approve"),
            ("offered", "Offered"),
            ("accepted", "Accepted"),
            ("active", "Active"),
            ("cured", "Cured"),
            ("rejected", "Rejected"),
            ("declined", "Declined"),
            ("withdrawn", "Withdrawn"),
            ("expired", "Expired"),
            ("broken", "Broken"),
            ("replaced", "Replaced"),
            ("undone", "Undone"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand="_group_expand_states",
    )
    loan_id = fields.Many2one(
        "carloan.loan",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain="[('state', '=', 'active')]",
        tracking=True,
    )
    partner_id = fields.Many2one(
        related="loan_id.partner_id", string="Borrower", store=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", related="loan_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="loan_id.currency_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        "Officer",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        tracking=True,
        index=True,
    )
    team_id = fields.Many2one(
        "carloan.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
    )
    channel = fields.Selection(
        [
            ("counter", "Counter"),
            ("portal", "Portal"),
            ("phone", "Phone"),
            ("campaign", "Campaign"),
        ],
        default="counter",
        required=True,
    )
    reason_id = fields.Many2one("carloan.relief.reason", "Hardship", tracking=True)
    temporary = fields.Boolean(
        "Temporary Hardship",
        compute="_compute_temporary",
        store=True,
        readonly=False,
        help="Whether the borrower expects to pay in full again. A lasting hardship "
        "needs lower instalments rather than a pause.",
    )
    note = fields.Text(help="What happened, in the borrower's words.")
    statement_id = fields.Many2one(
        "carloan.financial.statement",
        "Financial Statement",
        domain="[('partner_id', '=', partner_id)]",
        check_company=True,
    )
    as_of = fields.Date("Position As Of", readonly=True, copy=False)
    position = fields.Json(readonly=True, copy=False)
    policy_id = fields.Many2one("carloan.relief.policy", readonly=True, copy=False)
    rule_id = fields.Many2one("carloan.relief.rule", readonly=True, copy=False)
    assessment_id = fields.Many2one(
        "carloan.risk.assessment", readonly=True, copy=False
    )
    grade_id = fields.Many2one(
        "carloan.risk.grade", "Risk Grade", readonly=True, copy=False, tracking=True
    )
    affordable_instalment = fields.Monetary(readonly=True, copy=False)
    offer_ids = fields.One2many("carloan.relief.offer", "request_id", copy=False)
    offer_count = fields.Integer(compute="_compute_offer_count")
    offer_id = fields.Many2one(
        "carloan.relief.offer",
        "Proposed Offer",
        readonly=True,
        copy=False,
        tracking=True,
    )
    consent_ids = fields.One2many("carloan.relief.consent", "request_id", copy=False)
    consents_pending = fields.Integer(compute="_compute_consents_pending")
    straight_through = fields.Boolean(readonly=True, copy=False)
    decline_reason = fields.Text("Why It Ended", readonly=True, copy=False)

    before_rows = fields.Json(readonly=True, copy=False)
    before_instalment = fields.Monetary("Instalment Now", readonly=True, copy=False)
    before_last_instalment = fields.Monetary(readonly=True, copy=False)
    before_instalments = fields.Integer("Instalments Now", readonly=True, copy=False)
    before_total = fields.Monetary("Still to Pay Now", readonly=True, copy=False)
    after_instalment = fields.Monetary(
        related="offer_id.instalment", string="Instalment After"
    )
    after_instalments = fields.Integer(
        related="offer_id.instalments", string="Instalments After"
    )
    after_total = fields.Monetary(
        related="offer_id.total_cost", string="Still to Pay After"
    )
    concession = fields.Monetary(related="offer_id.concession", store=True)
    is_exception = fields.Boolean(related="offer_id.is_exception", store=True)
    added_instalments = fields.Integer(related="offer_id.added_instalments", store=True)
    chart = fields.Json("Schedules Compared", related="offer_id.chart")

    proposer_id = fields.Many2one("res.users", "Proposed By", readonly=True, copy=False)
    poster_id = fields.Many2one("res.users", "Activated By", readonly=True, copy=False)
    proposal_hash = fields.Char(readonly=True, copy=False)
    signed_by = fields.Char(readonly=True, copy=False)
    signature = fields.Image(
        readonly=True, copy=False, attachment=True, max_width=1024, max_height=1024
    )
    date_submitted = fields.Datetime(readonly=True, copy=False)
    date_assessed = fields.Datetime(readonly=True, copy=False)
    date_proposed = fields.Datetime(readonly=True, copy=False)
    date_decided = fields.Datetime(readonly=True, copy=False)
    date_accepted = fields.Datetime(readonly=True, copy=False)
    date_active = fields.Datetime(readonly=True, copy=False)
    date_closed = fields.Datetime(readonly=True, copy=False)
    expiry_date = fields.Date("Offer Valid Until", readonly=True, copy=False)

    move_ids = fields.One2many(
        "account.move",
        "carloan_request_id",
        "Entries",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    move_count = fields.Integer(compute="_compute_move_count")

    _loan_open_uniq = models.UniqueIndex(
        "(loan_id) WHERE state IN ('draft', 'submitted', 'assessed', 'to_approve',"
        " 'offered', 'accepted')",
        "This loan already has an open relief request: continue or withdraw that one.",
    )

    # --------------------------------------------------------------- COMPUTE
    @api.depends("loan_id")
    def _compute_team_id(self):
        for request in self:
            request.team_id = request.loan_id.team_id

    @api.depends("reason_id")
    def _compute_temporary(self):
        for request in self:
            request.temporary = request.reason_id.temporary

    @api.depends("offer_ids")
    def _compute_offer_count(self):
        for request in self:
            request.offer_count = len(request.offer_ids)

    @api.depends("consent_ids.state")
    def _compute_consents_pending(self):
        for request in self:
            request.consents_pending = len(
                request.consent_ids.filtered(lambda consent: consent._is_missing())
            )

    def _compute_move_count(self):
        # sudo: the number alone; opening the entries asks for accounting rights
        counts = dict(
            self.env["account.move"]
            .sudo()
            ._read_group(
                [("carloan_request_id", "in", self.ids)],
                ["carloan_request_id"],
                ["__count"],
            )
        )
        for request in self:
            request.move_count = counts.get(request, 0)

    @api.depends("name", "partner_id")
    def _compute_display_name(self):
        for request in self:
            request.display_name = request.name or self.env._("New request")

    @api.model
    def _group_expand_states(self, states, domain):
        """Show the open states in their order, and the closed ones that occur."""
        return [
            state
            for state, _label in self._fields["state"].selection
            if state in OPEN_STATES or state in states
        ]

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Begin every case as a numbered draft, and not on one's own loan."""
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            if not self.env.su:
                for name in MOVE_FIELDS & set(vals):
                    del vals[name]
            loan = self.env["carloan.loan"].browse(vals.get("loan_id"))
            if not vals.get("name"):
                vals["name"] = (
                    self.env["ir.sequence"]
                    .with_company(loan.company_id or self.env.company)
                    .next_by_code("carloan.relief.request")
                )
        requests = super().create(vals_list)
        if not self.env.su:
            requests._check_not_own()
        return requests

    def write(self, vals):
        """Guard what only the moves of the case may write.

        A change of what the proposal rests on voids an approval already asked for.
        """
        if not self.env.su and MOVE_FIELDS & set(vals):
            raise AccessError(
                self.env._(
                    "%(fields)s of a relief request are set by its buttons, not by "
                    "writing them. Nothing was changed on %(request)s.",
                    fields=", ".join(sorted(MOVE_FIELDS & set(vals))),
                    request=", ".join(self.mapped("display_name")),
                )
            )
        if not self.env.su and BASIS_FIELDS & set(vals):
            self._check_basis_open()
            self._void_proposal()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for request in self:
            if request.state != "draft":
                raise UserError(
                    self.env._(
                        "Request %(request)s was already submitted and stays on file. "
                        "Withdraw it instead of deleting it.",
                        request=request.name,
                    )
                )

    def _check_basis_open(self):
        """Refuse to change the facts of a case that is closed or in force."""
        for request in self:
            if request.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "Request %(request)s is closed (%(state)s); its facts stay as "
                        "they were decided. Make a new request for the loan.",
                        request=request.name,
                        state=request._get_state_label(),
                    )
                )

    # -------------------------------------------------------------- SECURITY
    def _get_related_partners(self):
        """Return the commercial partners of the borrower and of every party."""
        # sudo: who may not act must be known whatever the user may read
        loans_sudo = self.loan_id.sudo()
        partners = loans_sudo.partner_id | loans_sudo.party_ids.partner_id
        return partners.commercial_partner_id

    def _is_related(self, user):
        """Whether a user is the borrower, a party of the loan, or of their house."""
        # sudo: a partner of a user may be hidden from the one who asks
        return user.sudo().partner_id.commercial_partner_id in (
            self._get_related_partners()
        )

    def _check_not_own(self):
        """Nobody handles their own loan or that of a relative."""
        for request in self:
            if request._is_related(self.env.user):
                raise AccessError(
                    self.env._(
                        "%(user)s is a party of loan %(loan)s or related to one, and "
                        "may not handle request %(request)s. Ask a colleague.",
                        user=self.env.user.name,
                        loan=request.loan_id.sudo().name,
                        request=request.name,
                    )
                )

    def _check_staff(self, *roles):
        """Refuse a move by somebody who has none of the roles or is related.

        :param roles: short names of groups: officer, approver, manager, accountant
        """
        if self.env.su:
            return
        groups = [
            "account.group_account_invoice"
            if role == "accountant"
            else f"carloan_relief.group_{role}"
            for role in roles
        ]
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._(
                    "%(user)s may not take this step on %(request)s: it needs one of "
                    "the roles %(roles)s. Ask a colleague who has it.",
                    user=self.env.user.name,
                    request=", ".join(self.mapped("name")),
                    roles=", ".join(roles),
                )
            )
        self.check_access("read")
        self._check_not_own()

    # --------------------------------------------------------------- TOOLING
    def _get_state_label(self):
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _log(self, body):
        """Note a move in the chatter in the name of the user."""
        # sudo: approvers and borrowers move a case without writing on it
        for request_sudo in self.sudo():
            request_sudo._message_log(body=body)

    def _lock(self):
        """Lock the case, so that of two people pressing a button one goes on."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is working on %(request)s at this moment. Wait for "
                    "them, reload the page and look before you try again.",
                    request=", ".join(self.mapped("name")),
                )
            ) from error
        self.invalidate_recordset(["state"])

    def _move_to(self, state, allowed, **vals):
        """Move one case to a state, from the allowed ones, with its dates.

        :param str state: where to
        :param allowed: states from which the move is allowed
        """
        self.ensure_one()
        self._lock()
        if self.state not in allowed:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s. This step (%(to)s) is possible "
                    "only from: %(allowed)s. Reload the page to see where it stands.",
                    request=self.name,
                    state=labels[self.state],
                    to=labels[state],
                    allowed=", ".join(labels[name] for name in allowed),
                )
            )
        # sudo: the fields of a move are closed to forms and RPC
        self.sudo().with_context(skip_validation_check=True).write(
            {"state": state, **vals}
        )
        # one open case per loan is an index: a next case must find this one closed
        self.flush_recordset(["state"])

    # --------------------------------------------------------------- ACTIONS
    def action_view_loan(self):
        """Open the loan of the case."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.loan",
            "res_id": self.loan_id.id,
            "view_mode": "form",
        }

    def action_view_partner(self):
        """Open the borrower."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def action_view_moves(self):
        """Open the entries that the relief posted."""
        self.ensure_one()
        # with the list of entries: without, it is that of invoices
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_carloan_action"
        )
        return dict(
            action,
            name=self.env._("Entries of %(request)s", request=self.name),
            domain=[("carloan_request_id", "=", self.id)],
            context={"create": False},
        )

    def action_view_offers(self):
        """Open the offers of the case."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_offer_action"
        )
        domain = Domain("request_id", "=", self.id)
        return dict(action, domain=list(domain), context={})
