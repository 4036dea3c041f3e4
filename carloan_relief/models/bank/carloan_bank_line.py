from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools import bank

STATES = [
    ("matched", "Matched"),
    ("to_check", "To check"),
    ("unmatched", "Not matched"),
    ("ignored", "Ignored"),
    ("posted", "Posted"),
]
REASONS = [
    ("reference", "Loan reference in the text"),
    ("reference_closed", "Reference of a loan that is closed"),
    ("partner_ref", "Reference of the borrower in the text"),
    ("memo", "Same text as an earlier payment"),
    ("account", "Account that paid for this loan before"),
    ("name_amount", "Name and amount due"),
    ("name", "Name only"),
    ("amount", "Amount due only"),
    ("several", "Several loans are possible"),
    ("return_reference", "Return of a payment named in the text"),
    ("return_name", "Return of a payment of this payer and amount"),
    ("return_amount", "Return of a payment of this amount"),
    ("refund", "A credit that was paid back"),
    ("refund_returned", "A credit paid back that did not arrive"),
    ("manual", "Chosen by a person"),
]
# what a person decides; everything else is what the bank said or the system did
CHOSEN = {"loan_id", "returned_payment_id", "entered_payment_id"}
EDITABLE = {*CHOSEN, "payer_note", "return_reason_id"}


class CarloanBankLine(models.Model):
    """One booking of a bank statement and the loan that it pays."""

    _name = "carloan.bank.line"
    _description = "Line of a bank statement"
    _order = "date desc, id desc"
    _check_company_auto = True
    _rec_name = "reference"

    import_id = fields.Many2one(
        "carloan.bank.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="import_id.company_id", store=True, index=True, precompute=True
    )
    journal_id = fields.Many2one(
        related="import_id.journal_id", store=True, index=True, precompute=True
    )
    number = fields.Integer(string="Line", readonly=True)
    date = fields.Date(required=True, readonly=True)
    amount = fields.Monetary(required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    payer_name = fields.Char(string="Payer", readonly=True)
    payer_account = fields.Char(readonly=True)
    reference = fields.Char(string="Text", readonly=True)
    bank_uid = fields.Char(string="Number of the booking", required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="unmatched", index=True
    )
    loan_id = fields.Many2one(
        "carloan.loan",
        check_company=True,
        index="btree_not_null",
        domain="[('state', 'in', ('active', 'written_off')),"
        " ('company_id', '=', company_id)]",
    )
    partner_id = fields.Many2one(related="loan_id.partner_id", string="Borrower")
    overdue_amount = fields.Monetary(
        related="loan_id.overdue_amount", currency_field="loan_currency_id"
    )
    next_amount = fields.Monetary(
        related="loan_id.next_amount",
        string="Next instalment",
        currency_field="loan_currency_id",
    )
    loan_currency_id = fields.Many2one(
        related="loan_id.currency_id", string="Currency of the loan"
    )
    candidate_ids = fields.Many2many(
        "carloan.loan", string="Possible loans", readonly=True
    )
    match_reason = fields.Selection(REASONS, string="Why", readonly=True)
    confidence = fields.Integer(string="Sure (%)", readonly=True, aggregator="avg")
    returned_payment_id = fields.Many2one(
        "account.payment",
        string="Payment returned",
        check_company=True,
        index="btree_not_null",
        domain="[('carloan_loan_id', '!=', False),"
        " ('payment_type', '=', 'outbound' if amount > 0 else 'inbound'),"
        " ('state', 'in', ('in_process', 'paid')), ('company_id', '=', company_id)]",
        help="The repayment that this booking takes back; of money that came in, the "
        "credit paid back that did not reach its payee.",
    )
    return_code = fields.Char(string="Reason as the bank has it", readonly=True)
    return_reason_id = fields.Many2one(
        "carloan.return.reason",
        string="Reason of the return",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
        help="Whether the borrower bears the fee follows from it.",
    )
    payment_id = fields.Many2one(
        "account.payment", readonly=True, copy=False, index="btree_not_null"
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What moved the money to the bank account, where the payment did not.",
    )
    payer_note = fields.Char(
        string="Note on the payer",
        help="Why somebody else than the borrower pays.",
    )
    is_on_behalf = fields.Boolean(string="On behalf", compute="_compute_is_on_behalf")
    queued = fields.Boolean(readonly=True, copy=False)
    ignore_reason = fields.Char(readonly=True)
    error = fields.Char(string="Refused because", readonly=True)

    _uid_uniq = models.UniqueIndex(
        "(journal_id, bank_uid)", "This booking of the bank is imported already."
    )
    _queue_idx = models.Index("(id) WHERE queued")

    @api.depends("payer_name", "loan_id")
    def _compute_is_on_behalf(self):
        for line in self:
            line.is_on_behalf = bool(
                line.loan_id
                and line.amount > 0
                and line.loan_id._is_other_payer(line.payer_name)
            )

    @api.depends("date", "amount", "payer_name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.date} {line.payer_name or ''} {line.amount:.2f}"

    def _get_read(self):
        """Return this line as a file has it."""
        digits = self.currency_id.decimal_places
        return bank.Line(
            self.number,
            self.date,
            Decimal(f"{self.amount:.{digits}f}"),
            self.currency_id.name,
            self.payer_name or "",
            self.payer_account or "",
            self.reference or "",
            self.bank_uid,
        )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    def write(self, vals):
        """Override: a person chooses the loan, and changes nothing the bank said."""
        if self.env.su:
            return super().write(vals)
        forged = set(vals) - EDITABLE
        if forged:
            raise AccessError(
                self.env._(
                    "%(fields)s of a bank line are what the bank said or what the "
                    "system did. Use the buttons.",
                    fields=", ".join(sorted(forged)),
                )
            )
        for line in self:
            line._check_open()
        result = super().write(vals)
        if CHOSEN & set(vals):
            self._set_chosen()
        return result

    def _check_open(self):
        """Refuse to change a line that is posted."""
        if self.state == "posted":
            raise UserError(
                self.env._(
                    "The line of %(date)s over %(amount)s is posted. Undo the "
                    "repayment from the loan.",
                    date=self.date,
                    amount=self.amount,
                )
            )

    def _get_paid_out(self):
        """Return the payment that money which left us took back, or is itself."""
        return self.entered_payment_id or self.returned_payment_id

    @api.model
    def _reopen(self, payment):
        """Put what a payment stood for on the work list again: the money is there,
        and pays something else."""
        # sudo: states are no field to write, whoever undoes a payment
        lines_sudo = self.sudo().search(
            [("payment_id", "=", payment.id), ("amount", ">", 0)]
        )
        lines_sudo.write(
            {"state": "to_check", "payment_id": False, "entered_payment_id": False}
        )

    def _set_chosen(self):
        """Note that a person chose, or took back, what a line pays."""
        for line_sudo in self.sudo():  # states are no field to write
            chosen = line_sudo._get_paid_out()
            if line_sudo.amount >= 0:
                chosen = line_sudo.returned_payment_id or line_sudo.loan_id
            if chosen._name == "account.payment" and chosen:
                line_sudo.loan_id = chosen.carloan_loan_id
            line_sudo.write(
                {
                    "state": "matched" if chosen else "unmatched",
                    "match_reason": "manual" if chosen else False,
                    "confidence": 100 if chosen else 0,
                    "error": False,
                    "ignore_reason": False,
                }
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_posted(self):
        for line in self:
            line._check_open()

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def _check_may_work(self):
        """Refuse who may not post money, and lines that are posted."""
        self.check_access("write")
        self.env["carloan.loan"]._check_may_post()
        for line in self:
            line._check_open()

    def action_confirm(self):
        """Take what was proposed for these lines as right."""
        self._check_may_work()
        for line in self:
            if not (line.loan_id if line.amount > 0 else line._get_paid_out()):
                raise UserError(
                    self.env._(
                        "Nothing is proposed for the line of %(date)s over "
                        "%(amount)s. Choose a loan, or the payment it returns.",
                        date=line.date,
                        amount=line.amount,
                    )
                )
        # sudo: states are no field to write
        self.sudo().write({"state": "matched", "error": False, "ignore_reason": False})
        return True

    def action_ignore(self):
        """Open the window that asks why these lines pay no loan."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.bank.ignore",
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": self.ids},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Ignore bank lines"),
        }

    def _ignore(self, reason):
        """Take lines off the work list, for a reason."""
        self._check_may_work()
        # sudo: states are no field to write
        self.sudo().write(
            {"state": "ignored", "ignore_reason": reason, "queued": False}
        )

    def action_match(self):
        """Look for the loans of these lines again, ignored ones included."""
        self._check_may_work()
        self.sudo().write({"ignore_reason": False, "error": False})
        self.sudo()._match()  # sudo: all loans of the company are looked through
        return True
