from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils

from ...engine import accrual
from ...engine import ledger as engine_ledger
from .carloan_ledger import QUICK

# the instalment that falls due next after a day, and since when its interest runs
ACCRUAL_QUERY = """
    SELECT DISTINCT ON (inst.loan_id) inst.loan_id, inst.interest,
           inst.due_date AS "end",
           COALESCE(before.due_date, schedule.date_from) AS "start"
      FROM carloan_instalment inst
      JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
      JOIN carloan_schedule schedule ON schedule.id = inst.schedule_id
      LEFT JOIN carloan_instalment before
        ON before.schedule_id = inst.schedule_id
       AND before.sequence = inst.sequence - 1
     WHERE loan.product_id = %(product)s AND loan.state = 'active'
       -- what is suspended is no income
       AND (loan.suspended_since IS NULL OR loan.suspended_since > %(as_of)s)
       AND inst.due_date > %(as_of)s AND inst.state != 'replaced'
     ORDER BY inst.loan_id, inst.due_date
"""


class CarloanLedger(models.AbstractModel):
    """Interest of the running month: in the books at its end, out the next day."""

    _inherit = "carloan.ledger"

    @api.model
    def _accrue(self, company, as_of):
        """Post the interest that has run by a month end, and its reversal.

        One entry per product with a line per loan; the reversal stands as a draft
        until its day. The same month end again adds nothing.

        :return: the accruals, in force or made now
        """
        # sudo: products and loans of every team; the caller checks who may post
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        products = products.search([("company_id", "=", company.id)])
        moves = self.env["account.move"].sudo()
        for product in products:
            moves |= self._accrue_product(product, fields.Date.to_date(as_of))
        return moves

    def _accrue_product(self, product, as_of):
        """Accrue the loans of one product."""
        key = f"accrue:{product.id}:{as_of}"
        existing = self._find_opening(product, key)
        if existing:
            return existing
        amounts = self._compute_accrued(product, as_of)
        if not amounts:
            return existing
        if not product.journal_id:
            self._raise_no_journal(product)
        move = self._create_moves(
            [self._prepare_accrual_move(product, as_of, key, amounts)]
        )
        move._post(soft=False)
        self._reverse_accrual(move, as_of)
        return move

    def _compute_accrued(self, product, as_of):
        """Return {loan: minor units} of the interest that has run, by the engine."""
        self.env.flush_all()
        query = SQL(ACCRUAL_QUERY, product=product.id, as_of=as_of)
        rows = self.env.execute_query_dict(query)
        if not rows:
            return {}
        loans = self.env["carloan.loan"].sudo().browse([r["loan_id"] for r in rows])
        interest = loans[:1]._to_minor([float(row["interest"]) for row in rows])
        dates = {name: [row[name] for row in rows] for name in ("start", "end")}
        run = accrual.accrued(interest, as_of=as_of, **dates).tolist()
        return {loan: amount for loan, amount in zip(loans, run, strict=True) if amount}

    def _prepare_accrual_move(self, product, as_of, key, amounts):
        """Return the values of the accrual: a receivable per loan, one income."""
        lines = []
        for loan, amount in amounts.items():
            receivable = self._get_accrual_line("interest_due", amount)
            vals = self._prepare_line_vals(
                loan, receivable.role, False, receivable.debit - receivable.credit
            )
            # without component: it has run, and is not due
            lines.append({**vals, "date_maturity": as_of})
        kept = self._compute_to_allowance(amounts)
        for loan, amount in kept.items():
            vals = self._prepare_line_vals(loan, "allowance", False, -amount)
            lines.append({**vals, "date_maturity": as_of})
        totals = {
            "interest": sum(amounts.values()),
            "to_allowance": sum(kept.values()),
        }
        totals["vat"] = self._add_vat(product, as_of, totals, ("interest",)).get(
            "interest", 0
        )
        for role in ("interest_income", "output_vat"):
            line = self._get_accrual_line(role, **totals)
            if line:
                lines.append(self._prepare_accrued_income(product, amounts, line))
        return {
            "move_type": "entry",
            "journal_id": product.journal_id.id,
            "company_id": product.company_id.id,
            "date": as_of,
            "ref": self.env._(
                "%(product)s - Interest accrued to %(date)s",
                product=product.display_name,
                date=as_of,
            ),
            "carloan_event": "accrue",
            "carloan_event_key": key,
            "line_ids": [Command.create(vals) for vals in lines],
        }

    def _get_accrual_line(self, role, interest, **amounts):
        """Return the engine's line of an accrual for one role, None without one."""
        lines = engine_ledger.entry("accrue", interest=interest, **amounts)
        return next((line for line in lines if line.role == role), None)

    def _prepare_accrued_income(self, product, amounts, line):
        """Return the income of all loans of a product in one journal item."""
        loan = next(iter(amounts))
        vals = self._prepare_line_vals(loan, line.role, False, line.debit - line.credit)
        vals.update(name=product.display_name, partner_id=False, carloan_loan_id=False)
        return vals

    def _reverse_accrual(self, move, as_of):
        """Take an accrual out on the next day: as a draft until that day comes."""
        day = date_utils.add(as_of, days=1)
        # sudo: reversals carry the fields that only the system writes
        move = move.sudo().with_context(**QUICK, carloan_undo=True)
        reversal = move._reverse_moves([{"date": day, "ref": move.ref}])
        reversal.auto_post = "at_date"
        if day <= fields.Date.context_today(self):
            reversal._post(soft=False)
        return reversal

    # ------------------------------------------------------------------
    # NIGHTLY
    # ------------------------------------------------------------------

    @api.model
    def _cron_accrue(self):
        """Accrue the last month end of each company that wants it."""
        today = fields.Date.context_today(self)
        as_of = date_utils.end_of(today, "month")
        if as_of != today:
            as_of = date_utils.subtract(date_utils.start_of(today, "month"), days=1)
        companies = self.env["res.company"].sudo()
        for company in companies.search([("carloan_accrue", "=", True)]):
            self.with_company(company)._accrue_night(company, as_of)
            self.env["ir.cron"]._commit_progress(1)

    def _accrue_night(self, company, as_of):
        """Accrue one company; what stands in the way is noted on its products."""
        try:
            with self.env.cr.savepoint():
                self._accrue(company, as_of)
        except UserError as error:
            products = self.env["carloan.product"].sudo()
            products = products.search([("company_id", "=", company.id)])
            body = self.env._(
                "Interest up to %(date)s could not be accrued: %(reason)s",
                date=as_of,
                reason=str(error),
            )
            products._message_log_batch(bodies=dict.fromkeys(products.ids, body))
