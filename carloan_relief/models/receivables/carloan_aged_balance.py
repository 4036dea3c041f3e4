from odoo import fields, models
from odoo.tools import SQL, format_date

from ...engine.classification import BUCKET_LIMITS
from ..loan.selections import DUE_ROLES

ROLES = ("principal", *DUE_ROLES.values())
#: field of each bucket and the most days past due that it takes (None: no limit)
BUCKET_FIELDS = {
    "not_due": BUCKET_LIMITS[0],
    **{f"due_{limit}": limit for limit in BUCKET_LIMITS[1:]},
    "due_more": None,
}

# Whoever settles a receivable writes the component, instalment and maturity of what
# is settled, so the balance per maturity is what was open then: for any day, without
# a look at what was reconciled later, and equal to the ledger by construction.
AGED_BALANCE = """
    INSERT INTO carloan_aged_balance_line (
        report_id, loan_id, product_id, partner_id, company_id, currency_id,
        component, %(columns)s, total, oldest_due_date,
        create_uid, write_uid, create_date, write_date
    )
    WITH item AS (
        SELECT line.carloan_loan_id AS loan_id, %(component)s AS component,
               %(currency)s AS currency_id, %(maturity)s AS maturity,
               sum(%(amount)s) AS amount
          FROM account_move_line line
         WHERE %(filter)s
         GROUP BY 1, 2, 3, 4
        HAVING sum(%(amount)s) != 0
    ), aged AS (
        SELECT item.*, COALESCE(%(as_of)s::date - maturity, 0) AS days FROM item
    )
    SELECT %(report)s, loan.id, loan.product_id, loan.partner_id, loan.company_id,
           aged.currency_id, aged.component, %(sums)s, sum(amount),
           min(maturity) FILTER (WHERE days > 0 AND amount > 0),
           %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
      FROM aged JOIN carloan_loan loan ON loan.id = aged.loan_id
     GROUP BY loan.id, aged.currency_id, aged.component
"""


class CarloanAgedBalance(models.TransientModel):
    """What borrowers owe on a day, by component and by how long it is overdue."""

    _name = "carloan.aged.balance"
    _description = "Aged balances of loans"
    _inherit = ["carloan.receivable.mixin"]
    _line_model = "carloan.aged.balance.line"

    as_of = fields.Date(
        string="As of", required=True, default=lambda self: self._get_today()
    )

    def _get_today(self):
        return fields.Date.context_today(self)

    def action_show(self):
        """Compute the aged balances and open them."""
        self.ensure_one()
        self._fill()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_aged_balance_line_action"
        )
        action["domain"] = [("report_id", "=", self.id)]
        action["display_name"] = self.env._(
            "Aged balances as of %(date)s", date=format_date(self.env, self.as_of)
        )
        return action

    def _get_insert_sql(self):
        """Override to sort what is owed into the buckets of the engine."""
        return SQL(
            AGED_BALANCE,
            report=self.id,
            uid=self.env.uid,
            as_of=self.as_of,
            columns=SQL(", ").join(SQL.identifier(name) for name in BUCKET_FIELDS),
            sums=SQL(", ").join(self._get_bucket_sums()),
            component=self._get_component_sql(),
            maturity=self._get_maturity_sql(),
            currency=self._get_currency_sql(),
            amount=self._get_amount_sql(),
            filter=self._get_filter_sql(ROLES, self.as_of),
        )

    def _get_component_sql(self):
        """Return the component of an item: a borrower's credit is one by itself."""
        return SQL(
            "CASE WHEN line.carloan_role = 'principal' THEN 'principal'"
            " WHEN line.carloan_component IS NOT NULL THEN line.carloan_component"
            " WHEN line.carloan_role = 'principal_due' THEN 'credit'"
            " ELSE replace(line.carloan_role, '_due', '') END"
        )

    def _get_maturity_sql(self):
        """Return since when an item is due; accruals, credits and what is held until a
        plan is completed are not."""
        return SQL(
            "CASE WHEN line.carloan_role = 'principal' OR line.carloan_held"
            " OR line.carloan_component IS NULL THEN NULL"
            " ELSE line.date_maturity END"
        )

    def _get_bucket_sums(self):
        """Return the sum of each bucket, by the limits of the engine."""
        low = None
        for limit in BUCKET_FIELDS.values():
            parts = []
            if low is not None:
                parts.append(SQL("days > %s", low))
            if limit is not None:
                parts.append(SQL("days <= %s", limit))
            yield SQL(
                "COALESCE(sum(amount) FILTER (WHERE %s), 0)", SQL(" AND ").join(parts)
            )
            low = limit

    def _find_open_items(self, loan, component):
        """Return the journal items that make up what a loan owes of a component."""
        self.env.flush_all()
        query = SQL(
            """
            SELECT array_agg(line.id) FROM account_move_line line
             WHERE %(filter)s AND line.carloan_loan_id = %(loan)s
               AND %(component_sql)s = %(component)s
             GROUP BY %(maturity)s HAVING sum(%(amount)s) != 0
            """,
            filter=self._get_filter_sql(ROLES, self.as_of),
            loan=loan.id,
            component_sql=self._get_component_sql(),
            component=component,
            maturity=self._get_maturity_sql(),
            amount=self._get_amount_sql(),
        )
        ids = [line for (lines,) in self.env.execute_query(query) for line in lines]
        return self.env["account.move.line"].browse(ids)
