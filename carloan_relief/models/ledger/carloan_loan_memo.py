from odoo import fields, models


class CarloanLoan(models.Model):
    """What a loan owes outside the books."""

    _inherit = "carloan.loan"

    memo_ids = fields.One2many("carloan.memo", "loan_id", string="Memo registers")
    memo_balance = fields.Monetary(
        compute="_compute_memo_balance",
        help="Owed outside the books: suspended interest and penalties, and what was "
        "written off.",
    )

    def _compute_memo_balance(self):
        sums = dict(
            self.env["carloan.memo"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["amount:sum"]
            )
        )
        for loan in self:
            loan.memo_balance = sums.get(loan, 0.0)

    def action_view_memo(self):
        """Open the memo registers of these loans."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_memo_action"
        )
        action["domain"] = [("loan_id", "in", self.ids)]
        return action
