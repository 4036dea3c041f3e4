"""One paper of a case: asked, received, accepted; every step by a named person."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..relief.relief_request import OPEN_STATES
from .carloan_relief_document_type import STEPS

#: states in which nothing more is wanted of a paper
SETTLED = ("accepted", "waived", "known")
#: states in which the borrower has something to hand in
MISSING = ("asked", "refused")


class CarloanReliefDocument(models.Model):
    """A line of the checklist, written by its buttons alone: they say who and when."""

    _name = "carloan.relief.document"
    _description = "Paper of a Relief Request"
    _order = "request_id, sequence, id"
    _check_company_auto = True

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="request_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="request_id.partner_id", store=True, index=True
    )
    user_id = fields.Many2one(related="request_id.user_id", string="Officer")
    request_state = fields.Selection(related="request_id.state", string="Request State")
    type_id = fields.Many2one(
        "carloan.relief.document.type", "Paper", required=True, ondelete="restrict"
    )
    sequence = fields.Integer(related="type_id.sequence", store=True)
    description = fields.Text(related="type_id.description")
    needed_for = fields.Selection(
        STEPS, required=True, help="As it was when the paper was asked for."
    )
    by_hand = fields.Boolean(
        "Asked by Hand", help="Staff asked for it; the hardship alone would not."
    )
    note = fields.Char("What Exactly")
    state = fields.Selection(
        [
            ("asked", "Asked For"),
            ("received", "Received"),
            ("accepted", "Accepted"),
            ("refused", "Refused"),
            ("waived", "Waived"),
            ("known", "Already Known"),
        ],
        default="asked",
        required=True,
        index=True,
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "carloan_relief_document_attachment_rel",
        "document_id",
        "attachment_id",
        string="Files",
        copy=False,
    )
    original_seen = fields.Boolean(help="Shown at the counter; no copy was kept.")
    asked_on = fields.Datetime(required=True)
    asked_by_id = fields.Many2one("res.users")
    received_on = fields.Datetime()
    received_by_id = fields.Many2one("res.users", help="Who uploaded it or took it in.")
    decided_on = fields.Datetime()
    decided_by_id = fields.Many2one("res.users")
    reason = fields.Text(help="Why it was refused or is not needed.")
    valid_until = fields.Date(help="Counts until the end of this day; empty: once.")
    source_id = fields.Many2one(
        "carloan.relief.document", "Known From Paper", ondelete="set null"
    )
    statement_id = fields.Many2one(
        "carloan.financial.statement", "Known From Statement", ondelete="set null"
    )

    _type_uniq = models.Constraint(
        "UNIQUE (request_id, type_id)",
        "This paper is on the checklist of the request already.",
    )
    _known_idx = models.Index(
        "(partner_id, type_id, valid_until) WHERE state = 'accepted'"
    )

    @api.depends("type_id", "note")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for document in self:
            name = document.type_id.name or ""
            note = document.note
            document.display_name = f"{name} ({note})" if note else name

    # ---------------------------------------------------------------- ACTIONS
    def action_receive(self):
        """Open the dialog that takes a paper in at the counter."""
        return self._open_dialog("receive", self.env._("Receive the Paper"))

    def action_refuse(self):
        """Open the dialog that asks why a paper is not good enough."""
        return self._open_dialog("refuse", self.env._("Refuse the Paper"))

    def action_waive(self):
        """Open the dialog that asks why a paper is not needed."""
        return self._open_dialog("waive", self.env._("Do Without the Paper"))

    def action_accept(self):
        """Say that papers were looked at and prove what they should."""
        self.request_id._check_staff("officer", "approver")
        for document in self:
            document._accept()
        return True

    def action_ask_again(self):
        """Want a paper again that was settled, because something speaks against it."""
        self.request_id._check_staff("officer", "approver")
        for document in self:
            document._ask_again()
        return True

    def action_open(self):
        """Open the paper with its files and its history."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _open_dialog(self, move, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "carloan.relief.document.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_document_id": self.id, "default_move": move},
        }

    # ------------------------------------------------------------------ MOVES
    def _receive(self, attachments, original_seen=False):
        """Take files in, or note that the original was shown.

        :param attachments: files that the caller has checked to be the user's to give
        """
        self.ensure_one()
        self._check_movable((*MISSING, "received"))
        if not attachments and not original_seen:
            raise UserError(
                self.env._(
                    "No file was given for %(paper)s. Attach it, or tick that the "
                    "original was shown at the counter.",
                    paper=self.display_name,
                )
            )
        # sudo: the checklist is written by its moves alone
        document_sudo = self.sudo()
        attachments.sudo().write({"res_model": self._name, "res_id": self.id})
        document_sudo._move(
            "received",
            attachment_ids=[(4, one.id) for one in attachments],
            original_seen=original_seen or self.original_seen,
            received_on=fields.Datetime.now(),
            received_by_id=self.env.uid,
            decided_on=False,
            decided_by_id=False,
            reason=False,
            valid_until=False,
        )

    def _accept(self):
        """Accept a paper; from now on its days of validity run."""
        self.ensure_one()
        self._check_movable(("received",))
        today = fields.Date.context_today(self)
        self._decide("accepted", valid_until=self.type_id._get_valid_until(today))

    def _refuse(self, reason):
        """Refuse a paper and say what is wrong with it: it is wanted again."""
        self.ensure_one()
        self._check_movable(("received", "accepted"))
        self._decide("refused", reason=self._check_reason(reason), valid_until=False)

    def _waive(self, reason):
        """Do without a paper, by somebody whom its type allows to."""
        self.ensure_one()
        self._check_movable((*MISSING, "received"))
        self._check_may_waive()
        self._decide("waived", reason=self._check_reason(reason), valid_until=False)

    def _ask_again(self):
        """Put a settled paper back on the list of what is wanted."""
        self.ensure_one()
        self._check_movable(SETTLED)
        self._move(
            "asked",
            asked_on=fields.Datetime.now(),
            asked_by_id=self.env.uid,
            decided_on=False,
            decided_by_id=False,
            valid_until=False,
            source_id=False,
            statement_id=False,
        )

    def _decide(self, state, **vals):
        self._move(
            state,
            decided_on=fields.Datetime.now(),
            decided_by_id=self.env.uid,
            **vals,
        )

    def _move(self, state, **vals):
        """Write a move and tell it on the case."""
        self.ensure_one()
        # sudo: the checklist is written by its moves alone
        self.sudo().write({"state": state, **vals})
        label = dict(self._fields["state"]._description_selection(self.env))[state]
        text = self.env._(
            "Paper %(paper)s: %(state)s.", paper=self.display_name, state=label
        )
        self.request_id._log(f"{text} {vals.get('reason') or ''}".strip())

    # ----------------------------------------------------------------- CHECKS
    def _check_movable(self, allowed):
        """Refuse a step on a closed case or from a state that does not allow it."""
        self.ensure_one()
        request = self.request_id
        request._lock()
        self.invalidate_recordset(["state"])
        if request.state not in OPEN_STATES:
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: its papers stay as they are.",
                    request=request.name,
                    state=request._get_state_label(),
                )
            )
        if self.state not in allowed:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(paper)s of %(request)s is %(state)s. This step is possible only "
                    "from: %(allowed)s. Reload the page to see where it stands.",
                    paper=self.display_name,
                    request=request.name,
                    state=labels[self.state],
                    allowed=", ".join(labels[name] for name in allowed),
                )
            )

    def _check_reason(self, reason):
        """Return a reason that says something."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(
                self.env._(
                    "Say why %(paper)s of %(request)s is refused or not needed: the "
                    "borrower and the approver read it.",
                    paper=self.display_name,
                    request=self.request_id.name,
                )
            )
        return reason

    def _check_may_waive(self):
        """Only the role that the type names, or a manager, does without a paper."""
        if self.env.su:
            return
        role = self.type_id.waiver_role
        if not self.env.user.has_group(f"carloan_relief.group_{role}"):
            roles = dict(
                self.type_id._fields["waiver_role"]._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "%(user)s may not do without %(paper)s: it takes the role "
                    "%(role)s. Ask the borrower for it, or a colleague with that role.",
                    user=self.env.user.name,
                    paper=self.display_name,
                    role=roles[role],
                )
            )

    # ------------------------------------------------------------------ WORDS
    def _is_settled(self, today):
        """Whether nothing more is wanted: settled, and not too old since."""
        self.ensure_one()
        fresh = not self.valid_until or self.valid_until >= today
        return self.state in SETTLED and fresh

    def _get_open_text(self, today):
        """Say what is still to be done about this paper."""
        self.ensure_one()
        if self.state in SETTLED:
            why = self.env._("was valid until %(date)s", date=self.valid_until)
        elif self.state == "received":
            why = self.env._("received, not checked yet")
        elif self.state == "refused":
            why = self.env._("refused: %(reason)s", reason=self.reason)
        else:
            why = self.env._("not received")
        return self.env._("%(paper)s (%(why)s)", paper=self.display_name, why=why)
