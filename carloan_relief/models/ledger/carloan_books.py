from odoo import api, models
from odoo.tools import SQL

from .books_rules import BOOKS_TABLE, RULES
from .carloan_ledger import RECEIVABLE_ROLES

# roles whose whole account belongs to the loans: they must agree to the cent
CONTROL_ROLES = ("principal", "interest_adjustment", "allowance", *RECEIVABLE_ROLES)

# memory of one sort or sum: the rules run alone, at night or when a person waits
WORK_MEMORY = "128MB"


class CarloanLedger(models.AbstractModel):
    """The proof that the loans and the books say the same."""

    _inherit = "carloan.ledger"

    @api.model
    def _check_books(self, company=None):
        """Compare the loans of a company with its ledger, each rule by one SQL.

        :return: list of differences: dicts `check`, `loan_id` or `account_id`, where
            known `role`, `instalment_id` and `move_id`, `expected` (by the loans),
            `actual` (by the ledger). Empty: all agrees.
        """
        company = company or self.env.company
        self.env.flush_all()
        return [row for _rule, rows in self._iter_book_rules(company) for row in rows]

    def _iter_book_rules(self, company):
        """Yield (name, differences) of each rule, one statement after the other."""
        cr = self.env.cr
        params = {
            "company": company.id,
            "roles": CONTROL_ROLES,
            "control": self._get_mapped_accounts(company, CONTROL_ROLES),
            "due": self._get_mapped_accounts(company, RECEIVABLE_ROLES),
        }
        cr.execute("SELECT set_config('work_mem', %s, TRUE)", (WORK_MEMORY,))
        cr.execute("DROP TABLE IF EXISTS carloan_books")
        cr.execute(BOOKS_TABLE, params)
        cr.execute("ANALYZE carloan_books")
        yield "books", []
        for name, query in RULES.items():
            yield name, self.env.execute_query_dict(SQL(query, **params))

    def _get_mapped_accounts(self, company, roles):
        """Return the ids of the accounts that products map to these roles."""
        mapping = self.env["carloan.product.account"].search(
            [("company_id", "=", company.id), ("role", "in", roles)]
        )
        return tuple(mapping.account_id.ids) or (0,)
