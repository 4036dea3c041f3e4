from odoo import Command, api, models
from odoo.tools import SQL

from ...engine import provision
from .carloan_provision_facts import EAD_ROLES

CARRYING_QUERY = """
    SELECT carloan_loan_id AS loan_id,
           COALESCE(sum(amount_currency) FILTER (WHERE carloan_role IN %(ead)s), 0)
               AS gross,
           -COALESCE(sum(amount_currency) FILTER (
               WHERE carloan_role = 'allowance'), 0) AS allowance
      FROM account_move_line
     WHERE carloan_loan_id IN %(ids)s AND parent_state = 'posted'
     GROUP BY carloan_loan_id
"""


class CarloanLoan(models.Model):
    """The allowance that a change of the loan may use."""

    _inherit = "carloan.loan"

    def _leave_out_accrued(self, rows, as_of):
        """Override: what an accrual added to the allowance is gone the next day."""
        accrued = self._read_accrued_allowance(as_of)
        for row in rows:
            row["allowance"] -= accrued.get(row["id"], 0)

    def _read_accrued_allowance(self, as_of=None):
        """Return {loan id: minor units} of the allowance that accruals hold.

        Interest of impaired loans that has run at a month end raises it, and leaves it
        again on the next day, so nothing may be charged against it.
        """
        domain = [
            ("carloan_loan_id", "in", self.ids),
            ("carloan_role", "=", "allowance"),
            ("carloan_event", "=", "accrue"),
            ("parent_state", "=", "posted"),
        ]
        if as_of:
            domain.append(("date", "<=", as_of))
        # sudo: who posts for a loan need not read the books
        groups = self.env["account.move.line"].sudo()
        groups = groups._read_group(
            domain, ["carloan_loan_id"], ["amount_currency:sum"]
        )
        return {loan.id: -loan._to_minor([amount])[0] for loan, amount in groups}


class CarloanLedger(models.AbstractModel):
    """Interest of impaired loans: income on what is left after the allowance.

    The stage at the last provisioning counts, so that interest follows from the
    reporting period after a loan became impaired (IFRS 9 5.4.1(b), CAS 22 art. 39).
    """

    _inherit = "carloan.ledger"

    @api.model
    def _before_post(self, moves, soft):
        """Extended: bills of impaired loans raise the allowance by a part."""
        result = super()._before_post(moves, soft)
        bills = moves._filter_carloan_bills(soft)
        bills = bills.filtered(lambda move: move.carloan_loan_id.ifrs_stage == "3")
        income = {bill: self._find_income(bill) for bill in bills}
        amounts = {
            bill.carloan_loan_id: lines[:1].carloan_loan_id._to_minor(
                [-sum(lines.mapped("amount_currency"))]
            )[0]
            for bill, lines in income.items()
            if lines
        }
        parts = self._compute_to_allowance(amounts)
        for bill, lines in income.items():
            if part := parts.get(bill.carloan_loan_id):
                self._reduce_income(bill, lines, part)
        return result

    def _find_income(self, bill):
        """Return the lines of interest income of a draft bill not reduced yet."""
        if "allowance" in bill.line_ids.mapped("carloan_role"):
            return bill.line_ids.browse()
        return bill.line_ids.filtered(lambda x: x.carloan_role == "interest_income")

    def _compute_to_allowance(self, amounts):
        """Return {loan: minor units} of the interest that is no income.

        :param amounts: {loan: interest in minor units}; loans that are not in stage 3
            earn all of it
        """
        loans = self.env["carloan.loan"].browse(
            loan.id for loan in amounts if loan.ifrs_stage == "3"
        )
        if not loans:
            return {}
        carrying = self._read_carrying(loans)
        gross, allowance = zip(*(carrying[loan] for loan in loans), strict=True)
        interest = [amounts[loan] for loan in loans]
        parts = provision.to_allowance(interest, gross, allowance).tolist()
        return {loan: part for loan, part in zip(loans, parts, strict=True) if part}

    def _read_carrying(self, loans):
        """Return {loan: (gross carrying amount, allowance)} in minor units."""
        self.env.flush_all()
        query = SQL(CARRYING_QUERY, ids=tuple(loans.ids), ead=EAD_ROLES)
        found = {
            row["loan_id"]: (float(row["gross"]), float(row["allowance"]))
            for row in self.env.execute_query_dict(query)
        }
        return {
            loan: tuple(loan._to_minor(found.get(loan.id, (0.0, 0.0))))
            for loan in loans
        }

    def _reduce_income(self, bill, lines, part):
        """Move a part of the income of a draft bill to the allowance of its loan."""
        loan = bill.carloan_loan_id
        income = loan._to_minor([-sum(lines.mapped("amount_currency"))])[0]
        amounts = {"interest_income": part - income, "allowance": -part}
        common = {
            "date_maturity": lines[0].date_maturity,
            "carloan_instalment_id": bill.carloan_instalment_id.id,
        }
        made = [
            {**self._prepare_line_vals(loan, role, "", amount), **common}
            for role, amount in amounts.items()
            if amount
        ]
        rate = self._get_rate(bill.company_id, bill.currency_id, bill.date)
        made = self._convert_lines(
            made, bill.currency_id, bill.company_id, rate, sum(lines.mapped("balance"))
        )
        quiet = bill.with_context(skip_invoice_sync=True, skip_analytic_sync=True)
        self._note_to_allowance(quiet, income, part)
        quiet.write(
            {
                "line_ids": [
                    *map(Command.delete, lines.ids),
                    *map(Command.create, made),
                ]
            }
        )

    def _note_to_allowance(self, bill, income, part):
        """Note on the claim of a bill what of it raised the allowance.

        The income may hold more than the claim: the unwinding of a modification, and
        interest that joins the principal.
        """
        loan = bill.carloan_loan_id
        for claim in bill.line_ids.filtered(lambda x: x.carloan_role == "interest_due"):
            amount, tax = loan._to_minor([claim.amount_currency, claim.carloan_vat])
            share = provision.claim_share([part], [amount - tax], [income])[0]
            claim.carloan_to_allowance = loan._from_minor([int(share)])[0]
