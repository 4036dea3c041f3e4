from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from ...tools.bank import matching

# all loans of a company with what a booking can be recognised by
LOAN_QUERY = """
    SELECT loan.id, loan.name, loan.import_ref, loan.state IN ('active', 'written_off')
               AS open, partner.name AS borrower, partner.ref AS partner_ref,
           parent.ref AS parent_ref, currency.decimal_places AS digits,
           COALESCE(loan.overdue_amount, 0)::float AS overdue,
           COALESCE(loan.next_amount, 0)::float AS next, party.names
      FROM carloan_loan loan
      JOIN res_partner partner ON partner.id = loan.partner_id
      LEFT JOIN res_partner parent ON parent.id = partner.commercial_partner_id
      JOIN carloan_product product ON product.id = loan.product_id
      JOIN res_currency currency ON currency.id = product.currency_id
      LEFT JOIN (
            SELECT party.loan_id, array_agg(person.name) AS names
              FROM carloan_loan_party party
              JOIN res_partner person ON person.id = party.partner_id
             GROUP BY party.loan_id
           ) party ON party.loan_id = loan.id
     WHERE loan.company_id = %(company)s
       AND loan.state IN ('active', 'written_off', 'closed')
"""

# from whom, and with which text, money for a loan came before
KNOWN_QUERY = """
    SELECT DISTINCT line.loan_id, line.payer_account, line.reference
      FROM carloan_bank_line line
     WHERE line.company_id = %(company)s AND line.state = 'posted'
       AND line.amount > 0 AND line.returned_payment_id IS NULL
     UNION
    SELECT DISTINCT payment.carloan_loan_id, NULL, payment.memo
      FROM account_payment payment
     WHERE payment.company_id = %(company)s
       AND payment.carloan_loan_id IS NOT NULL AND payment.memo IN %(texts)s
"""

# repayments, or credits paid back, of these amounts and since a day; see PAID
PAID_QUERY = """
    SELECT payment.id, payment.carloan_loan_id AS loan_id, payment.amount::float
               AS amount, payment.currency_id, payment.journal_id,
           payment.date, payment.name, payment.memo,
           payment.carloan_payer_name AS payer, partner.name AS borrower,
           loan.name AS loan, line.payer_name AS line_payer, line.bank_uid,
           CASE WHEN payment.payment_type = 'outbound' THEN payee.name END AS payee
      FROM account_payment payment
      JOIN carloan_loan loan ON loan.id = payment.carloan_loan_id
      JOIN res_partner partner ON partner.id = loan.partner_id
      LEFT JOIN res_partner payee ON payee.id = payment.partner_id
      LEFT JOIN carloan_bank_line line ON line.payment_id = payment.id
       AND (line.amount > 0) = (payment.payment_type = 'inbound')
     WHERE payment.company_id = %(company)s
       AND %(kind)s
       AND payment.date >= %(since)s
       AND payment.amount IN %(amounts)s
"""

STANDS = "payment.state IN ('in_process', 'paid')"
PAID = {
    # repayments that may come back
    "received": f"payment.payment_type = 'inbound' AND {STANDS}",
    # credits paid back for which no booking stands yet
    "refunded": f"payment.payment_type = 'outbound' AND {STANDS} AND line.id IS NULL",
    # credits paid back that may come back, those that a person undid before the bank's
    # file came as well
    "refund_sent": f"""payment.payment_type = 'outbound'
        AND ({STANDS} OR payment.state = 'rejected' AND line.id IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM carloan_bank_line came
             WHERE came.payment_id = payment.id AND came.amount > 0)""",
}


class CarloanBankLine(models.Model):
    """Bank lines matched to loans: a few statements for a whole file."""

    _inherit = "carloan.bank.line"

    def _match(self):
        """Find the loan that each line pays, or the payment that it returns."""
        for company, lines in self.grouped("company_id").items():
            received = lines.filtered(lambda line: line.amount > 0)
            matcher = self._build_matcher(company, received)
            sent = self._read_paid(company, received, "refund_sent")
            for line in received:
                if not line._match_refund_sent(sent, company):
                    line._set_match(matcher.match(*line._get_traits()), company)
            received._find_entered(company)
            returned = lines - received
            paid = self._read_paid(company, returned, "received")
            reasons = self.env["carloan.return.reason"]._get_rows(company)
            refunds = self._read_paid(company, returned, "refunded")
            for line in returned:
                line._match_paid_out(paid, refunds, company, reasons)

    def _get_traits(self):
        """Return (text, payer, account, minor units) of a line, for the matching."""
        amount = round(self.amount * 10**self.currency_id.decimal_places)
        text = f"{self.reference or ''} {self.bank_uid if self.amount < 0 else ''}"
        return text, self.payer_name or "", self.payer_account or "", amount

    def _build_matcher(self, company, lines):
        """Return the look-up tables over all loans of a company."""
        if not lines:
            return None
        self.env.flush_all()
        rows = self.env.execute_query_dict(SQL(LOAN_QUERY, company=company.id))
        # a payment that was entered for a loan says what the next one may say
        texts = tuple({line.reference for line in lines if line.reference}) or ("",)
        known = self.env.execute_query(
            SQL(KNOWN_QUERY, company=company.id, texts=texts)
        )
        memos, accounts = defaultdict(set), defaultdict(set)
        for loan_id, account, text in known:
            if account:
                accounts[matching.normalise(account)].add(loan_id)
            if key := matching.normalise_text(text):
                memos[key].add(loan_id)
        return matching.Matcher(map(self._prepare_loan, rows), memos, accounts)

    @staticmethod
    def _prepare_loan(row):
        """Return a loan as the matching knows it."""
        factor = 10 ** row["digits"]
        overdue, coming = (round(row[name] * factor) for name in ("overdue", "next"))
        amounts = {overdue, coming, overdue + coming} - {0}
        return matching.Loan(
            row["id"],
            references=[text for text in (row["name"], row["import_ref"]) if text],
            partner_refs=[t for t in (row["partner_ref"], row["parent_ref"]) if t],
            names=[row["borrower"], *(row["names"] or [])],
            amounts=tuple(amounts),
            open=row["open"],
        )

    def _set_match(self, match, company, payment_id=False):
        """Write what was found for one line; unsure ones wait for a person."""
        sure = match.loan and match.confidence >= company.carloan_match_confidence
        if sure and self.loan_id.browse(match.loan).currency_id != self.currency_id:
            sure = False
        state = "matched" if sure else "to_check"
        values = {
            "state": state if match.candidates else "unmatched",
            "loan_id": match.loan or False,
            "match_reason": match.reason or False,
            "confidence": match.confidence,
            "returned_payment_id": payment_id or False,
        }
        # one possible loan is the one proposed; a list of them costs a statement
        several = match.candidates[:20] if len(match.candidates) > 1 else []
        if several or self.candidate_ids:
            values["candidate_ids"] = [(6, 0, several)]
        self.write(values)

    # ------------------------------------------------------------------
    # RETURN
    # ------------------------------------------------------------------

    def _read_paid(self, company, lines, kind):
        """Return the payments that these lines may return, by journal, currency and
        amount.

        :param str kind: one of `PAID`
        """
        if not lines:
            return {}
        self.env.flush_all()
        days = max(company.carloan_return_days, company.carloan_entered_days)
        since = fields.Date.subtract(min(lines.mapped("date")), days=days)
        query = SQL(
            PAID_QUERY,
            company=company.id,
            kind=SQL(PAID[kind]),
            since=since,
            amounts=tuple({abs(amount) for amount in lines.mapped("amount")}),
        )
        paid = defaultdict(dict)
        for row in self.env.execute_query_dict(query):
            texts = (row["name"], row["bank_uid"])
            if kind != "refund_sent":  # who pays for a loan names it as well
                texts += (row["memo"], row["loan"])
            names = [row[n] for n in ("borrower", "payer", "line_payer", "payee")]
            currency = self.env["res.currency"].browse(row["currency_id"])
            one = matching.Paid(
                row["id"],
                row["loan_id"],
                round(row["amount"] * 10**currency.decimal_places),
                row["date"],
                tuple(text for text in texts if text),
                tuple(name for name in names if name),
            )
            # what came into another account, or in another currency, is another payment
            key = (row["journal_id"], currency.id, one.amount)
            paid[key][one.id] = one
        return paid

    def _match_paid_out(self, paid, refunds, company, reasons):
        """Find the payment that one line takes back, or the credit that it pays back;
        it is taken by no other line."""
        days = company.carloan_return_days
        payment_id, match = self._find_paid(paid, days)
        refund_id, refund = self._find_paid(refunds, company.carloan_entered_days)
        # money that we sent away ourselves is no payment that the bank took back
        if refund_id and refund.confidence >= match.confidence:
            return self._set_refund(refund_id, refund, company, refunds)
        self._set_match(match, company, payment_id)
        if self.entered_payment_id:
            self.entered_payment_id = False
        reason_id = matching.match_reason(reasons, self.return_code, self.reference)
        self.return_reason_id = reason_id or False
        return self._get_paid(paid).pop(payment_id, None)

    def _get_paid(self, paid):
        """Return those of `_read_paid` over the money of this line."""
        amount = abs(self._get_traits()[-1])
        return paid.get((self.journal_id.id, self.currency_id.id, amount), {})

    def _find_paid(self, paid, days):
        """Return (payment id, match) of what this line takes back, or pays back."""
        text, payer, _account, amount = self._get_traits()
        free = list(self._get_paid(paid).values())
        return matching.match_return(free, text, payer, abs(amount), self.date, days)

    def _match_refund_sent(self, sent, company):
        """Tell whether money that came in is a credit paid back that did not arrive.

        That is said by the number of the payment or of the booking that sent it, or by
        a reason why it came back: a borrower who pays that much again gives neither.
        """
        payment_id, match = self._find_paid(sent, company.carloan_return_days)
        named = match.reason == "return_reference"
        if not payment_id or not (named or self.return_code):
            return False
        self._set_match(match, company, payment_id)
        self.write({"match_reason": "refund_returned", "state": "to_check"})
        self._get_paid(sent).pop(payment_id)
        return True

    def _set_refund(self, payment_id, match, company, refunds):
        """Let a line that pays a credit back wait for a person, as what was entered by
        hand does."""
        self._set_match(match, company)
        self.write(
            {
                "entered_payment_id": payment_id,
                "match_reason": "refund",
                "state": "to_check",
                "return_reason_id": False,
            }
        )
        self._get_paid(refunds).pop(payment_id)
