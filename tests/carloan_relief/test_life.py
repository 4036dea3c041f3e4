"""Years of a book at random: after each month loans and ledger agree to the cent.

CARLOAN_LIFE_LOANS, CARLOAN_LIFE_MONTHS and CARLOAN_LIFE_SEED make it larger or other;
`scripts/bench.py life` does that.
"""

import os
from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common_loan import LoanCase
from .life import Life

BEGIN = date(2023, 11, 1)
#: In the suite: as much as a few seconds allow.
LOANS = int(os.environ.get("CARLOAN_LIFE_LOANS", 8))
MONTHS = int(os.environ.get("CARLOAN_LIFE_MONTHS", 12))
SEED = int(os.environ.get("CARLOAN_LIFE_SEED", 5))


@tagged("post_install", "-at_install")
class TestLife(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.carloan_draft_horizon = 1
        second = cls._create_product(
            cls.company,
            name="Used car",
            penalty_rate=0.18,
            grace_days=5,
            penalty_cap=0.2,
            allocation_mode="vertical",
            allocation_order="principal,interest,fee,penalty",
            suspend_days=90,
        )
        cls.env["carloan.vat.rate"].create(
            {"product_id": second.id, "date_from": "2020-01-01", "rate": 0.06}
        )
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})
        cls.products = cls.product + second

    def test_the_books_agree_after_every_month(self):
        with freeze_time(BEGIN) as frozen:
            life = Life(self.env, self.products, LOANS, SEED, frozen.move_to, BEGIN)
            for month in range(MONTHS):
                life.run_month()
                found = life.find_differences()
                if found:
                    text = "\n".join(map(str, found[:12] + found[-3:]))
                    self.fail(f"month {month + 1}, seed {SEED}:\n{text}")
        states = life.loans.grouped("state")
        print(  # shown by `scripts/bench.py life`
            f"{LOANS} loans, {MONTHS} months: {sum(life.counts.values())} events, "
            f"{sum(life.refusals.values())} refused; "
            + ", ".join(f"{len(own)} {state}" for state, own in states.items())
        )
        if os.environ.get("CARLOAN_LIFE_LOANS"):
            print(dict(life.counts), *life.refusals.most_common(15), sep="\n")
        self.assertGreater(sum(life.counts.values()), LOANS)
