from odoo import fields, models


class CarloanBehaviour(models.Model):
    """How a loan was paid, month by month.

    Filled in bulk, from an imported tape or from the ledger at the end of a month;
    read by the risk features. Rows are facts: nobody edits them by hand.
    """

    _name = "carloan.behaviour"
    _description = "Payment behaviour of a month"
    _order = "month_end desc, loan_id"
    _log_access = False

    loan_id = fields.Many2one(
        "carloan.loan", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="loan_id.currency_id")
    month_end = fields.Date(required=True, readonly=True)
    balance = fields.Monetary(
        readonly=True, help="Principal owed at the end of the month."
    )
    due = fields.Monetary(readonly=True, help="Instalment of the month.")
    paid = fields.Monetary(readonly=True)
    principal_paid = fields.Monetary(readonly=True)
    dpd = fields.Integer(string="Days past due", readonly=True, aggregator="max")

    _month_uniq = models.UniqueIndex(
        "(loan_id, month_end)", "A loan has one row of behaviour a month."
    )
    _company_idx = models.Index("(company_id, month_end)")

    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.loan_id.name} {row.month_end}"

    def _load_rows(self, rows):
        """Insert rows in bulk; a month that is there already is replaced.

        :param rows: tuples (loan_id, company_id, month_end, balance, due, paid,
            principal_paid, dpd)
        """
        self.env.cr.execute_values(
            """
            INSERT INTO carloan_behaviour (loan_id, company_id, month_end, balance,
                                           due, paid, principal_paid, dpd)
            VALUES %s
            ON CONFLICT (loan_id, month_end) DO UPDATE
            SET balance = EXCLUDED.balance, due = EXCLUDED.due, paid = EXCLUDED.paid,
                principal_paid = EXCLUDED.principal_paid, dpd = EXCLUDED.dpd
            """,
            rows,
            page_size=5000,
        )
        self.invalidate_model()
