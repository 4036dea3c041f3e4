from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..models.closing.carloan_loan_prepayment import IN_ADVANCE_SELECTION
from ..models.loan.selections import COMPONENT_SELECTION


class CarloanRepayment(models.TransientModel):
    """Take a repayment of one loan, after looking at how it is split."""

    _name = "carloan.repayment"
    _inherit = ["carloan.money.window"]
    _description = "Register a repayment"

    overdue_amount = fields.Monetary(related="loan_id.overdue_amount")
    party_id = fields.Many2one(
        "carloan.loan.party",
        string="Guarantor or co-borrower",
        domain="[('loan_id', '=', loan_id)]",
        help="Choose one who pays on behalf of the borrower.",
    )
    payer_id = fields.Many2one(
        "res.partner",
        string="Paid by",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        help="Empty: the borrower.",
    )
    payer_note = fields.Char(
        string="Why somebody else pays", help="Needed when it is not the borrower."
    )
    line_ids = fields.One2many(
        "carloan.repayment.line",
        "repayment_id",
        string="How it will be split",
        compute="_compute_line_ids",
    )
    notes = fields.Text(compute="_compute_line_ids")
    loan_state = fields.Selection(related="loan_id.state")
    written_off_balance = fields.Monetary(related="loan_id.written_off_balance")
    suspended_balance = fields.Monetary(related="loan_id.suspended_balance")
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
            claim = loan.written_off_claim
            written_off = loan.state == "written_off"
            owed = claim if written_off else loan.overdue_amount or claim
            wizard.amount = owed or loan.next_payment

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

    @api.depends("party_id")
    def _compute_payer_id(self):
        for wizard in self:
            wizard.payer_id = wizard.party_id.partner_id

    @api.depends("loan_id", "amount", "date")
    def _compute_line_ids(self):
        """Show the split by the function that posts it; see `_preview_repayment`."""
        for wizard in self:
            # sudo: a manager takes money without reading the ledger; who may open
            # this window may post, and sees this loan
            loan_sudo = wizard.loan_id._origin.sudo()
            date = wizard.date or fields.Date.context_today(wizard)
            rows = (
                loan_sudo._preview_repayment(wizard.amount, date) if loan_sudo else []
            )
            wizard.line_ids = [Command.clear()] + [
                Command.create(
                    {
                        "component": component or "credit",
                        "instalment_id": instalment.id,
                        "due_date": due_date,
                        "amount": loan_sudo._from_minor([minor])[0],
                    }
                )
                for component, instalment, due_date, minor in rows
            ]
            notes = loan_sudo._preview_notes(date, wizard.amount) if loan_sudo else []
            wizard.notes = "\n".join(notes) or False

    def action_register(self):
        """Post the repayment and what goes with it, and close the window."""
        self._check_may_register()
        payment = self.loan_id._register_repayment(
            self.amount, self.date, self.journal_id, self.memo, **self._get_payer()
        )
        self._after_register(payment)
        return self._note_registered()

    @api.constrains("collection_cost")
    def _check_collection_cost(self):
        for wizard in self:
            label = wizard._fields["collection_cost"]._description_string(self.env)
            wizard.loan_id._check_amount_limit(label, wizard.collection_cost)
            if wizard.collection_cost < 0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a collection cost of %(cost)s is not possible. "
                        "Enter what collecting cost, or 0.",
                        loan=wizard.loan_id.name,
                        cost=wizard.currency_id.format(wizard.collection_cost),
                    )
                )

    def _get_payer(self):
        """Return who pays on behalf of the borrower, empty where nobody does."""
        if not self.payer_id or self.payer_id == self.partner_id:
            return {}
        if not self.payer_note:
            raise UserError(
                self.env._(
                    "%(payer)s is not the borrower of loan %(loan)s. Say in the "
                    "note why they pay.",
                    payer=self.payer_id.display_name,
                    loan=self.loan_id.name,
                )
            )
        return {
            "payer": self.payer_id,
            "payer_name": self.payer_id.name,
            "payer_note": self.payer_note,
        }

    def _after_register(self, payment):
        """Post what goes with the repayment."""
        # sudo: managers take repayments without being accountants
        loan_sudo = self.loan_id.sudo()
        if loan_sudo.state == "written_off" and self.collection_cost:
            loan_sudo._post_collection_cost(payment.sudo(), self.collection_cost)
        if loan_sudo.state == "active" and self.in_advance != "next":
            loan_sudo._prepay(payment.sudo(), self.in_advance)


class CarloanRepaymentLine(models.TransientModel):
    """One piece of a repayment that is not posted yet."""

    _name = "carloan.repayment.line"
    _description = "Split of a repayment"

    repayment_id = fields.Many2one("carloan.repayment", ondelete="cascade")
    currency_id = fields.Many2one(related="repayment_id.currency_id")
    component = fields.Selection(
        [
            *COMPONENT_SELECTION,
            ("credit", "Credit for what falls due next"),
            ("recovery", "Recovery of a claim written off"),
        ],
        string="Pays",
        readonly=True,
    )
    instalment_id = fields.Many2one(
        "carloan.instalment", string="Scheduled Instalment", readonly=True
    )
    due_date = fields.Date(readonly=True)
    amount = fields.Monetary(readonly=True)
