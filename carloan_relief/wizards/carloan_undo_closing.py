from odoo import api, fields, models


class CarloanUndo(models.TransientModel):
    """The cases that end a loan are undone by the same window."""

    _inherit = "carloan.undo"

    write_off_id = fields.Many2one(
        "carloan.write.off", string="Write-off", readonly=True
    )
    settlement_id = fields.Many2one(
        "carloan.settlement", string="Early settlement", readonly=True
    )
    repossession_id = fields.Many2one(
        "carloan.repossession", string="Vehicle taken", readonly=True
    )
    schedule_id = fields.Many2one("carloan.schedule", readonly=True)

    @api.depends("write_off_id", "settlement_id", "repossession_id", "schedule_id")
    def _compute_loan_id(self):
        """Override to know the loan of a case."""
        result = super()._compute_loan_id()
        for wizard in self:
            # sudo: see _get_case_sudo
            wizard.loan_id |= (
                wizard._get_case_sudo().loan_id | wizard.schedule_id.sudo().loan_id
            )
        return result

    @api.depends("write_off_id", "settlement_id", "repossession_id", "schedule_id")
    def _compute_effect(self):
        """Override to say what undoing a case does, and what stands on it."""
        result = super()._compute_effect()
        for wizard in self:
            if case_sudo := wizard._get_case_sudo():
                wizard.blocker = case_sudo._find_undo_blocker()
        return result

    def _get_case_sudo(self):
        """Return the case to undo, empty for another event."""
        # sudo: what stands on a case is told to whoever may undo it; the case itself
        # checks who may
        return (
            self.write_off_id.sudo()
            or self.settlement_id.sudo()
            or self.repossession_id.sudo()
        )

    def _get_schedule_sudo(self):
        """Override for a schedule that money paid ahead made."""
        # sudo: see _get_case_sudo
        return self.schedule_id.sudo() or super()._get_schedule_sudo()

    def _get_effect(self):
        """Override for the cases."""
        if self.write_off_id:
            return self.env._(
                "The entries of the write-off are reversed: the loan is active again, "
                "due on its own dates, with the allowance it had."
            )
        if self.settlement_id:
            return self.env._(
                "The loan goes on by its instalments as before. What was paid becomes "
                "the borrower's credit; if it bounced, undo the repayment after this."
            )
        if self.repossession_id.state == "sold":
            return self.env._(
                "The entry of the sale is reversed: the vehicle stands in the books "
                "again."
            )
        if self.repossession_id:
            return self.env._(
                "The entries are reversed: the vehicle is the borrower's, and the "
                "claim stands as it did, due on its own dates."
            )
        if self.schedule_id:
            return self.env._(
                "The schedule before is in force again, and what was repaid ahead "
                "becomes the borrower's credit."
            )
        if self.move_id.carloan_event == "refund":
            return self.env._(
                "The money is the borrower's credit again, and pays what has fallen "
                "due since."
            )
        if self.move_id.carloan_event == "repay" and self._is_paid_back():
            return self.env._(
                "What the repayment paid is due again from its own date. A credit of "
                "this loan was paid back: what no other money covers of it is owed "
                "from the day on which it was."
            )
        return super()._get_effect()

    def _is_paid_back(self):
        """Tell whether a credit of the loan was paid back, and that stands."""
        # sudo: what follows is told to whoever may undo it
        return bool(self.loan_id.sudo()._find_standing_payments("outbound"))

    def _undo_move(self):
        """Override for a credit that was paid back."""
        if self.move_id.carloan_event != "refund":
            return super()._undo_move()
        self._check_event()
        self.move_id.check_access("read")
        self.loan_id._check_may_post()
        return self.loan_id._undo_refund(self.move_id, self.date, self.reason)

    def action_confirm(self):
        """Override: a case is undone by itself, which checks who may."""
        self.ensure_one()
        if case := self._get_case_sudo().sudo(self.env.su):
            case._undo(self.date, self.reason)
            return {"type": "ir.actions.act_window_close"}
        if self.schedule_id:
            self.schedule_id.check_access("read")
            self.loan_id._check_may_post()
            self.loan_id._undo_prepayment(
                self.schedule_id, self.date, self.reason, self.cascade
            )
            return {"type": "ir.actions.act_window_close"}
        return super().action_confirm()
