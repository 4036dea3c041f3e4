"""The checklist of a case: asked once, never for what is known, named when missing."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..relief.relief_request import MOVE_FIELDS, OPEN_STATES
from .carloan_relief_document import MISSING, SETTLED

#: what decides which papers a case needs
ASKING_FIELDS = {"reason_id", "temporary", "channel"}
#: Handed in and nothing proposed yet: papers asked for now hold up nothing approved.
UNDECIDED = ("submitted", "assessed")
MOVE_FIELDS |= {"papers_missing", "papers_to_check"}


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    checklist_ids = fields.One2many("carloan.relief.document", "request_id", copy=False)
    papers_missing = fields.Integer(
        compute="_compute_paper_counts",
        store=True,
        help="Papers that a step needs and the borrower has not handed in.",
    )
    papers_to_check = fields.Integer(
        compute="_compute_paper_counts",
        store=True,
        help="Papers that were received and nobody has looked at.",
    )
    papers_open_text = fields.Text(
        "Still Wanted", compute="_compute_papers_open_text", compute_sudo=True
    )

    can_build_checklist = fields.Boolean(
        compute="_compute_can_build_checklist", compute_sudo=True
    )

    @api.depends("checklist_ids", "state")
    def _compute_can_build_checklist(self):
        """A case from before the checklists, or of a campaign, that is undecided."""
        for request in self:
            request.can_build_checklist = (
                request.state in UNDECIDED and not request.checklist_ids
            )

    @api.depends("checklist_ids.state", "checklist_ids.needed_for")
    def _compute_paper_counts(self):
        for request in self:
            needed = request.checklist_ids.filtered(
                lambda one: one.needed_for != "advice"
            )
            request.papers_missing = len(
                needed.filtered(lambda one: one.state in MISSING)
            )
            request.papers_to_check = len(
                request.checklist_ids.filtered(lambda one: one.state == "received")
            )

    @api.depends("checklist_ids.state", "checklist_ids.valid_until")
    @api.depends_context("lang")
    def _compute_papers_open_text(self):
        today = fields.Date.context_today(self)
        for request in self:
            wanted = request._get_open_papers(("approve", "activate"), today)
            request.papers_open_text = "\n".join(
                one._get_open_text(today) for one in wanted
            )

    # ----------------------------------------------------------------- ASKING
    def _submit(self):
        """Override to ask for the papers of the hardship."""
        res = super()._submit()
        self._sync_checklist()
        return res

    def write(self, vals):
        """Override: another hardship needs other papers."""
        res = super().write(vals)
        if ASKING_FIELDS & set(vals):
            self.filtered(
                lambda one: one.state in OPEN_STATES and one.state != "draft"
            )._sync_checklist()
        return res

    def _sync_checklist(self):
        """Ask for what the hardship needs, and no more for what it does not.

        What was asked by hand or handed in stays.
        """
        # sudo: the checklist is written by its moves alone
        for request_sudo in self.sudo():
            wanted_sudo = request_sudo.env["carloan.relief.document.type"]._find_for(
                request_sudo
            )
            stale_sudo = request_sudo.checklist_ids.filtered(
                lambda one, wanted_sudo=wanted_sudo: one.state == "asked"
                and not one.by_hand
                and one.type_id not in wanted_sudo
            )
            stale_sudo.unlink()
            missing_sudo = wanted_sudo - request_sudo.checklist_ids.type_id
            request_sudo.env["carloan.relief.document"].create(
                [request_sudo._prepare_paper_vals(one) for one in missing_sudo]
            )
            request_sudo._mark_known()

    def _prepare_paper_vals(self, kind):
        """Return the values of a paper that is asked for."""
        return {
            "request_id": self.id,
            "type_id": kind.id,
            "needed_for": kind.needed_for,
            "asked_on": fields.Datetime.now(),
            "asked_by_id": self.env.uid,
        }

    @api.model
    def _find_with_checklist(self, partners, companies):
        """Return the open cases of borrowers with papers still wanted."""
        domain = (
            Domain("partner_id", "in", partners.ids)
            & Domain("company_id", "in", companies.ids)
            & Domain("state", "in", OPEN_STATES)
            & Domain("checklist_ids.state", "in", MISSING)
        )
        return self.search(domain)

    # ------------------------------------------------------------------ KNOWN
    def _mark_known(self):
        """Settle what is known already: never ask a borrower for it again."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: papers of other cases of the borrower, whatever team had them
        self_sudo = self.sudo()
        wanted_sudo = self_sudo.checklist_ids.filtered(lambda one: one.state == "asked")
        by_paper_sudo = wanted_sudo.filtered(
            lambda one: one.type_id.known_from == "paper" and not one.by_hand
        )
        found_sudo = self_sudo._find_known_papers(by_paper_sudo.type_id, today)
        for document_sudo in by_paper_sudo:
            source_sudo = found_sudo.get(document_sudo.type_id)
            if source_sudo:
                document_sudo._move(
                    "known",
                    source_id=source_sudo.id,
                    valid_until=source_sudo.valid_until,
                )
        for document_sudo in wanted_sudo.filtered(
            lambda one: one.type_id.known_from == "statement"
        ):
            self_sudo._mark_known_by_statement(document_sudo, today)

    def _find_known_papers(self, kinds, today):
        """Return {type: newest paper of the borrower that still counts}."""
        found = self.env["carloan.relief.document"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("type_id", "in", kinds.ids),
                ("state", "=", "accepted"),
                ("valid_until", ">=", today),
                ("request_id", "!=", self.id),
            ],
            order="valid_until",
        )
        return {one.type_id: one for one in found}

    def _mark_known_by_statement(self, document, today):
        """A verified statement of the household that is not too old is proof of it."""
        statement = self.env["carloan.financial.statement"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("verified_by", "!=", False),
                ("date", "<=", today),
            ],
            order="date desc, id desc",
            limit=1,
        )
        until = statement and document.type_id._get_valid_until(statement.date)
        if until and until >= today:
            document._move("known", statement_id=statement.id, valid_until=until)

    # ------------------------------------------------------------------- GATE
    def _get_open_papers(self, steps, today):
        """Return the papers that steps need and that are not settled."""
        return self.checklist_ids.filtered(
            lambda one: one.needed_for in steps and not one._is_settled(today)
        )

    def _check_papers(self, steps):
        """Refuse a step while papers it needs are missing, unchecked or too old.

        :param steps: of ``STEPS``; what an earlier step needed counts for a later one
        :raise UserError: it names each paper and what to do
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: the gate holds whoever presses the button
        self_sudo = self.sudo()
        self_sudo._mark_known()
        wanted_sudo = self_sudo._get_open_papers(steps, today)
        if wanted_sudo:
            raise UserError(
                self.env._(
                    "Request %(request)s cannot go on without: %(papers)s. On the "
                    "Papers page, receive and accept each of them (ask again for what "
                    "is too old), or have it waived with a reason.",
                    request=self.name,
                    papers="; ".join(one._get_open_text(today) for one in wanted_sudo),
                )
            )

    def _check_proposal_complete(self):
        """Override: approvers decide on papers, not on words."""
        res = super()._check_proposal_complete()
        self._check_papers(("approve",))
        return res

    def _activate(self, *args, **kwargs):
        """Override: no entry is posted while a paper it needs is missing."""
        if self.state == "accepted":
            self._check_papers(("approve", "activate"))
        return super()._activate(*args, **kwargs)

    # ---------------------------------------------------------------- ACTIONS
    def action_ask_for_paper(self):
        """Open the dialog that asks for one more paper."""
        self.ensure_one()
        self._check_staff("officer", "approver")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for a Paper"),
            "res_model": "carloan.relief.document.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id, "default_move": "ask"},
        }

    def action_build_checklist(self):
        """Ask for the papers of the hardship in cases that were never asked for any."""
        self._check_staff("officer", "approver")
        for request in self:
            request._lock()
            if not request.can_build_checklist:
                raise UserError(
                    self.env._(
                        "Request %(request)s is %(state)s or has its checklist: one is "
                        "built only where there is none, before the case is decided. "
                        "Press Ask for Another Paper for what else is needed.",
                        request=request.name,
                        state=request._get_state_label(),
                    )
                )
            request._sync_checklist()
            request._log(request.env._("Checklist of papers built."))
        return True

    def _ask_for_paper(self, kind, note=None):
        """Ask for one paper by hand: one that is settled is wanted again.

        :param kind: ``carloan.relief.document.type``
        :param str note: what exactly, for the borrower
        """
        self.ensure_one()
        self._lock()
        if self.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: papers are asked for while it "
                    "is open. Make a new request for the loan.",
                    request=self.name,
                    state=self._get_state_label(),
                )
            )
        # sudo: the checklist is written by its moves alone
        self_sudo = self.sudo()
        document_sudo = self_sudo.checklist_ids.filtered(
            lambda one: one.type_id == kind
        )
        extra = {"by_hand": True, "note": (note or "").strip() or False}
        if not document_sudo:
            document_sudo = document_sudo.create(
                {**self_sudo._prepare_paper_vals(kind), **extra}
            )
            self._log(
                self.env._(
                    "Paper asked for: %(paper)s.", paper=document_sudo.display_name
                )
            )
        else:
            document_sudo.write(extra)
            if document_sudo.state in SETTLED:
                document_sudo._ask_again()
        return document_sudo.with_env(self.env)

    def _get_wanted_text(self):
        """Return what the borrower still has to hand in, one paper a line."""
        self.ensure_one()
        # sudo: read for the borrower, who has no access to the checklist
        missing_sudo = self.sudo().checklist_ids.filtered(
            lambda one: one.state in MISSING
        )
        return "\n".join(
            f"{one.display_name}: {one.reason or one.description or ''}".rstrip(": ")
            for one in missing_sudo
        )
