"""Events at the borders of the books: late, early, from elsewhere, in closed periods.

As in `life_events`: one method each, drawn from ``draw`` alone.
"""

from datetime import date, timedelta

import numpy as np

from odoo.tools import date_utils

from odoo.addons.carloan_relief.engine import measures, valuation
from odoo.addons.carloan_relief.engine import schedule as engine_schedule

#: How often what happens to a loan in a month.
BORDER_WEIGHTS = {
    "lend_more": 1,
    "open": 1,
    "draft_payment": 4,
    "confirm_payment": 5,
    "relieve_back": 3,
    "write_off_part": 2,
    "provide_again": 1,
    "accrue_again": 1,
}

BORDER_PLANS = (
    lambda r: [
        {
            "kind": "rate",
            "annual_rate": round(r.uniform(0, 0.1), 4),
            "instalments": r.randint(1, 6),
        },
        {"kind": "extend", "instalments": r.randint(1, 6)},
    ],
    lambda r: [
        {"kind": "holiday", "instalments": r.randint(1, 3), "interest": "defer"},
        {"kind": "carry", "components": ["interest"]},
    ],
    lambda r: [
        {
            "kind": "holiday",
            "instalments": r.randint(1, 2),
            "interest": r.choice(["capitalise", "waive"]),
        },
        {"kind": "rate", "annual_rate": 0.03, "instalments": r.randint(2, 5)},
        {"kind": "capitalise", "components": ["principal"]},
    ],
    lambda r: [
        {
            "kind": "lower_instalment",
            "amount": str(r.randint(100, 900)),
            "instalments": r.randint(1, 4),
        },
        {"kind": "carry", "components": ["interest"]},
    ],
)


class LifeBorderEvents:
    """What comes late, early, from elsewhere, or falls in a closed period."""

    # ------------------------------------------------------------------
    # NEW LOANS
    # ------------------------------------------------------------------

    def _lend_more(self, loan, draw):
        """Lend another loan, dated back by as much as two instalments."""
        start = self.today - timedelta(days=draw.choice([0, 0, 10, 40, 70]))
        terms = self._draw_terms(len(self.loans), draw, start)
        new = self.env["carloan.loan"].create(terms)
        new.action_disburse()
        self._take_in(new)
        return new.name

    def _open(self, loan, draw):
        """Take a loan over from elsewhere with what it owes."""
        terms = self._draw_terms(len(self.loans), draw, self.today)
        principal = draw.randint(10_000, 90_000) * 100
        terms |= {
            "principal": principal / 100,
            "start_date": self.today - timedelta(days=400),
            "first_due_date": self.today - timedelta(days=370),
            "instalments": 24,
            "method": "annuity",
            "day_count": "period",
            "period": "month",
            "balloon": 0.0,
            "fee": 0.0,
        }
        new = self.env["carloan.loan"].create(terms)
        self._open_schedule(new, principal, draw.randint(3, 20))
        late = draw.choice([0, 0, 30, 100])
        row = {"loan": new, "principal": principal}
        if late:
            row |= {
                "overdue_principal": draw.randint(1, 100_000),
                "overdue_interest": draw.randint(0, 30_000),
                "overdue_penalty": draw.choice([0, 1234]),
                "oldest_due_date": self.today - timedelta(days=late),
            }
        account = self.env["account.account"].search(
            [
                ("account_type", "=", "equity"),
                ("company_ids", "in", self.env.company.ids),
            ],
            limit=1,
        )
        key = f"life-{new.id}"
        self.ledger._post_opening(new.product_id, self.today, [row], account, key)
        self.ledger._draft_horizon(new)
        self._take_in(new)
        return new.name

    def _open_schedule(self, loan, principal, instalments):
        start = self.today - timedelta(days=10)
        built = engine_schedule.build(
            engine_schedule.Terms.of(
                principal=[principal],
                annual_rate=loan.annual_rate,
                instalments=instalments,
                start_date=np.datetime64(start),
                first_due_date=np.datetime64(date_utils.add(start, months=1)),
            )
        )
        self.env["carloan.schedule"]._create_batch(
            loan, built, "opening", values=[{"date_from": start}]
        )._activate()

    def _take_in(self, loan):
        self.loans |= loan
        self.history[loan.id] = [f"{self.today} in the books: {loan.principal}"]

    # ------------------------------------------------------------------
    # MONEY
    # ------------------------------------------------------------------

    def _draft_payment(self, loan, draw):
        """Enter a repayment that somebody else confirms later."""
        amount = round(max(loan.overdue_amount, 50.0) * draw.uniform(0.2, 1.5), 2)
        if loan.state not in ("active", "written_off"):
            return None
        vals = loan._prepare_repayment_vals(amount, self.today)
        return self.env["account.payment"].create(vals).amount

    def _confirm_payment(self, loan, draw):
        drafts = loan.payment_ids.filtered(lambda one: one.state == "draft")
        drafts.action_post()
        return sum(drafts.mapped("amount")) or None

    # ------------------------------------------------------------------
    # WHAT THE COMPANY DOES
    # ------------------------------------------------------------------

    def _relieve_back(self, loan, draw):
        """Post a relief as of an earlier day, as far as the books allow it."""
        plan = draw.choice(BORDER_PLANS)(draw)
        day = self.today - timedelta(days=draw.choice([0, 1, 5, 15]))
        if loan.state != "active" or day < loan.start_date:
            return None
        position, _ids = loan._get_positions(day)
        revised = measures.apply(position, measures.Plans.from_dicts([plan]))
        modification = valuation.modification(position, revised)
        request = self.env["res.partner"].create({"name": "request"})
        loan._apply_relief(request, revised, modification, day)
        return f"{day} {plan}"

    def _write_off_part(self, loan, draw):
        if loan.state != "active":
            return None
        case = self.env["carloan.write.off"].create(
            {
                "loan_id": loan.id,
                "scope": "part",
                "part_amount": round(loan.undue_principal * draw.uniform(0.1, 0.6), 2),
            }
        )
        done = loan._write_off_part(case, self.today)
        case.sudo().write({"state": "done", **done})
        return case.part_amount

    def _provide_again(self, loan, draw):
        """Set the allowance of a month end that is over: refused, or nothing new."""
        day = date_utils.start_of(self.today, "month") - timedelta(days=1)
        return len(self.ledger._provision(self.env.company, day, loan)) or None

    def _accrue_again(self, loan, draw):
        """Accrue a month end that is over: what is there, or both entries at once."""
        day = date_utils.start_of(self.today, "month") - timedelta(days=1)
        return len(self.ledger._accrue(self.env.company, day)) or None

    # ------------------------------------------------------------------
    # THE COMPANY AS A WHOLE
    # ------------------------------------------------------------------

    def _change_the_rules(self):
        """Close a period every third month, and let the law change once a year."""
        company, first = self.env.company, self.month
        if first.month % 3 == 0:
            company.carloan_locked_policy = self.random.choice(["refuse", "next_open"])
            company.fiscalyear_lock_date = first - timedelta(days=20)
        if first.month == 4:
            self.env["carloan.vat.rate"].create(
                {
                    "product_id": self.product[-1].id,
                    "date_from": date(first.year, 4, 10),
                    "rate": self.random.choice([0.03, 0.06, 0.09]),
                }
            )
