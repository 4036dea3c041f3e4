"""Years of a book at random: after each month loans and ledger agree to the cent.

`scripts/bench.py life` does the same with many more of them.
"""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common_loan import LoanCase
from .life import Life, make_products

BEGIN = date(2023, 11, 1)
#: In the suite: as much as a few seconds allow.
LOANS, MONTHS, SEED = 8, 12, 5


@tagged("post_install", "-at_install")
class TestLife(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = make_products(cls.env)

    def test_the_books_agree_after_every_month(self):
        with freeze_time(BEGIN) as frozen:
            life = Life(self.env, self.products, LOANS, SEED, frozen.move_to, BEGIN)
            for month in range(MONTHS):
                life.run_month()
                found = life.find_differences()
                if found:
                    text = "\n".join(map(str, [*found[:12], *life.tell(found)]))
                    self.fail(f"month {month + 1}, seed {SEED}:\n{text}")
        self.assertGreater(sum(life.counts.values()), LOANS)
