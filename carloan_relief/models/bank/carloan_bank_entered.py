from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# payments of these loans that no bank line stands for, not undone
ENTERED_QUERY = """
    SELECT payment.id, payment.date, payment.carloan_loan_id, payment.journal_id,
           payment.currency_id, payment.amount
      FROM account_payment payment
     WHERE payment.company_id = %(company)s
       AND payment.carloan_loan_id IN %(loans)s
       AND payment.payment_type = %(kind)s
       AND payment.state IN ('in_process', 'paid')
       AND payment.date BETWEEN %(since)s AND %(until)s
       AND NOT EXISTS (
           SELECT FROM carloan_bank_line line WHERE line.payment_id = payment.id)
     ORDER BY payment.date, payment.id
"""


class CarloanBankLine(models.Model):
    """Money that was entered by hand before the bank statement came: posted once."""

    _inherit = "carloan.bank.line"

    entered_payment_id = fields.Many2one(
        "account.payment",
        string="Entered by hand",
        check_company=True,
        index="btree_not_null",
        domain="[('amount', 'in', (amount, -amount)),"
        " ('carloan_loan_id', '=' if amount > 0 else '!=',"
        " loan_id if amount > 0 else False),"
        " ('payment_type', '=', 'inbound' if amount > 0 else 'outbound'),"
        " ('state', 'in', ('in_process', 'paid'))]",
        help="The payment that stands for this booking already: nothing is posted "
        "again. Empty it where the booking is other money.",
    )

    # one booking brought or sent the money, another one may have taken it back
    _payment_uniq = models.UniqueIndex(
        "(payment_id, (amount > 0))",
        "Another booking of the bank stands for this payment already.",
    )

    def write(self, vals):
        """Override: a loan that a person chooses may have the money already."""
        if not self.env.su and vals.get("returned_payment_id"):
            # it takes a payment back, so it is none of ours
            vals = {"entered_payment_id": False, **vals}
        elif not self.env.su and vals.get("entered_payment_id"):
            vals = {"returned_payment_id": False, **vals}
        elif not self.env.su and "loan_id" in vals:
            # sudo: a loan chosen by hand says that it is paid
            received_sudo = self.sudo().filtered(lambda line: line.amount > 0)
            received_sudo.filtered("returned_payment_id").returned_payment_id = False
        result = super().write(vals)
        if "loan_id" in vals and "entered_payment_id" not in vals and not self.env.su:
            # sudo: payments are looked through that the user need not read
            received_sudo = self.sudo().filtered(lambda line: line.amount > 0)
            for company, lines_sudo in received_sudo.grouped("company_id").items():
                lines_sudo._find_entered(company)
        return result

    def _find_entered(self, company):
        """Let lines whose money was entered by hand wait for a person."""
        lines = self.filtered(
            lambda line: line.loan_id and not line.returned_payment_id
        )
        lines.filtered("entered_payment_id").write({"entered_payment_id": False})
        if not lines:
            return
        days = company.carloan_entered_days
        free = lines._read_entered(company, days)
        for line in lines.sorted(lambda one: (one.date, one.id)):
            near = [
                (abs((line.date - date).days), payment_id)
                for payment_id, date in free[line._get_money_key()].items()
            ]
            gap, payment_id = min(near, default=(days + 1, 0))
            if gap <= days:
                del free[line._get_money_key()][payment_id]
                line.write({"entered_payment_id": payment_id, "state": "to_check"})

    def _get_money_key(self):
        """Return what a line and the payment that it stands for share."""
        amount = round(abs(self.amount) * 10**self.currency_id.decimal_places)
        return self.loan_id.id, self.journal_id.id, self.currency_id.id, amount

    def _read_entered(self, company, days):
        """Return {money key: {payment id: date}} of what these lines may stand for."""
        self.env.flush_all()
        query = SQL(
            ENTERED_QUERY,
            company=company.id,
            kind="inbound",
            loans=tuple(self.loan_id.ids),
            since=fields.Date.subtract(min(self.mapped("date")), days=days),
            until=fields.Date.add(max(self.mapped("date")), days=days),
        )
        return self._group_entered(self.env.execute_query(query))

    def _group_entered(self, rows):
        """Return {money key: {payment id: date}} of rows of the query."""
        free = defaultdict(dict)
        for payment_id, date, *key, amount in rows:
            digits = self.env["res.currency"].browse(key[-1]).decimal_places
            money = (*key, round(float(amount) * 10**digits))
            free[money][payment_id] = date
        return free

    def _settle_entered(self):
        """Let a booking stand for the repayment entered by hand; return that."""
        payment = self.entered_payment_id
        self.env.flush_all()  # lines posted just now count as well
        query = SQL(
            ENTERED_QUERY,
            company=self.company_id.id,
            kind="inbound" if self.amount > 0 else "outbound",
            loans=tuple(payment.carloan_loan_id.ids) or (0,),
            since=payment.date,
            until=payment.date,
        )
        free = self._group_entered(self.env.execute_query(query))
        if payment.id not in free[self._get_money_key()]:
            raise UserError(
                self.env._(
                    "Payment %(payment)s is not the money of this booking: loan, bank "
                    "and amount must be the same, and no other booking may stand for "
                    "it. Choose another one, or empty “Entered by hand”.",
                    payment=payment.name,
                )
            )
        self._make_statement_line(payment, payment.move_id.line_ids)
        return payment
