from odoo import fields, models

from .carloan_loan import ACCOUNTING_GROUPS


class CarloanInstalment(models.Model):
    """From an instalment to its entries: bill, penalties, repayments, relief."""

    _inherit = "carloan.instalment"

    move_count = fields.Integer(
        string="Entries", compute="_compute_move_count", groups=ACCOUNTING_GROUPS
    )

    def _compute_move_count(self):
        counts = dict(
            self.env["account.move.line"]._read_group(
                [("carloan_instalment_id", "in", self.ids)],
                ["carloan_instalment_id"],
                ["move_id:count_distinct"],
            )
        )
        for instalment in self:
            instalment.move_count = counts.get(instalment, 0)

    def action_view_moves(self):
        """Open the entries of these instalments."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_carloan_action"
        )
        action["domain"] = [("line_ids.carloan_instalment_id", "in", self.ids)]
        action["context"] = {"create": False}
        return action

    def action_view_loan(self):
        """Open the loan of this instalment."""
        self.ensure_one()
        return self.loan_id._get_records_action()
