from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CarloanUndo(models.TransientModel):
    """Ask when and why an event of a loan is undone, and say what follows."""

    _name = "carloan.undo"
    _description = "Undo an event of a loan"

    move_id = fields.Many2one("account.move", string="Entry", readonly=True)
    request_id = fields.Many2one(
        "carloan.relief.request", string="Relief Request", readonly=True
    )
    memo_id = fields.Many2one(
        "carloan.memo", string="Line of the register", readonly=True
    )
    loan_id = fields.Many2one("carloan.loan", compute="_compute_loan_id")
    date = fields.Date(
        required=True,
        default=fields.Date.context_today,
        help="Day of the reversing entries.",
    )
    reason = fields.Char(required=True)
    cascade = fields.Boolean(
        string="Undo the bills made since, too",
        help="The bills of the schedule in force are reversed, and what the schedule "
        "before asks for is billed, due on its own dates.",
    )
    has_bills = fields.Boolean(compute="_compute_effect")
    blocker = fields.Char(compute="_compute_effect")
    effect = fields.Char(compute="_compute_effect")

    @api.depends("move_id", "request_id", "memo_id")
    def _compute_loan_id(self):
        for wizard in self:
            # sudo: the name of the loan; who may undo is checked by the step itself
            move_sudo = wizard.move_id.sudo()
            request_sudo = wizard.request_id.sudo()
            wizard.loan_id = (
                request_sudo.loan_id
                or move_sudo.carloan_loan_id
                or wizard.memo_id.sudo().loan_id
            )

    @api.depends("move_id", "request_id", "memo_id", "cascade")
    def _compute_effect(self):
        for wizard in self:
            schedule_sudo = wizard._get_schedule_sudo()
            wizard.has_bills = "billed" in schedule_sudo.instalment_ids.mapped("state")
            wizard.blocker = False
            if schedule_sudo:
                wizard.blocker = schedule_sudo.loan_id._find_relief_blocker(
                    schedule_sudo, wizard.cascade
                )
            if charge_sudo := wizard.memo_id.sudo():
                lines_sudo = charge_sudo._get_charge()
                wizard.blocker, _day = wizard.loan_id.sudo()._find_penalty_blocker(
                    lines_sudo
                )
            wizard.effect = wizard._get_effect()

    @api.constrains("reason")
    def _check_reason(self):
        """Refuse blanks: an auditor reads later why something was taken back."""
        for wizard in self:
            if not (wizard.reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the reason is blank. In a few words, say why "
                        "this is undone.",
                        # sudo: the name alone
                        loan=wizard.loan_id.sudo().name or "",
                    )
                )

    def _get_schedule_sudo(self):
        """Return the schedule that the relief made, empty for another event."""
        # sudo: what stands on a relief is told to whoever may undo it
        request_sudo = self.request_id.sudo()
        return request_sudo.loan_id.schedule_ids.filtered(
            lambda one: one.request_id == request_sudo
        )[:1]

    def _get_effect(self):
        """Return in words what undoing does."""
        if self.request_id:
            return self.env._(
                "The entries of the relief are reversed and the schedule before it "
                "is in force again. Days past due count on that schedule. What it "
                "waived is owed again, and what was paid since is allocated anew in "
                "the agreed order. Penalties on its bills are reversed, and the days "
                "on which it stood bear none."
            )
        if self.move_id.carloan_event == "repay":
            return self.env._(
                "What the repayment paid is due again from its own date; later "
                "repayments are allocated as if it had never come in."
            )
        if self.memo_id or self.move_id.carloan_event == "penalty":
            return self.env._(
                "The penalty is no longer owed. Its days are open again: the next "
                "charge counts them, by the terms of the contract."
            )
        return self.env._(
            "The instalment is planned again. The next billing run bills it if its "
            "due date has come."
        )

    def action_confirm(self):
        """Undo the event; the loan and the case check whether they allow it."""
        self.ensure_one()
        if self.request_id:
            self.request_id.check_access("read")
            self.request_id._undo(self.date, self.reason, self.cascade)
        elif self.memo_id:
            self.memo_id.check_access("read")
            self.loan_id._check_may_post()
            self.loan_id._undo_suspended_penalty(self.memo_id, self.date, self.reason)
        else:
            self._undo_move()
        return {"type": "ir.actions.act_window_close"}

    def _undo_move(self):
        """Undo the event of one entry."""
        self._check_event()
        self.move_id.check_access("read")
        loan = self.loan_id
        loan._check_may_post()
        undo = {
            "repay": loan._undo_repayment,
            "bill": loan._undo_bill,
            "penalty": loan._undo_penalty,
        }
        event = self.move_id.carloan_event
        if event not in undo:
            raise UserError(
                self.env._(
                    "%(move)s of loan %(loan)s cannot be undone from the entry: only "
                    "a repayment, a bill, a penalty or a relief can.",
                    move=self.move_id.name,
                    loan=loan.name,
                )
            )
        undo[event](self.move_id, self.date, self.reason)

    def _check_event(self):
        """Refuse what is no event of a loan in the books."""
        move = self.move_id
        if not move.carloan_event or move.state != "posted":
            raise UserError(
                self.env._(
                    "%(move)s is no posted entry of a loan: there is nothing to undo. "
                    "Open the entry, or the loan, and press Undo there.",
                    move=move.display_name or self.env._("No entry"),
                )
            )
