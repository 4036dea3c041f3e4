from odoo import api, fields, models

from ..models.closing.carloan_loan_prepayment import IN_ADVANCE_SELECTION


class CarloanRepayment(models.TransientModel):
    """Take a repayment of one loan."""

    _name = "carloan.repayment"
    _description = "Register a repayment"

    loan_id = fields.Many2one("carloan.loan", required=True, readonly=True)
    company_id = fields.Many2one(related="loan_id.company_id")
    currency_id = fields.Many2one(related="loan_id.currency_id")
    partner_id = fields.Many2one(related="loan_id.partner_id")
    overdue_amount = fields.Monetary(related="loan_id.overdue_amount")
    date = fields.Date(required=True, default=fields.Date.context_today)
    amount = fields.Monetary(
        required=True,
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    memo = fields.Char()
    loan_state = fields.Selection(related="loan_id.state")
    written_off_balance = fields.Monetary(related="loan_id.written_off_balance")
    collection_cost = fields.Monetary(
        help="What collecting this amount cost the lender: an expense, not owed by the "
        "borrower."
    )
    excess = fields.Monetary(
        string="Above what is due",
        compute="_compute_excess",
        help="Penalties up to the day of the repayment come first.",
    )
    in_advance = fields.Selection(
        IN_ADVANCE_SELECTION,
        string="Use it to",
        required=True,
        default="next",
        help="Repaid principal bears no more interest from that day on. An instalment "
        "that is skipped saves no interest.",
    )

    @api.depends("loan_id")
    def _compute_amount(self):
        for wizard in self:
            loan = wizard.loan_id
            owed = loan.overdue_amount or loan.written_off_balance
            wizard.amount = owed or loan.next_amount

    @api.depends("loan_id", "amount", "date")
    def _compute_excess(self):
        for wizard in self:
            # sudo: what a loan owes is read from the ledger
            loan_sudo = wizard.loan_id.sudo()
            owed = loan_sudo.overdue_amount
            if loan_sudo.state == "active" and wizard.date:
                penalty = loan_sudo._get_penalty_to_come(wizard.date)
                owed += loan_sudo._from_minor([penalty])[0]
            owed += loan_sudo.written_off_balance
            wizard.excess = max(wizard.amount - owed, 0.0)

    @api.depends("loan_id")
    def _compute_journal_id(self):
        for wizard in self:
            wizard.journal_id = wizard.loan_id.product_id.bank_journal_id

    def action_register(self):
        """Post the repayment and close the window."""
        self.ensure_one()
        self.loan_id.check_access("read")
        self.loan_id._check_may_post()
        payment = self.loan_id._register_repayment(
            self.amount, self.date, self.journal_id, self.memo
        )
        self._after_register(payment)
        return {"type": "ir.actions.act_window_close"}

    def _after_register(self, payment):
        """Post what goes with the repayment."""
        # sudo: managers take repayments without being accountants
        loan_sudo = self.loan_id.sudo()
        if loan_sudo.state == "written_off" and self.collection_cost:
            loan_sudo._post_collection_cost(payment.sudo(), self.collection_cost)
        if loan_sudo.state == "active" and self.in_advance != "next":
            loan_sudo._prepay(payment.sudo(), self.in_advance)
