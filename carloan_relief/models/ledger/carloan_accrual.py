from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils

from ...engine import accrual
from ...engine import ledger as engine_ledger
from .carloan_ledger import QUICK

# the instalment that falls due next after a day, and since when its interest runs; what
# it collects of earlier claims was income before, what a modification returns is income
ACCRUAL_QUERY = """
    SELECT DISTINCT ON (inst.loan_id) inst.loan_id,
           inst.interest - COALESCE(inst.carried, 0) AS interest,
           COALESCE(inst.unwind, 0) AS unwind, inst.due_date AS "end",
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
       -- lent or opened by then
       AND EXISTS (SELECT 1 FROM account_move_line item
                    WHERE item.carloan_loan_id = loan.id
                      AND item.parent_state = 'posted' AND item.date <= %(as_of)s)
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
        moves = self.env["account.move"].sudo()
        for product in self._find_accrued_products([("company_id", "=", company.id)]):
            moves |= self._accrue_product(product, fields.Date.to_date(as_of))
        return moves

    def _find_accrued_products(self, domain):
        """Return the products of a domain, those no longer offered as well."""
        # sudo: products and loans of every team; the caller checks who may post
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        return products.search(domain)

    def _accrue_product(self, product, as_of):
        """Accrue the loans of one product."""
        key = f"accrue:{product.id}:{as_of}"
        existing = self._find_opening(product, key)
        if existing:
            return existing
        amounts, interest = self._compute_accrued(product, as_of)
        if not amounts:
            return existing
        if not product.journal_id:
            self._raise_no_journal(product)
        move = self._create_moves(
            [self._prepare_accrual_move(product, as_of, key, amounts, interest)]
        )
        move._post(soft=False)
        self._reverse_accrual(move, as_of)
        return move

    def _compute_accrued(self, product, as_of):
        """Return what has run of the income of each loan, by the engine.

        :return: ({loan: minor units}, minor units of contract interest in all)
        """
        self.env.flush_all()
        query = SQL(ACCRUAL_QUERY, product=product.id, as_of=as_of)
        rows = self.env.execute_query_dict(query)
        if not rows:
            return {}, 0
        loans = self.env["carloan.loan"].sudo().browse([r["loan_id"] for r in rows])
        dates = {name: [row[name] for row in rows] for name in ("start", "end")}
        interest, unwind = (
            accrual.accrued(
                loans[:1]._to_minor([float(row[name]) for row in rows]),
                as_of=as_of,
                **dates,
            )
            for name in ("interest", "unwind")
        )
        run = zip(loans, (interest + unwind).tolist(), strict=True)
        return {loan: amount for loan, amount in run if amount}, int(interest.sum())

    def _prepare_accrual_move(self, product, as_of, key, amounts, interest):
        """Return the values of the accrual: a receivable per loan, one income.

        :param int interest: of the contracts: what a modification returns to income
            bears no VAT
        """
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
        taxes = self._add_vat(product, as_of, {"interest": interest}, ("interest",))
        totals["vat_pending"] = taxes.get("interest", 0)
        for role in ("interest_income", "pending_vat"):
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
        # sudo: the night works for every company
        products = self._find_accrued_products(
            [("company_id.carloan_accrue", "=", True)]
        )
        for product in products:
            ledger = self.with_company(product.company_id)
            ledger._accrue_night(product, as_of)
            self.env["ir.cron"]._commit_progress(1)

    def _accrue_night(self, product, as_of):
        """Accrue one product; what stands in the way is noted on it."""
        try:
            with self.env.cr.savepoint():
                self._accrue_product(product, as_of)
        except UserError as error:
            product._message_log(
                body=self.env._(
                    "Interest up to %(date)s could not be accrued: %(reason)s",
                    date=as_of,
                    reason=str(error),
                )
            )
