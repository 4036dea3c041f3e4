import hashlib
import time
from dataclasses import dataclass, field

import numpy as np

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import affordability, arrears, schedule
from ..tools.tape import Rejection, TapeError
from ..tools.words import say as say_in

#: Roles without which the opening entry and the bills after it cannot be posted.
ROLES = ("principal", "principal_due", "interest_due", "interest_income")
#: Loans written at a time: bounds the memory of a large book.
BATCH = 2000


@dataclass
class LoadResult:
    """What an import did, or would do."""

    dry_run: bool
    lines: list = field(default_factory=list)
    loan_ids: list = field(default_factory=list)
    move_id: int = 0


class CarloanTapeLoader(models.AbstractModel):
    """Brings the open loans of a checked tape into the books of a company.

    Position of a loan on the as-of date, by the contract rule (`engine.arrears`): the
    balance of the tape against the balance that the contract schedules after the
    instalments due so far. Behind by as many instalments as whole payments are missing
    in the difference (a payment counts as missing when more than 95 % of it is); the
    difference is then overdue principal, and days past due run from the due date of
    the oldest instalment not paid. Not behind: the whole balance is not yet due. The
    agreed payment goes on for what is not yet due, the last instalment takes the
    residue. A tape tells no interest due, so none is opened.
    """

    _name = "carloan.tape.loader"
    _description = "Import of a loan tape"

    def _load(self, tape, product, account=None, dry_run=False, report=None):
        """Import the open loans of a tape, or say what an import would do.

        :param Tape tape: read and checked
        :param product: carloan.product that the loans get
        :param account: contra account of the opening entry; default: the company's
            account for opening balances
        :param bool dry_run: check everything, write nothing
        :param report: called with each line of progress
        :rtype: LoadResult
        :raise TapeError: with every problem; nothing is written then
        """
        self = self.with_company(product.company_id).with_context(  # noqa: PLW0642
            tracking_disable=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            carloan_no_refresh=True,
        )
        product = product.with_env(self.env)
        result = LoadResult(dry_run)
        say = report or (lambda line: None)
        self._check_may_load()
        self._check_product(tape, product)
        contract = self._get_contract(tape.loans)
        self._leave_out_matured(tape, contract)
        index = tape.open_loans
        self._check_references(tape, index, product.company_id)
        balance = tape.balance[tape.position[index]]
        at = arrears.standing(contract.take(index), balance, tape.options.as_of)
        result.lines += self._describe_tape(tape, contract, index, at)
        for line in result.lines:
            say(line)
        if not dry_run:
            self._write(tape, product, account, contract, index, at, result, say)
        return result

    # ------------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------------

    def _check_may_load(self):
        """Refuse who may neither enter loans nor post money of them."""
        loans = self.env["carloan.loan"]
        loans.check_access("create")
        loans._check_may_post()

    def _check_product(self, tape, product):
        """A product with its accounts, in the currency of the tape and the books."""
        product.check_access("read")
        company = product.company_id
        if company.currency_id.name != tape.options.currency:
            raise UserError(
                self.env._(
                    "The tape is in %(currency)s, but %(company)s keeps its books in "
                    "%(books)s. Import it into a company that keeps its books in "
                    "%(currency)s.",
                    currency=tape.options.currency,
                    company=company.display_name,
                    books=company.currency_id.name,
                )
            )
        if tape.options.as_of > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "The as-of date %(date)s lies in the future. Choose the month end "
                    "on which the balances of the tape stood.",
                    date=tape.options.as_of,
                )
            )
        for role in ROLES:
            product._get_account(role)

    def _check_references(self, tape, index, company):
        """Refuse loans that are in the company already."""
        refs = [tape.loans[at].ref for at in index]
        # sudo: a loan of another team has a reference too
        loans_sudo = self.env["carloan.loan"].sudo().with_context(active_test=False)
        known = loans_sudo.search_fetch(
            [("import_ref", "in", refs), ("company_id", "=", company.id)],
            ["import_ref", "name"],
        )
        if not known:
            return
        names = {loan.import_ref: loan.name for loan in known}
        title = tape.options.loan_columns.get("loan_ref") or "loan_ref"
        raise TapeError(
            [
                Rejection(
                    tape.names[0],
                    loan.line,
                    title,
                    loan.ref,
                    self.env._(
                        "the loan is in %(company)s already as %(loan)s, imported "
                        "before. A reference comes once: remove the row, or cancel "
                        "the import.",
                        company=company.display_name,
                        loan=names[loan.ref],
                    ),
                )
                for loan in (tape.loans[at] for at in index)
                if loan.ref in names
            ]
        )

    def _leave_out_matured(self, tape, contract):
        """Leave out, and list, loans past their last due date: nothing to schedule."""
        index = tape.open_loans
        due = contract.take(index).count_due(tape.options.as_of)
        for at in index[due >= contract.instalments[index]]:
            loan = tape.loans[at]
            tape.position[at] = -1
            tape.rejected.append(
                Rejection(
                    tape.names[0],
                    loan.line,
                    tape.options.loan_columns.get("loan_ref") or "loan_ref",
                    loan.ref,
                    self.env._(
                        "the last instalment fell due before the as-of date and the "
                        "loan is still owed: enter it by hand. Not imported."
                    ),
                )
            )

    # ------------------------------------------------------------------
    # FROM THE TAPE TO ARRAYS
    # ------------------------------------------------------------------

    def _get_contract(self, loans):
        """Return the contracts of the tape as the engine reads them."""
        return arrears.Contract.of(
            principal=[loan.principal for loan in loans],
            annual_rate=[loan.annual_rate for loan in loans],
            payment=[loan.payment for loan in loans],
            instalments=[loan.instalments for loan in loans],
            first_due=[loan.first_due for loan in loans],
        )

    def _describe_tape(self, tape, contract, index, at):
        """Say what stands on the tape and how many are late by which rule."""
        rules = arrears.count_rules(
            contract, at, tape.loan_index, tape.paid, tape.position[index]
        )
        lines = [
            self.env._(
                "Read %(loans)s loans and %(rows)s payment rows; %(future)s rows after "
                "%(date)s were not looked at.",
                loans=len(tape.loans),
                rows=tape.rows_read,
                future=tape.rows_future,
                date=tape.options.as_of,
            ),
            self.env._(
                "Open on %(date)s: %(count)s loans, together %(total)s %(currency)s.",
                date=tape.options.as_of,
                count=len(index),
                total=self._show(tape, tape.total_open()),
                currency=tape.options.currency,
            ),
            self.env._("Rows rejected: %(count)s.", count=len(tape.rejected)),
        ]
        lines += [
            f"  {count} {say_in(self.env, what)}"
            for what, count in tape.notes.items()
            if count
        ]
        lines += [
            self.env._(
                "Late by the contract rule, which the import uses: %(count)s loans, "
                "%(amount)s overdue (the balance is more than 95 %% of a payment above "
                "the balance the contract schedules).",
                count=rules["contract"],
                amount=self._show(tape, at.overdue.sum()),
            ),
            self.env._(
                "Late by running arrears (due less paid, added up month by month, "
                "never below zero): %(count)s loans.",
                count=rules["running_arrears"],
            ),
            self.env._(
                "In a run of months without payment: %(count)s loans.",
                count=rules["unpaid_month"],
            ),
        ]
        return lines

    def _show(self, tape, minor):
        amount = int(minor) / 10**tape.options.digits
        return f"{amount:,.{tape.options.digits}f}"

    # ------------------------------------------------------------------
    # FROM ARRAYS TO RECORDS
    # ------------------------------------------------------------------

    def _write(self, tape, product, account, contract, index, at, result, say):
        """Write everything in one transaction and prove that it agrees."""
        account = account or self._get_opening_account(product.company_id)
        started = time.monotonic()

        def step(what):
            say(f"{what} ({time.monotonic() - started:.1f} s)")

        loans = self._create_loans(tape, product, index)
        step(self.env._("%(count)s loans, borrowers and vehicles", count=len(loans)))
        self._create_schedules(loans, contract.take(index), at)
        step(self.env._("schedules of what is not yet due"))
        past = self._create_past_loans(tape, product, index)
        step(
            self.env._(
                "%(count)s loans that are kept for their history alone", count=len(past)
            )
        )
        rows = self._load_behaviour(tape, contract, loans | past)
        step(self.env._("%(count)s months of payment history", count=rows))
        move = self._post_opening(tape, product, account, contract, index, at, loans)
        step(self.env._("opening entry %(move)s", move=move.name))
        self._analyze()
        loans._refresh_position(tape.options.as_of)
        step(self.env._("positions"))
        line = self._reconcile(tape, loans)
        result.lines.append(line)
        say(line)
        result.loan_ids, result.move_id = loans.ids, move.id

    def _analyze(self):
        """Tell the database how full its tables have become.

        It plans its queries by what it last counted. After a bulk load into a small
        book it would loop over the new rows one by one, for minutes.
        """
        self.env.flush_all()
        self.env.cr.execute(
            "ANALYZE carloan_loan, carloan_schedule, carloan_instalment, "
            "carloan_behaviour, account_move, account_move_line"
        )

    def _create_loans(self, tape, product, index):
        """Create borrowers, vehicles, households and loans of the open rows."""
        loans = self.env["carloan.loan"]
        for start in range(0, len(index), BATCH):
            rows = [tape.loans[at] for at in index[start : start + BATCH]]
            loans |= self._create_batch(tape, product, rows)
        return loans

    def _create_batch(self, tape, product, rows):
        # sudo: who may import loans need not keep contacts; the caller checked
        partners_sudo = self.env["res.partner"].sudo()
        partners = partners_sudo.create(
            [self._prepare_partner_vals(product, row) for row in rows]
        )
        vehicles = self.env["carloan.vehicle"].create(
            [self._prepare_vehicle_vals(tape, product, row) for row in rows]
        )
        self.env["carloan.financial.statement"].create(
            self._prepare_statements(tape, product, rows, partners)
        )
        return self.env["carloan.loan"].create(
            [
                self._prepare_loan_vals(tape, product, row, partner, vehicle)
                for row, partner, vehicle in zip(rows, partners, vehicles, strict=True)
            ]
        )

    def _prepare_partner_vals(self, product, row):
        """Return the values of a borrower, named by reference when it has no name."""
        return {
            "name": row.borrower or self.env._("Borrower %(ref)s", ref=row.ref),
            "ref": row.ref,
            "company_id": product.company_id.id,
        }

    def _prepare_vehicle_vals(self, tape, product, row):
        """Return the values of a vehicle, its value dated at origination."""
        value = (row.vehicle_value or 0) / 10**tape.options.digits
        valuation = {
            "date": row.originated,
            "known_on": row.originated,
            "value": value,
            "source": self.env._("Loan tape"),
        }
        return {
            "make": row.make or self.env._("Unknown"),
            "model": row.model,
            "model_year": row.model_year or 0,
            "condition": "new" if row.condition == "new" else "used",
            "purchase_value": value,
            "company_id": product.company_id.id,
            "valuation_ids": [fields.Command.create(valuation)] if value else [],
        }

    def _prepare_statements(self, tape, product, rows, partners):
        """Return the households that the tape tells something of."""
        share = [row.payment_to_income or 0 for row in rows]
        income = affordability.income([row.payment for row in rows], share)
        factor = 10**tape.options.digits
        return [
            {
                "partner_id": partner.id,
                "company_id": product.company_id.id,
                "date": row.originated,
                "known_on": row.originated,
                "net_income": 0 if np.isnan(earned) else round(earned / factor, 2),
                "bureau_score": row.credit_score or 0,
                "source": self.env._("Loan tape, at origination"),
            }
            for row, partner, earned in zip(rows, partners, income, strict=True)
            if row.credit_score or earned > 0
        ]

    def _prepare_loan_vals(self, tape, product, row, partner, vehicle):
        """Return the values of a loan with the terms as signed."""
        start = min(row.originated, fields.Date.subtract(row.first_due, months=1))
        return {
            "partner_id": partner.id,
            "vehicle_id": vehicle.id,
            "product_id": product.id,
            "company_id": product.company_id.id,
            "user_id": False,
            "principal": row.principal / 10**tape.options.digits,
            "annual_rate": row.annual_rate,
            "instalments": row.instalments,
            "period": "month",
            "method": "annuity",
            "day_count": "period",
            "fee": 0.0,
            "instalment_rounding": 0.0,
            "start_date": start,
            "first_due_date": row.first_due,
            "due_day": row.first_due.day,
            "import_ref": row.ref,
        }

    def _create_schedules(self, loans, contract, at):
        """Create the schedules of what is not yet due and make them active."""
        built = schedule.build(arrears.remaining_terms(contract, at))
        starts = contract.due_date(at.due).tolist()
        values = [{"date_from": start} for start in starts]
        schedules = self.env["carloan.schedule"]._create_batch(
            loans, built, "opening", values=values
        )
        schedules._activate()

    def _post_opening(self, tape, product, account, contract, index, at, loans):
        """Post the opening entry: a line per loan, one more per overdue instalment."""
        dates, amounts = arrears.split_overdue(contract.take(index), at)
        rows = [
            {
                "loan": loan,
                "principal": int(at.undue[k]),
                "overdue_principal": int(at.overdue[k]),
                "oldest_due_date": at.oldest_due[k].item(),
                "overdue_dates": [
                    (day, amount)
                    for day, amount in zip(
                        dates[k].tolist(), amounts[k].tolist(), strict=True
                    )
                    if amount
                ],
            }
            for k, loan in enumerate(loans)
        ]
        refs = "\n".join(sorted(loans.mapped("import_ref")))
        digest = hashlib.sha256(refs.encode()).hexdigest()[:12]
        return self.env["carloan.ledger"]._post_opening(
            product,
            tape.options.as_of,
            rows,
            account,
            f"{tape.options.as_of}:{digest}",
        )

    def _get_opening_account(self, company):
        """Return the equity account against which balances are opened."""
        # sudo: a manager of loans may not edit the chart; only this account is made
        accounts_sudo = self.env["account.account"].with_company(company).sudo()
        name = self.env._("Opening balances of imported loans")
        found = accounts_sudo.search(
            [
                *accounts_sudo._check_company_domain(company),
                ("account_type", "=", "equity"),
                ("name", "=", name),
            ],
            limit=1,
        )
        return found or accounts_sudo.create(
            {
                "name": name,
                "code": accounts_sudo._search_new_account_code("309900"),
                "account_type": "equity",
                "company_ids": [fields.Command.set(company.root_id.ids)],
            }
        )

    def _reconcile(self, tape, loans):
        """Compare tape and ledger, to the cent; a difference undoes the import."""
        self.env.flush_all()
        ((count, total),) = self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT carloan_loan_id), COALESCE(sum(balance), 0)
                  FROM account_move_line
                 WHERE carloan_loan_id IN %s AND parent_state = 'posted'
                   AND carloan_role IN ('principal', 'principal_due')
                """,
                tuple(loans.ids),
            )
        )
        ledger = round(float(total) * 10**tape.options.digits)
        wanted = tape.total_open()
        figures = {
            "tape_count": len(tape.open_loans),
            "tape_total": self._show(tape, wanted),
            "count": count,
            "total": self._show(tape, ledger),
            "currency": tape.options.currency,
        }
        if (count, ledger) != (figures["tape_count"], wanted):
            raise UserError(
                self.env._(
                    "The ledger does not agree with the tape: tape %(tape_count)s "
                    "loans, %(tape_total)s; ledger %(count)s loans, %(total)s. Nothing "
                    "was imported.",
                    **figures,
                )
            )
        return self.env._(
            "Reconciled to the cent: tape %(tape_count)s loans, %(tape_total)s "
            "%(currency)s = ledger %(count)s loans, %(total)s %(currency)s.",
            **figures,
        )
