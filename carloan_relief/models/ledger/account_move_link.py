from odoo import api, fields, models


class AccountMove(models.Model):
    """From an entry to the loans and instalments behind it.

    Most entries are of one loan; accruals, openings and allowances hold many.
    """

    _inherit = "account.move"

    carloan_loan_count = fields.Integer(
        string="Number of loans", compute="_compute_carloan_counts"
    )
    carloan_instalment_count = fields.Integer(
        string="Number of loan instalments", compute="_compute_carloan_counts"
    )

    @api.depends("line_ids.carloan_loan_id", "line_ids.carloan_instalment_id")
    def _compute_carloan_counts(self):
        groups = self.env["account.move.line"]._read_group(
            [("move_id", "in", self.ids), ("carloan_loan_id", "!=", False)],
            ["move_id"],
            ["carloan_loan_id:count_distinct", "carloan_instalment_id:count_distinct"],
        )
        counts = {move: numbers for move, *numbers in groups}
        for move in self:
            loans, instalments = counts.get(move._origin, (0, 0))
            move.carloan_loan_count = loans
            move.carloan_instalment_count = instalments

    def action_view_carloan(self):
        """Open the loan of this entry, or the loans of its items."""
        self.ensure_one()
        loans = self.carloan_loan_id or self.line_ids.carloan_loan_id
        return loans._get_records_action(name=self.env._("Car loans"))

    def action_view_carloan_instalments(self):
        """Open the instalments that this entry bills or pays."""
        self.ensure_one()
        instalments = self.line_ids.carloan_instalment_id
        return instalments._get_records_action(name=self.env._("Instalments"))
