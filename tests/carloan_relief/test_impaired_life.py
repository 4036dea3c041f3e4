"""Late loans at random: suspension, stage 3, VAT, reliefs, write-offs and their undo.

After each step what the books hold is what a second formula says (`impaired_oracle`),
and the check of the books passes. CARLOAN_IMPAIRED_LIVES, _MONTHS and _SEED make it
longer or other.
"""

import os
from copy import deepcopy
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.carloan_relief.models.receivables.columns import KINDS, get_steps

from .common_suspended import SuspendedCase
from .impaired_oracle import Oracle

LIVES = int(os.environ.get("CARLOAN_IMPAIRED_LIVES", 2))
MONTHS = int(os.environ.get("CARLOAN_IMPAIRED_MONTHS", 9))
SEED = int(os.environ.get("CARLOAN_IMPAIRED_SEED", 1))

EXACT = ("principal", "principal_due", "interest_due", "register", "written_off")
#: Odoo takes each share of a share in whole cents, the oracle in fractions.
ROUNDED = (
    "interest_income",
    "interest_adjustment",
    "allowance",
    "impairment",
    "modification_result",
    "output_vat",
    "pending_vat",
)
EVENTS = {
    "nothing": 6,
    "pay_part": 5,
    "pay_all": 4,
    "pay_over": 1,
    "bounce": 5,
    "waive": 2,
    "capitalise": 2,
    "forgive": 1,
    "holiday": 2,
    "undo_relief": 3,
    "write_off": 2,
    "recover": 3,
    "bounce_recovery": 2,
    "undo_write_off": 3,
    "part": 1,
}


@tagged("post_install", "-at_install")
class TestImpairedLife(SuspendedCase):
    def _begin(self, seed):
        """Draw the terms of a life; nothing of it is known to the next one."""
        self.draw = Random(seed)
        product = self._create_product(
            self.company,
            name=f"Product {seed}",
            suspend_days=self.draw.choice([30, 90, 90, 0]),
        )
        rate, days = self.draw.choice([(0.0, 0), (0.06, 90), (0.06, 20), (0.06, 0)])
        if rate:
            self.env["carloan.vat.rate"].create(
                {
                    "date_from": "2020-01-01",
                    "product_id": product.id,
                    "rate": rate,
                    "days": days,
                }
            )
        principal = self.draw.randint(30_000, 200_000)
        with freeze_time("2026-01-15"):
            self.loan = self._create_active(
                product_id=product.id,
                principal=float(principal),
                method=self.draw.choice(
                    ["annuity", "interest_only", "equal_principal"]
                ),
                annual_rate=self.draw.choice([0.072, 0.12, 0.1837]),
                instalments=24,
            )
        impaired = self.draw.random() < 0.6
        share = self.draw.choice([0.3, 0.45, 0.7]) if impaired else 0.0
        allowance = round(principal * share)
        if impaired:
            self._charge(self.loan, float(allowance), "2026-01-31")
            self.loan.ifrs_stage = "3"
        self.oracle = Oracle(
            undue=principal * 100,
            allowance=allowance * 100,
            rate=Fraction(str(rate)),
            days=days,
            impaired=impaired,
            suspend_days=product.suspend_days,
        )
        self.oracle.fixed["impairment"] = allowance * 100
        self.payments, self.before, self.recovered = [], [], []
        self.told = [f"seed {seed}: {product.suspend_days} {rate} {days} {share}"]

    def test_the_books_say_what_the_second_formula_says(self):
        for number in range(LIVES):
            seed = SEED * 1000 + number
            with self.subTest(seed=seed), self.env.cr.savepoint() as point:
                self._begin(seed)
                self._live()
                point.rollback()
            self.env.invalidate_all()

    def _live(self):
        for month in range(2, 2 + MONTHS):
            self.day = date(2026 + (month - 1) // 12, (month - 1) % 12 + 1, 15)
            with freeze_time(self.day):
                self._pass_night()
            for _time in range(self.draw.choice([1, 1, 2])):
                self.day += timedelta(days=self.draw.randint(1, 7))
                with freeze_time(self.day):
                    self.ledger._cron_refresh_positions()
                    self.oracle.see(self.day)
                    self._happen()
        with freeze_time(self.day):
            self._prove_rollforwards()

    def _prove_rollforwards(self):
        """What happened explains each balance, and no part of it is "other"."""
        for kind, (roles, sign) in KINDS.items():
            report = self.env["carloan.rollforward"].create(
                {"kind": kind, "date_from": "2026-01-01", "date_to": self.day}
            )
            report._fill()
            lines = self.env["carloan.rollforward.line"].search(
                [("report_id", "=", report.id), ("loan_id", "=", self.loan.id)]
            )
            held = sign * sum(self._sum(self.loan, role) for role in roles)
            told = f"{kind}\n" + "\n".join(self.told)
            self.assertAlmostEqual(sum(lines.mapped("closing")), held, 2, told)
            names = ("opening", *get_steps(kind))
            steps = sum(sum(lines.mapped(name)) for name in names)
            self.assertAlmostEqual(steps, held, 2, told)
            self.assertFalse(any(lines.mapped("other")), told)

    def _pass_night(self):
        row = self.loan.schedule_id.instalment_ids.filtered(
            lambda line: line.due_date == self.day and line.state != "billed"
        )
        if self.loan.state == "active" and row:
            names = ("principal", "interest", "unwind")
            amounts = self.loan._to_minor([row[name] for name in names])
            self.oracle.bill(self.day, *amounts, today=self.day)
            self.before = []
        self._bill(self.day)
        self.ledger._cron_refresh_positions()
        self.oracle.see(self.day)
        self._compare("night")

    def _happen(self):
        (name,) = self.draw.choices(list(EVENTS), list(EVENTS.values()))
        snapshot = deepcopy(self.oracle)
        try:
            with self.env.cr.savepoint():
                done = getattr(self, f"_do_{name}")()
        except UserError as refusal:
            self.oracle = snapshot
            self.told.append(f"{self.day} {name} refused: {refusal}")
            done = None
        if done is not None:
            self._compare(f"{name} {done}")

    # -- the proof --------------------------------------------------------------

    def _compare(self, text):
        self.told.append(f"{self.day} {text}")
        lines = self.env["account.move.line"]._read_group(
            [("carloan_loan_id", "=", self.loan.id), ("parent_state", "=", "posted")],
            ["carloan_role"],
            ["balance:sum"],
        )
        held = {role: round(amount * 100) for role, amount in lines}
        memo = self.env["carloan.memo"]._read_group(
            [("loan_id", "=", self.loan.id)], ["kind"], ["amount:sum"]
        )
        held |= {
            {"suspended": "register"}.get(kind, kind): round(amount * 100)
            for kind, amount in memo
        }
        wanted = self.oracle.get_balances()
        slack = dict.fromkeys(EXACT, 0) | dict.fromkeys(ROUNDED, len(self.told) // 4)
        wrong = {
            role: (float(wanted[role] / 100), held.get(role, 0) / 100)
            for role, cents in slack.items()
            if abs(wanted[role] - held.get(role, 0)) > cents
        }
        told = "\n".join(self.told)
        self.assertFalse(wrong, f"role: (formula, books)\n{told}")
        found = self.ledger._check_books(self.company)
        self.assertFalse(found, told)

    # -- money ------------------------------------------------------------------

    def _do_nothing(self):
        return None

    def _receive(self, amount):
        amount = round(amount, 2)
        if (
            amount <= 0
            or self.loan.state != "active"
            or self.oracle.fixed["written_off"]
        ):
            return None
        payment = self._pay(self.loan, amount, self.day)
        number = self.oracle.pay(self.day, round(amount * 100))
        self.payments.append((payment, number))
        self.before = []
        return amount

    def _do_pay_part(self):
        return self._receive(self.loan.overdue_amount * self.draw.random())

    def _do_pay_all(self):
        return self._receive(self.loan.overdue_amount)

    def _do_pay_over(self):
        if not self.loan.overdue_amount:
            return None
        return self._receive(self.loan.overdue_amount + 100.0)

    def _do_bounce(self):
        if not self.payments or self.loan.state != "active":
            return None
        payment, number = self.payments.pop()
        self.loan._undo_repayment(payment.move_id, self.day, "bounced")
        self.oracle.bounce(number, self.day)
        self.before = []
        return payment.amount

    # -- reliefs ----------------------------------------------------------------

    def _give(self, plan, apply_to_oracle):
        if self.loan.state != "active" or self.loan.credit_balance:
            return None
        before = deepcopy(self.oracle), list(self.payments)
        loss = self.loan.adjustment_balance
        self._relieve(self.loan, plan, self.day, len(self.told))
        apply_to_oracle()
        self._book_loss()
        self.oracle.see(self.day)
        self.before.append(("relief", self.loan.schedule_id, *before))
        return f"{plan} {loss}"

    def _book_loss(self):
        """The loss of a modification is a matter of other tests: taken as posted."""
        key = self.loan.schedule_id.event_key
        moves = self.loan._find_relief_moves(key)
        moves = moves.filtered(lambda move: move.carloan_event == "modify")
        for line in moves.line_ids:
            self.oracle.fixed[line.carloan_role] += round(line.balance * 100)

    def _do_waive(self):
        if not self.loan.overdue_interest:
            return None
        plan = [{"kind": "waive", "component": "interest", "percent": 100}]
        done = self._give(plan, lambda: self.oracle.waive_interest(self.day))
        self.payments = [] if done else self.payments
        return done

    def _do_capitalise(self):
        if not self.loan.overdue_interest:
            return None
        plan = [{"kind": "capitalise", "components": ["principal", "interest"]}]
        done = self._give(plan, lambda: self.oracle.capitalise(self.day))
        self.payments = [] if done else self.payments
        return done

    def _do_forgive(self):
        amount = round(self.loan.undue_principal * 0.02, 2)
        plan = [{"kind": "forgive_principal", "amount": amount}]
        return self._give(plan, lambda: self.oracle.forgive(round(amount * 100)))

    def _do_holiday(self):
        plan = [{"kind": "holiday", "instalments": 2, "interest": "capitalise"}]
        return self._give(plan, lambda: None)

    def _do_undo_relief(self):
        if not self.before or self.before[-1][0] != "relief":
            return None
        _kind, schedule, oracle, payments = self.before.pop()
        self.loan._undo_relief(schedule, self.day, "mistake")
        self.oracle, self.payments = oracle, payments
        self.oracle.see(self.day)
        return schedule.name

    # -- written off ------------------------------------------------------------

    def _do_write_off(self):
        loan = self.loan
        if loan.state != "active" or loan.credit_balance or self.oracle.kept_out:
            return None
        if self.oracle.fixed["written_off"]:
            return None
        before = deepcopy(self.oracle), list(self.payments)
        case = self._written_off(loan, date=self.day)
        self.oracle.write_off()
        self.before.append(("write_off", case, *before))
        return case.claim

    def _do_recover(self):
        if self.loan.state != "written_off" or not self.oracle.written_off:
            return None
        amount = round(self.loan.written_off_balance * self.draw.random(), 2)
        if amount <= 0:
            return None
        before = deepcopy(self.oracle)
        payment = self._pay(self.loan, amount, self.day)
        memo = self.env["carloan.memo"].search(
            [("move_id", "=", payment.move_id.id), ("event", "=", "recovery")]
        )
        # which claim comes first is proved elsewhere: what waited in it is due
        tax = -round(sum(memo.mapped("vat")) * 100)
        self.oracle.recover(round(amount * 100), tax)
        self.recovered.append((payment, before))
        return amount

    def _do_bounce_recovery(self):
        if not self.recovered:
            return None
        payment, self.oracle = self.recovered.pop()
        self._undo(move_id=payment.move_id.id, date=self.day)
        return payment.amount

    def _do_undo_write_off(self):
        if not self.before or self.before[-1][0] != "write_off" or self.recovered:
            return None
        _kind, case, oracle, payments = self.before.pop()
        self._undo(write_off_id=case.id, date=self.day)
        self.oracle, self.payments = oracle, payments
        self.oracle.see(self.day)
        return case.claim

    def _do_part(self):
        loan = self.loan
        if loan.state != "active" or loan.adjustment_balance or loan.credit_balance:
            return None
        before = deepcopy(self.oracle), list(self.payments)
        amount = round(loan.undue_principal * self.draw.uniform(0.1, 0.6), 2)
        case = self._written_off(loan, date=self.day, scope="part", part_amount=amount)
        self.oracle.write_off_part(round(case.claim * 100))
        self.before.append(("write_off", case, *before))
        return case.claim
