from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_write_off_id = fields.Many2one(
        "carloan.write.off",
        string="Write-off",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override: a repayment on which something stands goes after that."""
        for move in self.filtered(lambda one: one.carloan_event == "repay"):
            # sudo: what stands on it must be known whatever the user may read
            move_sudo = move.sudo()
            move_sudo.carloan_loan_id._check_repayment_undoable(move_sudo)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def action_carloan_undo(self):
        """Override: an entry of a case is undone with all of the case."""
        action = super().action_carloan_undo()
        if self.carloan_write_off_id:
            action["context"] = {"default_write_off_id": self.carloan_write_off_id.id}
        return action
