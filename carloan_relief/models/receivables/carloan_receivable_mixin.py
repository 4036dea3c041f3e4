from odoo import fields, models
from odoo.tools import SQL


class CarloanReceivableMixin(models.AbstractModel):
    """A report over the ledger: asked for once, kept as lines for a working day.

    The lines are computed by one statement when the report is made, so that sorting,
    grouping, exporting and coming back to them show the same figures.
    """

    _name = "carloan.receivable.mixin"
    _description = "Report over loan receivables"
    _transient_max_hours = 12.0
    #: model of the lines, their link to the report
    _line_model = None

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    product_ids = fields.Many2many(
        "carloan.product",
        string="Only products",
        domain="[('company_id', '=', company_id)]",
        help="Empty: all products.",
    )
    currency_kind = fields.Selection(
        [("company", "Currency of the company"), ("loan", "Currency of each loan")],
        string="Amounts in",
        required=True,
        default="company",
    )

    def _check_may_read_books(self):
        """Refuse who may not read the ledger of the company asked for."""
        self.check_access("read")
        self.company_id.check_access("read")
        # managers answer for the book without keeping it
        if not self.env.user.has_group("carloan_relief.group_manager"):
            self.env["account.move.line"].check_access("read")

    def _get_amount_sql(self):
        """Return the amount of a journal item in the currency asked for."""
        if self.currency_kind == "loan":
            return SQL("line.amount_currency")
        return SQL("line.balance")

    def _get_currency_sql(self):
        """Return the currency that goes with the amount."""
        if self.currency_kind == "loan":
            return SQL("line.currency_id")
        return SQL("line.company_currency_id")

    def _get_filter_sql(self, roles, date_to):
        """Return the posted journal items of roles up to a day, as a condition."""
        parts = [
            SQL("line.company_id = %s", self.company_id.id),
            SQL("line.parent_state = 'posted'"),
            SQL("line.carloan_role IN %s", tuple(roles)),
            SQL("line.carloan_loan_id IS NOT NULL"),
            SQL("line.date <= %s", date_to),
        ]
        if self.product_ids:
            parts.append(
                SQL(
                    "line.carloan_loan_id IN (SELECT id FROM carloan_loan"
                    " WHERE product_id IN %s)",
                    tuple(self.product_ids.ids),
                )
            )
        return SQL(" AND ").join(parts)

    def _fill(self):
        """Compute the lines of this report anew by one statement."""
        self.ensure_one()
        self._check_may_read_books()
        # sudo: nobody writes lines, a report alone makes and drops its own
        Line = self.env[self._line_model].sudo()
        Line.search([("report_id", "=", self.id)]).unlink()
        self.env.flush_all()
        self.env.cr.execute(self._get_insert_sql())
        Line.invalidate_model()

    def _get_insert_sql(self):
        """Return the statement that computes and keeps the lines."""
        raise NotImplementedError
