from collections import defaultdict

from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import ledger as engine_ledger
from ..loan.selections import DUE_ROLES

RECEIVABLE_ROLES = tuple(DUE_ROLES.values())
OUTSIDE = (engine_ledger.BUYER, engine_ledger.CREDIT)

# The entries come balanced from the engine and are no invoices: no mail, no tax or
# rounding lines to synchronise (which would also balance silently what is not), and
# no analytic accounts by partner.
QUICK = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_invoice_sync": True,
    "skip_analytic_sync": True,
}


class CarloanLedger(models.AbstractModel):
    """The one place where car loans are posted.

    An event is a dict: `loan`, `event` (engine.ledger.EVENTS), `key` (what makes it
    unique), `date`, `amounts` (minor units, as the engine names them), and where
    needed `instalment`, `splits` ({component: [(open line, minor)]}), `ref`, `vals`
    (further values of the move), `lines` (journal items, instead of amounts). The
    engine says what is debited and credited; this model knows accounts, dates and
    links, and no formula.
    """

    _name = "carloan.ledger"
    _description = "Car-loan ledger"

    # ------------------------------------------------------------------
    # POSTING
    # ------------------------------------------------------------------

    @api.model
    def _post_events(self, events):
        """Post events, each once, and return their moves in the same order.

        An event whose key is in the ledger already gives back that move. An event
        without effect (all amounts zero) gives no move.
        """
        moves_by_key = self._find_by_key(events)
        new = [event for event in events if event["key"] not in moves_by_key]
        prepared = [(event, self._prepare_move_vals(event)) for event in new]
        prepared = [(event, vals) for event, vals in prepared if vals]
        moves = self._create_moves([vals for _event, vals in prepared])
        moves._post(soft=False)
        for (event, _vals), move in zip(prepared, moves, strict=True):
            moves_by_key[event["key"]] = move
        empty = self.env["account.move"]
        return empty.union(*(moves_by_key.get(event["key"], empty) for event in events))

    def _create_moves(self, vals_list):
        """Create moves quietly, as the system."""
        # sudo: who may disburse, relieve or bill is checked where the event begins;
        # most of those people keep no books
        Move = self.env["account.move"].sudo()
        vals_list = self._convert_moves(vals_list)
        return Move.with_context(**QUICK).create(vals_list)

    def _find_by_key(self, events):
        """Return {key: move} of the events that are in the ledger already."""
        if not events:
            return {}
        loans = self.env["carloan.loan"].union(*(event["loan"] for event in events))
        moves = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("carloan_event_key", "in", [event["key"] for event in events]),
                    ("company_id", "in", loans.company_id.ids),
                ]
            )
        )
        return {move.carloan_event_key: move for move in moves}

    def _prepare_move_vals(self, event):
        """Return the values of the move of an event, None when it has no effect."""
        loan = event["loan"]
        lines = event.get("lines") or self._prepare_lines(event)
        if not lines:
            return None
        product = loan.product_id
        if not product.journal_id:
            self._raise_no_journal(product)
        instalment = event.get("instalment")
        return {
            "move_type": "entry",
            "journal_id": product.journal_id.id,
            "company_id": loan.company_id.id,
            "partner_id": loan.partner_id.id,
            "date": event["date"],
            "ref": event.get("ref") or loan.name,
            "carloan_loan_id": loan.id,
            "carloan_instalment_id": instalment.id if instalment else False,
            "carloan_event": event["event"],
            "carloan_event_key": event["key"],
            "line_ids": [Command.create(vals) for vals in lines],
            **event.get("vals", {}),
        }

    def _raise_no_journal(self, product):
        raise UserError(
            self.env._(
                "Loan product %(product)s has no loan journal. Open Car Loans > "
                "Configuration > Loan Products, choose the product, and press Map "
                "accounts.",
                product=product.display_name,
            )
        )

    def _prepare_lines(self, event):
        """Return the values of the journal items of an event, by the engine."""
        loan = event["loan"]
        lines = engine_ledger.entry(event["event"], **event["amounts"])
        maturity = event["date"]
        if event.get("instalment"):
            maturity = event["instalment"].due_date
        result = []
        for line in lines:
            amount = line.debit - line.credit
            if line.role in OUTSIDE:
                vals = self._prepare_outside_vals(event, line.role, amount)
                result.append({**vals, "date_maturity": maturity})
                continue
            vals = self._prepare_line_vals(loan, line.role, line.component, amount)
            vals["date_maturity"] = maturity
            if event.get("instalment"):
                vals["carloan_instalment_id"] = event["instalment"].id
            tax = event.get("vat_within", {}).get(line.component)
            if tax and line.role in RECEIVABLE_ROLES:
                vals["carloan_vat"] = loan._from_minor([tax])[0]
            splits = event.get("splits", {}).get(line.component)
            if splits and line.role in RECEIVABLE_ROLES:
                result += self._split_line(loan, vals, splits)
            else:
                result.append(vals)
        return result

    def _prepare_outside_vals(self, event, role, amount):
        """Return an item that is no claim: the borrower's credit, or of a third party.

        What a third party owes stands on the account that the event names (`buyer`).
        """
        loan = event["loan"]
        if role == engine_ledger.CREDIT:
            return self._prepare_credit_line(loan, amount)
        return {
            "name": event.get("ref") or loan.name,
            "currency_id": loan.currency_id.id,
            "balance": loan._from_minor([amount])[0],
            "carloan_loan_id": loan.id,
            **event[role],
        }

    def _prepare_line_vals(self, loan, role, component, amount):
        """Return the values of one journal item; `amount` in minor units, + debit.

        The balance is in the currency of the loan until `_create_moves` converts it
        at the rate of the entry's date.
        """
        return {
            "account_id": loan.product_id._get_account(role).id,
            "partner_id": loan.partner_id.id,
            "name": self._get_line_label(loan, role),
            "currency_id": loan.currency_id.id,
            "balance": loan._from_minor([amount])[0],
            "carloan_loan_id": loan.id,
            "carloan_role": role,
            "carloan_component": component if role in RECEIVABLE_ROLES else False,
            # given, so that Odoo does not look for a rule on every line
            "analytic_distribution": False,
        }

    def _get_line_label(self, loan, role):
        labels = dict(
            self.env["account.move.line"]
            ._fields["carloan_role"]
            ._description_selection(self.env)
        )
        return f"{loan.name} - {labels[role]}"

    def _split_line(self, loan, vals, splits):
        """Split a credit over the open lines that it settles."""
        return [
            {
                **vals,
                "balance": -loan._from_minor([amount])[0],
                "date_maturity": target.date_maturity,
                "carloan_instalment_id": target.carloan_instalment_id.id,
                "carloan_held": target.carloan_held,
            }
            for target, amount in splits
        ]

    @api.model
    def _before_post(self, moves, soft):
        """Bring drafts that were made ahead up to what their loans are today.

        :param bool soft: those dated later stay drafts
        """

    # ------------------------------------------------------------------
    # AFTER POSTING
    # ------------------------------------------------------------------

    def _after_post(self, moves):
        """Bring instalments, reconciliation, credits and positions up to date."""
        self = self.sudo()  # noqa: PLW0642 - the poster need not own the loan's records
        moves = moves.sudo()
        bills = moves.filtered(
            lambda move: move.carloan_event == "bill" and not move.reversed_entry_id
        )
        self._check_bills(bills)
        bills.carloan_instalment_id.write({"state": "billed"})
        self._record_suspended_bills(bills.carloan_instalment_id)
        loans = moves.line_ids.carloan_loan_id
        self._reconcile_loans(loans)
        if not self.env.context.get("carloan_keep_credits"):
            for date, own in bills.grouped("date").items():
                self._use_credits(own.carloan_loan_id, date)
        for move in moves:
            if move.carloan_event == "repay" and move.reversed_entry_id:
                move.carloan_loan_id._after_reversed_repayment(move)
        if not self.env.context.get("carloan_no_refresh"):
            loans._refresh_position()

    def _check_bills(self, bills):
        """Refuse a bill that somebody edited while it was a draft."""
        for move in bills:
            line = move.carloan_instalment_id
            due = sum(
                move.line_ids.filtered("carloan_component").mapped("amount_currency")
            )
            if line.currency_id.compare_amounts(due, line._get_amount_in_books()):
                raise UserError(
                    self.env._(
                        "The bill of %(instalment)s asks for %(due)s, its schedule "
                        "for %(amount)s. Delete this draft: the next billing makes "
                        "it again from the schedule.",
                        instalment=line.display_name,
                        due=due,
                        amount=line._get_amount_in_books(),
                    )
                )

    def _get_open_lines(self, loans, roles=RECEIVABLE_ROLES, held=(False,)):
        """Return the unsettled receivable lines of loans, oldest first."""
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("carloan_loan_id", "in", loans.ids),
                    ("carloan_role", "in", roles),
                    ("carloan_held", "in", list(held)),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                    ("amount_residual_currency", "!=", 0),
                ],
                order="date_maturity, id",
            )
        )

    def _reconcile_loans(self, loans):
        """Match the debits and credits of each receivable that belong together.

        Whoever credits a receivable (repayment, waiver, capitalisation, reversal)
        writes loan, component, instalment and maturity of the line it settles, so
        matching needs no memory of what was meant.
        """
        groups = defaultdict(self.env["account.move.line"].sudo().browse)
        lines = self._get_open_lines(loans, held=(False, True))
        for line in lines | self._get_foreign_lines(loans):
            groups[self._get_match_key(line)] |= line
        plan = [
            lines
            for lines in groups.values()
            if len({line.amount_residual_currency > 0 for line in lines}) == 2
        ]
        if plan:
            # matching changes no balance, so nothing is to be checked or synchronised:
            # an opening entry has thousands of lines, and every repayment of one of
            # its loans would work through all of them
            quiet = dict(QUICK, check_move_validity=False)
            lines = self.env["account.move.line"].sudo().with_context(**quiet)
            lines._reconcile_plan([part.with_env(lines.env) for part in plan])

    def _get_match_key(self, line):
        """Return what two lines share when one settles the other."""
        role = line.carloan_role
        key = (line.carloan_loan_id, line.account_id, role, line.carloan_component)
        if not line.carloan_component:  # credit or accrual: any against any
            return key
        held = line.carloan_held
        return (*key, line.carloan_instalment_id, line.date_maturity, held)

    # ------------------------------------------------------------------
    # ALLOCATION
    # ------------------------------------------------------------------

    def _use_credits(self, loans, date):
        """Let what borrowers paid ahead settle what has just fallen due."""
        for loan in loans.filtered("suspended_since"):
            self._recognise_credit(loan, date)
        events = [
            self._prepare_credit_use(loan, lines, date)
            for loan, lines in self._get_open_lines(loans)
            .grouped("carloan_loan_id")
            .items()
        ]
        self._post_events([event for event in events if event])

    def _prepare_credit_use(self, loan, lines, date):
        """Return the event that moves a borrower's credit onto open receivables.

        :param lines: all open lines of the loan
        """
        credits = lines.filtered(
            lambda line: (
                line.carloan_role == "principal_due"
                and not line.carloan_component
                and line.amount_residual_currency < 0
            )
        )
        available = -sum(loan._to_minor(credits.mapped("amount_residual_currency")))
        targets = loan._allocate(available, lines, date) if available else []
        used = sum(amount for _line, amount in targets)
        if not used:
            return None
        last = max(line.id for line, _amount in targets)
        return {
            "loan": loan,
            "event": "repay",
            "key": f"credit:{loan.id}:{last}:{max(credits.ids)}",
            "date": max(date, *credits.mapped("date")),
            "lines": [
                self._prepare_credit_line(loan, used),
                *self._prepare_settling_lines(loan, targets),
            ],
        }

    def _prepare_credit_line(self, loan, amount):
        """Return the journal item of a borrower's credit; `amount` + debit."""
        vals = self._prepare_line_vals(loan, "principal_due", False, amount)
        vals["name"] = self.env._("%(loan)s - Borrower's credit", loan=loan.name)
        return vals

    def _prepare_recovered_line(self, loan, amount):
        """Return the journal item of money for a claim that was written off."""
        vals = self._prepare_line_vals(loan, "principal", False, -amount)
        vals["name"] = self.env._("%(loan)s - Recovered", loan=loan.name)
        return vals

    def _prepare_settling_lines(self, loan, targets):
        """Return the journal items that settle open lines: [(line, minor)]."""
        return [
            {
                **self._prepare_line_vals(
                    loan, target.carloan_role, target.carloan_component, -amount
                ),
                "date_maturity": target.date_maturity,
                "carloan_instalment_id": target.carloan_instalment_id.id,
            }
            for target, amount in targets
            if amount
        ]
