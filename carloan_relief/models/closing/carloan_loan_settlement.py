import numpy as np

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import frozen, rest, settlement


class CarloanLoan(models.Model):
    """The rest of a loan falls due on one day, and is paid."""

    _inherit = "carloan.loan"

    settlement_ids = fields.One2many(
        "carloan.settlement", "loan_id", string="Early settlements"
    )

    def _get_payoff(self, date):
        """Return what this loan owes beyond what is billed, by the engine.

        :param date: day on which it would end
        :rtype: settlement.Payoff
        """
        self.ensure_one()
        rows, coming = self._get_coming()
        billed = rows - coming
        start = max(billed.mapped("due_date"), default=self.schedule_id.date_from)
        due_date = np.array([coming.mapped("due_date")], dtype="datetime64[D]")
        amounts = {
            name: np.array([self._to_minor(coming.mapped(name))], dtype=np.int64)
            for name in ("principal", "interest", "fee", "carried")
        }
        # what they collect of earlier claims is in the books, among what is overdue
        claims = amounts.pop("carried")
        amounts["interest"] = amounts["interest"] - claims
        waits = self._get_waiting(len(billed), claims)
        return settlement.payoff(
            due_date, **amounts, start=[start], day=[date], waits=waits
        )

    def _get_coming(self):
        """Return the instalments of the active schedule, and those not yet billed."""
        rows = self.schedule_id.instalment_ids.sorted("sequence")
        return rows, rows.filtered(lambda line: line.state in ("planned", "drafted"))

    def _get_interest_kept(self):
        """Return the interest that a running relief keeps for later, minor units."""
        rows, coming = self._get_coming()
        claims = np.array([self._to_minor(coming.mapped("carried"))], dtype=np.int64)
        return int(self._get_waiting(len(rows - coming), claims)[0, 0])

    def _get_waiting(self, past, claims):
        """Return the interest that a running relief keeps for later instalments.

        :param int past: instalments billed
        :param claims: (1, M) int64 what each of the others collects of earlier claims
        :return: (1, M + 1) int64 minor units before each of them
        """
        stored = self.schedule_id.engine_terms
        if not stored:
            return np.zeros((1, claims.shape[1] + 1), dtype=np.int64)
        left = rest.rest(frozen.thaw_terms([stored]), [past])
        booked = np.cumsum(claims[:, ::-1], axis=1)[:, ::-1]
        return rest.waiting(left) - np.pad(booked, ((0, 0), (0, 1)))

    def _get_early_fee(self, policy, payoff):
        """Return the fee that a policy asks for ending this loan, in minor units."""
        billed = self.schedule_ids.instalment_ids.filtered(
            lambda line: line.state == "billed"
        )
        if not policy or (policy.free_after and len(billed) >= policy.free_after):
            return 0
        fee = settlement.early_fee(
            policy.kind,
            payoff.principal,
            share=policy.share,
            months=policy.months,
            annual_rate=self.schedule_id.annual_rate,
            saved=payoff.saved,
            cap_share=policy.cap_share,
            cap_saved=policy.cap_saved,
        )
        return int(fee[0])

    def _get_penalty_to_come(self, date):
        """Return the penalty interest not yet charged up to a day, in minor units."""
        ledger = self.env["carloan.ledger"]
        rows = ledger._read_penalty_rows(self, date)
        parts = ledger._compute_penalties(rows, date).values()
        return sum(amount for one in parts for *_what, amount in one)

    def _fall_due(self, date, key, fee=0):
        """Let the rest of this loan fall due on a day, with the interest run by then.

        The interest adjustment goes to income with it. The caller has prepared the
        loan for that day.

        :param str key: of the event
        :param int fee: minor units
        :return: the schedule of one row
        """
        payoff = self._get_payoff(date)
        row = self._get_owed(date)
        built = settlement.falls_due([date], payoff.principal, payoff.interest, [fee])
        unwind = np.array([[-int(row["adjustment"])]])
        schedule = self._replace_schedule(built, key, unwind)
        bill = self.env["carloan.ledger"]._bill(schedule.instalment_ids, date)
        self._check_booked_by(bill, date)
        return schedule

    def _settle(self, case):
        """End a loan early: the rest falls due, and what was received pays it.

        :return: the payment; empty where the borrower's credit paid it all
        """
        self.ensure_one()
        date = case.date
        loan = self._prepare_closing(date)
        fee = loan._to_minor([case.fee - case.waived])[0]
        loan._fall_due(date, f"settlement:{case.id}", fee)
        due = loan._get_overdue_total(loan._get_owed(date))
        loan._check_same_total(case, due)
        if not due:
            return self.env["account.payment"]
        amount = loan._from_minor([due])[0]
        return loan._register_repayment(amount, date, case.journal_id, case.name)

    def _check_same_total(self, case, due):
        """Refuse when what falls due is not what was quoted."""
        quoted = self._to_minor([case.total])[0]
        if due != max(quoted, 0):
            raise UserError(
                self.env._(
                    "Loan %(loan)s has moved since %(case)s was worked out: %(due)s is "
                    "due on %(date)s, %(quoted)s was quoted. Press Recompute, tell the "
                    "borrower, and settle then.",
                    loan=self.name,
                    case=case.name,
                    date=case.date,
                    due=self._from_minor([due])[0],
                    quoted=case.total,
                )
            )

    def _find_repayment_blocker(self, move):
        """Override: what paid an early settlement goes after that is undone."""
        settled = self.settlement_ids.filtered(
            lambda case: (
                case.state == "done" and case.payment_id == move.origin_payment_id
            )
        )
        if move.origin_payment_id and settled:
            return self.env._(
                "%(case)s settled the loan with it: undo that first", case=settled.name
            )
        return super()._find_repayment_blocker(move)

    def action_settle_early(self):
        """Open the quote of an early settlement of this loan, or a new one."""
        self.ensure_one()
        drafts = self.settlement_ids.filtered(lambda one: one.state == "draft")
        return self._open_case(drafts, self.env._("Early settlement"))
