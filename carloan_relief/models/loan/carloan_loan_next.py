from odoo import api, fields, models


class CarloanLoan(models.Model):
    """What the borrower pays next, which a holiday puts off."""

    _inherit = "carloan.loan"

    next_payment_date = fields.Date(
        "Next Payment On",
        compute="_compute_next_payment",
        help="The day of the next instalment that asks for money: those of a holiday "
        "may ask for none.",
    )
    next_payment = fields.Monetary(compute="_compute_next_payment")

    @api.depends("next_due_date", "next_amount", "instalment_ids.amount")
    def _compute_next_payment(self):
        rows = self._find_payments_after_holiday()
        for loan in self:
            row = rows.get(loan)
            loan.next_payment_date = row.due_date if row else loan.next_due_date
            loan.next_payment = row.amount if row else loan.next_amount

    def _find_payments_after_holiday(self):
        """Return {loan: its next instalment with an amount} where the next has none."""
        free = self.filtered(lambda loan: loan.next_due_date and not loan.next_amount)
        if not free:
            return {}
        rows = self.env["carloan.instalment"].search_fetch(
            [
                ("schedule_id", "in", free.schedule_id.ids),
                ("amount", ">", 0),
                ("due_date", ">", min(free.mapped("next_due_date"))),
            ],
            ["loan_id", "due_date", "amount"],
            order="due_date",
        )
        found = {}
        for row in rows:
            if row.due_date > row.loan_id.next_due_date:
                found.setdefault(row.loan_id, row)
        return found
