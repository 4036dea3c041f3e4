from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanMoneyWindow(models.AbstractModel):
    """A window that takes or gives money of a loan: one window, one payment."""

    _name = "carloan.money.window"
    _description = "Money of a loan"

    loan_id = fields.Many2one("carloan.loan", required=True, readonly=True)
    company_id = fields.Many2one(related="loan_id.company_id")
    currency_id = fields.Many2one(related="loan_id.currency_id")
    partner_id = fields.Many2one(related="loan_id.partner_id")
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
    registered = fields.Boolean(readonly=True, copy=False)

    def _compute_amount(self):
        """Propose how much; each window knows of what."""
        raise NotImplementedError

    @api.depends("loan_id")
    def _compute_journal_id(self):
        for window in self:
            window.journal_id = window.loan_id.product_id.bank_journal_id

    def _check_may_register(self):
        """Refuse a loan that the user may not post for, and a second payment."""
        self.ensure_one()
        self.loan_id.check_access("read")
        self.loan_id._check_may_post()
        if self.registered:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: this payment of %(amount)s is registered already. "
                    "Open the window anew for another one.",
                    loan=self.loan_id.name,
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _note_registered(self):
        """Remember that it is done, and close the window."""
        # sudo: nobody else says that it is done
        self.sudo().registered = True
        return {"type": "ir.actions.act_window_close"}
