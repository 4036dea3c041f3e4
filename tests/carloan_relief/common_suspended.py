"""A loan whose interest is suspended by night, and what its registers hold."""

from odoo.tests import freeze_time

from odoo.addons.carloan_relief.engine import measures, valuation

from .common_closing import ClosingCase


class SuspendedCase(ClosingCase):
    """The base loan: unpaid since February 2026, suspended on 17 May.

    Interest by month: 720.00, 702.02, 683.94, 665.74, 647.44.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.suspend_days = 90

    def setUp(self):
        super().setUp()
        # the night commits its progress, which a test must not
        self.patch(
            type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: float("inf")
        )

    def _night(self, day):
        """What a night does to the book, seen on that day."""
        with freeze_time(day):
            self._bill(day)
            self.ledger._cron_refresh_positions()

    def _register(self, loan, kind="suspended", name="amount"):
        """The register as {(component, due date): amount}."""
        rows = self.env["carloan.memo"]._get_balances(loan, (kind,))
        return {
            (row["component"], str(row["due_date"])): row[name] / 100 for row in rows
        }

    def _relieve(self, loan, plan, day, number=1, **options):
        """Give a relief; for the ledger any record will do as its request."""
        request = self.env["res.partner"].create({"name": f"Request {number}"})
        with freeze_time(day):
            position, _ids = loan._get_positions()
            revised = measures.apply(position, measures.Plans.from_dicts([plan]))
            change = valuation.modification(position, revised)
            return loan._apply_relief(request, revised, change, day, **options)

    def _charge(self, loan, amount, day):
        """Give a loan an allowance on a day."""
        event = {
            "loan": loan,
            "event": "provision",
            "key": f"test:{loan.id}:{day}",
            "date": day,
            "amounts": {"charge": loan._to_minor([amount])[0]},
        }
        with freeze_time(day):
            return self.ledger._post_events([event])
