from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanRefund(models.TransientModel):
    """Pay a borrower's credit back."""

    _name = "carloan.refund"
    _inherit = ["carloan.money.window"]
    _description = "Pay back a borrower's credit"

    credit_balance = fields.Monetary(related="loan_id.credit_balance")
    free_credit = fields.Monetary(
        string="Can be paid back",
        compute="_compute_free_credit",
        help="What is left of the credit once all that is due today is paid.",
    )
    paid_by = fields.Char(string="Credit paid in by", compute="_compute_paid_by")
    journal_id = fields.Many2one(string="Paid from")
    payee_id = fields.Many2one(
        "res.partner",
        string="Paid to",
        required=True,
        compute="_compute_payee_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Who paid the credit in: the borrower, or somebody on their behalf.",
    )
    bank_account_id = fields.Many2one(
        "res.partner.bank",
        string="Bank account",
        compute="_compute_bank_account_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('partner_id', '=', payee_id),"
        " ('company_id', 'in', (False, company_id))]",
    )
    note = fields.Char(
        string="Why somebody else is paid",
        help="Needed when it is neither the borrower nor who paid.",
    )

    @api.depends("loan_id")
    def _compute_free_credit(self):
        today = fields.Date.context_today(self)
        for wizard in self:
            # sudo: what a loan owes is read from the ledger
            loan_sudo = wizard.loan_id._origin.sudo()
            free = loan_sudo._get_free_credit(today) if loan_sudo else 0
            wizard.free_credit = loan_sudo._from_minor([free])[0] if free else 0.0

    @api.depends("loan_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.free_credit

    @api.depends("loan_id")
    def _compute_payee_id(self):
        for wizard in self:
            # sudo: managers take and give money without reading payments
            loan_sudo = wizard.loan_id._origin.sudo()
            payee = (
                loan_sudo._get_default_payee() if loan_sudo else loan_sudo.partner_id
            )
            wizard.payee_id = payee.sudo(self.env.su)

    @api.depends("loan_id")
    def _compute_paid_by(self):
        """Name who paid in; a bank may have given a name alone."""
        for wizard in self:
            # sudo: see `_compute_payee_id`
            loan_sudo = wizard.loan_id._origin.sudo()
            payments_sudo = (
                loan_sudo._find_credit_payments()
                if loan_sudo
                else loan_sudo.payment_ids
            )
            names = [
                one.carloan_payer_name or one._get_carloan_payer().display_name
                for one in payments_sudo
            ]
            wizard.paid_by = ", ".join(dict.fromkeys(names)) or False

    @api.depends("payee_id")
    def _compute_bank_account_id(self):
        for wizard in self:
            # sudo: to whom money goes is for whoever pays it to see
            accounts_sudo = wizard.payee_id.sudo().bank_ids.filtered(
                lambda one, wizard=wizard: (
                    one.company_id.id in (False, wizard.company_id.id)
                )
            )
            wizard.bank_account_id = accounts_sudo[:1].sudo(self.env.su)

    def action_pay_back(self):
        """Post the payment and close the window."""
        self._check_may_register()
        self._check_bank_account()
        self.loan_id._register_refund(
            self.amount,
            self.date,
            self.payee_id,
            self.journal_id,
            memo=self.memo,
            note=self.note,
            bank_account=self.bank_account_id,
        )
        return self._note_registered()

    def _check_bank_account(self):
        """Refuse the account of somebody else than who is to be paid."""
        account_sudo = self.bank_account_id.sudo()  # the message names it
        if account_sudo and account_sudo.partner_id != self.payee_id:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: account %(account)s belongs to %(owner)s, not to "
                    "%(payee)s. Choose an account of who is paid.",
                    loan=self.loan_id.name,
                    account=account_sudo.acc_number,
                    owner=account_sudo.partner_id.display_name,
                    payee=self.payee_id.display_name,
                )
            )
