from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval


class CarloanLoanFilterMixin(models.AbstractModel):
    """A job over a filtered book, whose lines say how far it has come."""

    _name = "carloan.loan.filter.mixin"
    _description = "Job over a filtered book"
    #: Model of the lines, and its field to this one.
    _filter_lines = ("", "")

    loan_domain = fields.Char("Loans", default="[]", required=True)

    def _get_loan_domain(self):
        """Return the domain of the active loans of the company that are looked at.

        :raise UserError: when the filter cannot be read
        """
        self.ensure_one()
        try:
            chosen = Domain(safe_eval(self.loan_domain or "[]"))
            chosen.validate(self.env["carloan.loan"])
        except (ValueError, TypeError, SyntaxError, NameError) as error:
            raise UserError(
                self.env._(
                    "The filter of the loans of %(job)s cannot be read: %(error)s. "
                    "Choose it anew.",
                    job=self.display_name,
                    error=error,
                )
            ) from error
        return (
            Domain("state", "=", "active")
            & Domain("company_id", "=", self.company_id.id)
            & chosen
        )

    def _find_next_loans(self, limit):
        """Return the next loans in the order of their numbers, behind the last line."""
        self.ensure_one()
        model, name = self._filter_lines
        ((last,),) = self.env.execute_query(
            SQL(
                "SELECT COALESCE(max(loan_id), 0) FROM %s WHERE %s = %s",
                SQL.identifier(self.env[model]._table),
                SQL.identifier(name),
                self.id,
            )
        )
        domain = Domain("id", ">", last) & self._get_loan_domain()
        return self.env["carloan.loan"].search(domain, order="id", limit=limit)
