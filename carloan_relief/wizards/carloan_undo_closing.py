from odoo import api, fields, models


class CarloanUndo(models.TransientModel):
    """The cases that end a loan are undone by the same window."""

    _inherit = "carloan.undo"

    write_off_id = fields.Many2one(
        "carloan.write.off", string="Write-off", readonly=True
    )

    @api.depends("write_off_id")
    def _compute_loan_id(self):
        """Override to know the loan of a case."""
        result = super()._compute_loan_id()
        for wizard in self:
            if case_sudo := wizard._get_case_sudo():
                wizard.loan_id = case_sudo.loan_id
        return result

    @api.depends("write_off_id")
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
        return self.write_off_id.sudo()

    def _get_effect(self):
        """Override for the cases."""
        if self.write_off_id:
            return self.env._(
                "The entries of the write-off are reversed: the loan is active again, "
                "due on its own dates, with the allowance it had."
            )
        return super()._get_effect()

    def action_confirm(self):
        """Override: a case is undone by itself, which checks who may."""
        self.ensure_one()
        if case := self._get_case_sudo().sudo(self.env.su):
            case._undo(self.date, self.reason)
            return {"type": "ir.actions.act_window_close"}
        return super().action_confirm()
