from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

GROUPS = {
    "officer": "carloan_relief.group_officer",
    "approver": "carloan_relief.group_approver",
    "manager": "carloan_relief.group_manager",
    "accountant": "account.group_account_invoice",
}
# what every case keeps out of the reach of forms and RPC calls
GUARDED = {"name", "state", "company_id", "proposer_id", "decider_id", "poster_id"}


class CarloanClosingMixin(models.AbstractModel):
    """A case that ends a loan otherwise than by its instalments.

    Proposer, decider and poster differ; nobody handles a loan of their own; what the
    case decided is written by its buttons alone.
    """

    _name = "carloan.closing.mixin"
    _description = "Case that ends a loan"
    _inherit = ["mail.thread", "mail.activity.mixin", "carloan.engine.mixin"]
    _order = "id desc"
    _check_company_auto = True
    # further fields that only the buttons write, the states of a loan that may get such
    # a case, and the code of the sequence
    _closing_guarded = frozenset()
    _closing_loan_states = ("active",)
    # the states that end a case: beside one in any other its loan gets no second one
    _closing_over = ("rejected", "undone")
    _closing_sequence = ""
    # the field of the window that undoes such a case, how the keys of its events begin,
    # and the states from which it is undone
    _closing_undo = ""
    _closing_key = ""
    _closing_undoable = ("done",)
    # what stands still once the case is no longer a draft
    _closing_facts = frozenset()
    # whether who makes the case proposes it, or who submits it
    _closing_proposed_at_once = False

    name = fields.Char("Reference", readonly=True, copy=False, index="trigram")
    loan_id = fields.Many2one(
        "carloan.loan",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="loan_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="loan_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="loan_id.partner_id", store=True, precompute=True
    )
    team_id = fields.Many2one(related="loan_id.team_id")
    proposer_id = fields.Many2one("res.users", readonly=True, copy=False)
    decider_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False
    )
    poster_id = fields.Many2one(
        "res.users", string="Posted by", readonly=True, copy=False
    )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override to number the cases and to keep decisions out of reach."""
        self.check_access("create")  # who may not, learns of no other case
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            # what a form sends with a new record
            sent = {name: value for name, value in vals.items() if value}
            if sent.get("state") == "draft":
                del sent["state"]
            self._check_guarded(sent)
            loan = self._check_loan(vals.get("loan_id"))
            sequence = self.env["ir.sequence"].with_company(loan.sudo().company_id)
            vals["name"] = sequence.next_by_code(self._closing_sequence)
        self._check_none_live([vals.get("loan_id") for vals in vals_list])
        cases = super().create(vals_list)
        if self._closing_proposed_at_once:
            # sudo: who proposes is no field to write
            cases.sudo().write({"proposer_id": self.env.uid})
        return cases

    def write(self, vals):
        """Override to keep decisions out of reach, and a decided case as it is."""
        self._check_guarded(vals)
        if self._closing_facts & set(vals):
            self._check_open()
        if "loan_id" in vals:
            self._check_loan(vals["loan_id"])
            self._check_none_live([vals["loan_id"]] * len(self))
        result = super().write(vals)
        if self._closing_proposed_at_once and self._get_proposal() & set(vals):
            self._note_proposer()
        return result

    def _get_proposal(self):
        """Return the facts that another person decides on; not where money goes."""
        return self._closing_facts - {"journal_id"}

    def _note_proposer(self):
        """Note that whoever changed a draft proposes it, and cannot approve it too."""
        if not self.env.su:
            # sudo: who proposes is no field to write
            self.sudo().write({"proposer_id": self.env.uid})

    def _get_live_domain(self):
        """Return which cases let their loan have no second one, as the index does."""
        return Domain("state", "not in", self._closing_over)

    def _check_none_live(self, loan_ids):
        """Refuse a second case of a loan; an index stops what comes at once.

        :param loan_ids: of the cases to be made, or of these that get another loan
        """
        others = Domain("loan_id", "in", loan_ids) & Domain("id", "not in", self.ids)
        # sudo: a case of another team counts as well
        live_sudo = self.sudo().search(others & self._get_live_domain(), limit=1)
        if live_sudo:
            live_sudo._raise_live()
        twice = [loan_id for loan_id in loan_ids if loan_ids.count(loan_id) > 1]
        if any(twice):
            # sudo: the message names it, as that about a case of another team does
            raise UserError(
                self.env._(
                    "Loan %(loan)s is given two cases at once: leave one of them out.",
                    loan=self.env["carloan.loan"].sudo().browse(twice[0]).name,
                )
            )

    def _raise_live(self):
        """Raise that the loan has this case already, and what to do with it."""
        kind = self.env["ir.model"]._get(self._name).name
        labels = dict(self._fields["state"]._description_selection(self.env))
        facts = {
            "loan": self.loan_id.name,
            "kind": kind,
            "case": self.name,
            "state": labels[self.state].lower(),
        }
        if self.state in self._closing_undoable:
            raise UserError(
                self.env._(
                    "Loan %(loan)s already has %(case)s (%(kind)s, %(state)s), which "
                    "stands in the books. Go on with that one, or undo it first.",
                    **facts,
                )
            )
        raise UserError(
            self.env._(
                "Loan %(loan)s already has %(case)s (%(kind)s, %(state)s). Go on with "
                "that one, or cancel, reject or delete it first.",
                **facts,
            )
        )

    def _check_loan(self, loan_id):
        """Return the loan of a case; refuse one out of reach or in a wrong state."""
        loan = self.env["carloan.loan"].browse(loan_id)
        loan.check_access("read")
        if loan:
            loan._check_state(*self._closing_loan_states)
        return loan

    def _check_open(self):
        """Refuse to change what cases were decided on."""
        decided = self.filtered(lambda case: case.state != "draft")
        if decided and not self.env.su:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s is no longer a draft: its facts stay as "
                    "they were approved. Reject or undo it, and make a new one.",
                    case=decided[0].name,
                    loan=decided[0].loan_id.name,
                )
            )

    def _check_guarded(self, vals):
        """Refuse values that only the buttons of a case write, empty ones too."""
        guarded = (GUARDED | self._closing_guarded) & set(vals)
        if guarded and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of a case are written by its buttons alone.",
                    fields=", ".join(sorted(guarded)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_only_draft(self):
        for case in self:
            if case.state != "draft":
                raise UserError(
                    self.env._(
                        "%(case)s of loan %(loan)s is no longer a draft and stays in "
                        "the file. Undo or reject it instead.",
                        case=case.name,
                        loan=case.loan_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # WHO AND WHEN
    # ------------------------------------------------------------------

    def _check_roles(self, *roles):
        """Refuse a step by somebody who has none of the roles or is related.

        :param roles: keys of ``GROUPS``
        """
        self.check_access("read")
        if self.env.su:
            return
        if not self.env.user.has_groups(",".join(GROUPS[role] for role in roles)):
            raise AccessError(
                self.env._(
                    "%(user)s may not take this step with %(case)s: it is for "
                    "%(roles)s.",
                    user=self.env.user.name,
                    case=", ".join(self.mapped("name")),
                    roles=", ".join(self._get_role_labels(roles)),
                )
            )
        for case in self:
            case._check_not_own()

    def _get_role_labels(self, roles):
        labels = {
            "officer": self.env._("an officer"),
            "approver": self.env._("an approver"),
            "manager": self.env._("a manager"),
            "accountant": self.env._("an accountant"),
        }
        return [labels[role] for role in roles]

    def _check_not_own(self):
        """Nobody handles their own loan or that of a relative."""
        # sudo: who may not act must be known whatever the user may read
        loan_sudo = self.sudo().loan_id
        partners = loan_sudo.partner_id | loan_sudo.party_ids.partner_id
        own = self.env.user.sudo().partner_id.commercial_partner_id
        if own in partners.commercial_partner_id:
            raise AccessError(
                self.env._(
                    "%(user)s is a party of loan %(loan)s and may not handle "
                    "%(case)s. Ask a colleague.",
                    user=self.env.user.name,
                    loan=loan_sudo.name,
                    case=self.name,
                )
            )

    def _check_other_than(self, users):
        """Refuse a step by somebody who took an earlier one."""
        if not self.env.su and self.env.user in users:
            raise AccessError(
                self.env._(
                    "%(user)s took an earlier step of %(case)s and may not take this "
                    "one too: proposer, approver and poster differ. Ask a colleague.",
                    user=self.env.user.name,
                    case=self.name,
                )
            )

    def _check_case_state(self, *states):
        """Refuse when the case is in none of `states`, after taking its lock.

        Two people pressing the same button: one wins, the other is told.
        """
        self.ensure_one()
        self.loan_id._lock()
        self.invalidate_recordset(["state"])
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s is %(state)s; this needs one that is "
                    "%(allowed)s.",
                    case=self.name,
                    loan=self.loan_id.name,
                    state=labels[self.state].lower(),
                    allowed=", ".join(labels[state].lower() for state in states),
                )
            )

    # ------------------------------------------------------------------
    # MOVING ON
    # ------------------------------------------------------------------

    def _set_state(self, state, note, **values):
        """Move the case on and leave a note on it and on its loan."""
        # sudo: states and decisions are no fields to write
        self_sudo = self.sudo()
        self_sudo.write({"state": state, **values})
        # the index of one live case per loan must see it before the next is made
        self_sudo.flush_recordset(["state"])
        self_sudo._message_log(body=note)
        self_sudo.loan_id._message_log(body=f"{self.name}: {note}")

    # ------------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------------

    def action_undo(self):
        """Open the window that asks when and why this case is undone."""
        self.ensure_one()
        self._check_roles("manager", "accountant")
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.undo",
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{self._closing_undo}": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Undo"),
        }

    def _undo(self, date, reason):
        """Undo the last step of this case; nothing may stand on it.

        :return: the entries made
        """
        self.ensure_one()
        self._check_roles("manager", "accountant")
        self._check_case_state(*self._closing_undoable)
        self._check_undo_blocker()
        state = self._get_state_undone()
        made = self._undo_entries(date, reason)
        self._set_state(state, self.env._("Undone: %(reason)s", reason=reason))
        return made

    def _get_state_undone(self):
        """Return the state of a case whose last step is undone."""
        return "undone"

    def _get_schedule_sudo(self):
        """Return the schedule that this case made, empty where it made none."""
        key = f"{self._closing_key}:{self.id}"
        # sudo: schedules of any officer's loan
        return self.sudo().loan_id.schedule_ids.filtered(
            lambda one: one.event_key == key
        )

    def _check_undo_blocker(self):
        """Refuse to undo a case on which something stands, and say what."""
        blocker = self._find_undo_blocker()
        if blocker:
            raise UserError(
                self.env._(
                    "%(case)s of loan %(loan)s cannot be undone: %(blocker)s.",
                    case=self.name,
                    loan=self.loan_id.name,
                    blocker=blocker,
                )
            )

    def _find_moves(self, key):
        """Return the entries of an event key, undone ones included."""
        # sudo: those who decide need not read the books
        return (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("carloan_event_key", "=like", f"{key}:%"),
                    ("company_id", "=", self.company_id.id),
                ]
            )
        )

    def action_view_loan(self):
        """Open the loan of this case."""
        self.ensure_one()
        return self.loan_id._get_records_action()
