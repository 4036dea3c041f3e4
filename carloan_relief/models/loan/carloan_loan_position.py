from odoo import fields, models


class CarloanLoan(models.Model):
    """The position of a loan: read from the ledger, kept as a snapshot."""

    _inherit = "carloan.loan"

    position_date = fields.Date(readonly=True, copy=False)
    principal_balance = fields.Monetary(
        string="Outstanding principal",
        readonly=True,
        copy=False,
        help="All principal outstanding, due or not.",
    )
    undue_principal = fields.Monetary(
        string="Principal not yet due", readonly=True, copy=False
    )
    overdue_principal = fields.Monetary(readonly=True, copy=False)
    overdue_interest = fields.Monetary(readonly=True, copy=False)
    overdue_fee = fields.Monetary(readonly=True, copy=False)
    overdue_penalty = fields.Monetary(readonly=True, copy=False)
    overdue_amount = fields.Monetary(
        readonly=True,
        copy=False,
        help="Billed and not paid, what falls due today included.",
    )
    credit_balance = fields.Monetary(
        string="Borrower's credit",
        readonly=True,
        copy=False,
        help="Paid above what was due; used by the next bill.",
    )
    oldest_due_date = fields.Date(readonly=True, copy=False)
    dpd = fields.Integer(
        string="Days past due", readonly=True, copy=False, aggregator="max"
    )
    dpd_original = fields.Integer(
        string="Days past due, first schedule",
        readonly=True,
        copy=False,
        aggregator="max",
        help="As if no relief had been given: relief never hides lateness.",
    )
    bucket = fields.Selection(
        [
            ("current", "Current"),
            ("1-30", "1-30 days"),
            ("31-60", "31-60 days"),
            ("61-90", "61-90 days"),
            ("91-180", "91-180 days"),
            ("181-360", "181-360 days"),
            ("360+", "Over 360 days"),
        ],
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    cn_class = fields.Selection(
        [
            ("normal", "Normal"),
            ("special_mention", "Special mention"),
            ("substandard", "Substandard"),
            ("doubtful", "Doubtful"),
            ("loss", "Loss"),
        ],
        string="Five-grade class",
        readonly=True,
        copy=False,
    )
    next_due_date = fields.Date(readonly=True, copy=False)
    next_amount = fields.Monetary(readonly=True, copy=False)
    adjustment_balance = fields.Monetary(
        string="Interest adjustment",
        readonly=True,
        copy=False,
        help="Gain or loss of modifications not yet returned to income.",
    )
