from odoo import fields, models


class CarloanAgedBalanceLine(models.TransientModel):
    """What one loan owes of one component, in buckets of days past due."""

    _name = "carloan.aged.balance.line"
    _description = "Line of aged balances"
    _transient_max_hours = 12.0
    _order = "loan_id, component"
    _rec_name = "loan_id"

    report_id = fields.Many2one(
        "carloan.aged.balance", required=True, index=True, ondelete="cascade"
    )
    loan_id = fields.Many2one("carloan.loan", readonly=True, ondelete="cascade")
    product_id = fields.Many2one("carloan.product", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Borrower", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    component = fields.Selection(
        [
            ("principal", "Principal"),
            ("interest", "Interest"),
            ("fee", "Fee"),
            ("penalty", "Penalty"),
            ("credit", "Borrower's credit"),
        ],
        readonly=True,
    )
    oldest_due_date = fields.Date(string="Oldest overdue", readonly=True)
    not_due = fields.Monetary(readonly=True)
    due_30 = fields.Monetary(string="1-30 days", readonly=True)
    due_60 = fields.Monetary(string="31-60 days", readonly=True)
    due_90 = fields.Monetary(string="61-90 days", readonly=True)
    due_180 = fields.Monetary(string="91-180 days", readonly=True)
    due_360 = fields.Monetary(string="181-360 days", readonly=True)
    due_more = fields.Monetary(string="Over 360 days", readonly=True)
    total = fields.Monetary(readonly=True)

    def action_view_items(self):
        """Open the journal items that make up this line on its day."""
        self.ensure_one()
        self.check_access("read")
        self.report_id._check_may_read_books()
        items = self.report_id._find_open_items(self.loan_id, self.component)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_line_carloan_action"
        )
        action["domain"] = [("id", "in", items.ids)]
        action["context"] = {}
        return action
