from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CarloanUndo(models.TransientModel):
    """A payment that the bank took back, with its reason and its fee."""

    _inherit = "carloan.undo"

    is_repayment = fields.Boolean(compute="_compute_is_repayment")
    returned = fields.Boolean(
        string="The bank took it back",
        help="Not set: it was entered by mistake, and costs nothing.",
    )
    return_reason_id = fields.Many2one(
        "carloan.return.reason",
        string="Reason of the bank",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )
    company_id = fields.Many2one(related="move_id.company_id")
    currency_id = fields.Many2one("res.currency", compute="_compute_return_fee")
    return_fee = fields.Monetary(
        string="Fee for the borrower", compute="_compute_return_fee"
    )
    waive_return_fee = fields.Boolean(
        string="Do not ask for the fee", help="For managers, and noted on the loan."
    )
    waive = fields.Boolean(help="Give up what is unpaid instead of undoing the entry.")

    @api.depends("move_id")
    def _compute_is_repayment(self):
        for wizard in self:
            wizard.is_repayment = wizard.move_id.carloan_event == "repay"

    @api.depends("move_id", "returned", "return_reason_id", "date")
    def _compute_return_fee(self):
        for wizard in self:
            # sudo: the fee follows from the contract of the loan
            loan_sudo = wizard.loan_id.sudo()
            wizard.currency_id = loan_sudo.currency_id
            fee = 0
            if wizard.returned and wizard.return_reason_id and wizard.date:
                fee = loan_sudo._get_return_fee(wizard.return_reason_id, wizard.date)
            wizard.return_fee = loan_sudo._from_minor([fee])[0] if fee else 0.0

    @api.onchange("return_reason_id")
    def _onchange_return_reason_id(self):
        if self.return_reason_id:
            self.reason = self.return_reason_id.name

    @api.depends("waive", "move_id")
    def _compute_effect(self):
        """Override to depend on what the window is for."""
        return super()._compute_effect()

    def _get_effect(self):
        """Override for fees."""
        if self.waive:
            return self.env._(
                "What is unpaid of the fee is given up: the borrower no longer owes it."
            )
        if self.move_id.carloan_event == "fee":
            return self.env._(
                "The fee is no longer owed. What was paid of it settles what else is "
                "due, or stays the borrower's credit."
            )
        if self.move_id.carloan_event == "waive" and not self.request_id:
            return self.env._("The fee is owed again from its own day.")
        return super()._get_effect()

    def _undo_move(self):
        """Override for fees, and for what the bank took back."""
        move, loan = self.move_id, self.loan_id
        key = move.carloan_event_key or ""
        if self.waive:
            return self._waive_fee()
        if move.carloan_event == "fee" or key.startswith("waive:fee:"):
            move.check_access("read")
            loan._check_may_post()
            return loan._undo_fee(move, self.date, self.reason)
        if move.carloan_event == "repay" and self.returned:
            return self._return_repayment()
        return super()._undo_move()

    def _waive_fee(self):
        """Waive a fee: for managers."""
        self.move_id.check_access("read")
        self._check_may_waive()
        return self.loan_id._waive_fee(self.move_id, self.date, self.reason)

    def _check_may_waive(self):
        """Refuse who may not give up what a borrower owes, by policy."""
        self.loan_id._check_may_post()
        # sudo: the policy is the same whoever asks
        policy = self.env["carloan.return.fee"]._get_for(self.loan_id.sudo())
        manages = self.env.user.has_group("carloan_relief.group_manager")
        if not manages and not policy.desk_waiver:
            raise AccessError(
                self.env._(
                    "By policy only a manager may waive the fee of loan %(loan)s: ask "
                    "one of them.",
                    # sudo: the name alone, of a loan of whatever team
                    loan=self.loan_id.sudo().name,
                )
            )

    def _return_repayment(self):
        """Undo what the bank took back."""
        self.move_id.check_access("read")
        self.loan_id._check_may_post()
        if not self.return_reason_id:
            raise UserError(
                self.env._(
                    "%(move)s of loan %(loan)s: choose why the bank took the payment "
                    "back; or say that it was entered by mistake.",
                    move=self.move_id.name,
                    # sudo: the name alone
                    loan=self.loan_id.sudo().name,
                )
            )
        if self.waive_return_fee:
            self._check_may_waive()
        return self.loan_id._return_repayment(
            self.move_id,
            self.date,
            self.return_reason_id,
            note=self.reason,
            waived=self.waive_return_fee,
        )
