"""An accountant closes a month in the browser: accrual to roll-forward.

The pages are kept as pictures under `.local/screenshots/accounting`; the browser's
console must stay clean and the figures on the pages must be those of the ledger.
"""

import base64
import sys
import time
from pathlib import Path

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import date_utils

from odoo.addons.carloan_relief.engine import measures, valuation

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO / "tests"), str(REPO)]

from web.test_borrower_walk import Phone  # noqa: E402

from tests.carloan_relief.common_loan import LoanCase  # noqa: E402

PICTURES = Path(__file__).resolve().parents[2] / ".local/screenshots/accounting"
SCREEN = {"width": 1500, "height": 950, "deviceScaleFactor": 1, "mobile": False}
PASSWORD = "accountant-password"
RECEIVABLES = ("principal", "principal_due", "interest_due", "fee_due", "penalty_due")


class Desk(Phone):
    """The same browser on a desk, worked with the mouse."""

    def __init__(self, case):
        super().__init__(case, "en_US")
        self._ask("Emulation.setDeviceMetricsOverride", **SCREEN)

    def click(self, text, selector="button"):
        """Click what shows exactly this text."""
        find = (
            f"[...document.querySelectorAll({selector!r})].filter("
            f"x => x.offsetParent && x.innerText.trim() === {text!r})[0]"
        )
        self.wait(find)
        self.evaluate(f"{find}.click()")
        time.sleep(0.5)

    def action(self, name, selector):
        self.open(f"/odoo/action-{name}")
        self.see(selector)

    def text(self, selector):
        # Odoo writes amounts with spaces that do not break
        return (
            self.evaluate(
                f"[...document.querySelectorAll({selector!r})]"
                ".map(x => x.innerText).join(' ')"
            )
            or ""
        ).replace("\xa0", " ")

    def take(self, name):
        self.pictures += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        answer = self._ask("Page.captureScreenshot")
        file = PICTURES / f"{self.pictures:02}-{name}.png"
        file.write_bytes(base64.b64decode(answer["data"]))


@tagged("post_install", "-at_install")
class TestMonthEnd(LoanCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.product)
        cls.month_end = date_utils.start_of(cls.today, "month") - relativedelta(days=1)
        cls.product.write({"penalty_rate": 0.108, "grace_days": 3})
        cls.accountant = cls._user(
            "month_accountant", "account.group_account_user", password=PASSWORD
        )
        start = cls.month_end + relativedelta(months=-5, day=12)
        first = start + relativedelta(months=1)
        cls.good, cls.late, cls.relieved = (
            cls._create_active(principal=amount, start_date=start, first_due_date=first)
            for amount in (120000, 60000, 36000)
        )
        cls._bill(cls.today)
        for loan in cls.good | cls.relieved:
            cls._pay(loan, loan.overdue_amount, cls.today)
        cls.moves = cls._relieve(cls.relieved)

    @classmethod
    def _relieve(cls, loan):
        position, _ids = loan._get_positions()
        plans = [[{"kind": "rate", "annual_rate": 0.036}]]
        revised = measures.apply(position, measures.Plans.from_dicts(plans))
        modification = valuation.modification(position, revised)
        return loan._apply_relief(loan, revised, modification, cls.today)

    def _ledger_total(self, roles, day):
        lines = self.env["account.move.line"].search(
            [
                ("carloan_role", "in", roles),
                ("parent_state", "=", "posted"),
                ("date", "<=", day),
                ("company_id", "=", self.company.id),
            ]
        )
        amount = sum(lines.mapped("balance"))
        return self.company.currency_id.format(amount).replace("\xa0", " ")

    def test_month_end(self):
        desk = Desk(self)
        self.addCleanup(desk.browser.stop)
        self.env.cr.flush()
        self.env.cr.clear()
        with self.allow_requests(browser=desk.browser):
            self._log_in(desk)
            self._accrue(desk)
            self._charge_penalties(desk)
            self._set_allowances(desk)
            self._check_books(desk)
            self._read_reports(desk)
            self._compare(desk)
            desk.leave()
        self.assertFalse(desk.complaints)
        self.assertBooks()

    def _log_in(self, desk):
        desk.open("/web/login")
        desk.fill("input[name=login]", self.accountant.login)
        desk.fill("input[name=password]", PASSWORD)
        desk.press("form.oe_login_form button[type=submit]")
        desk.see(".o_main_navbar")
        desk.action("carloan_relief.carloan_instalment_month_action", ".o_group_header")
        desk.click("Loan Receivables", ".o_menu_sections button")
        desk.see(".o-dropdown--menu")
        desk.take("menu")

    def _accrue(self, desk):
        desk.action("carloan_relief.carloan_accrual_action", ".modal .o_form_view")
        desk.take("accrual")
        desk.click("Accrue")
        desk.see(".o_list_view .o_data_row")
        desk.take("accrued")
        self.env.invalidate_all()
        key = f"accrue:{self.product.id}:{self.month_end}"
        accrual = self.env["account.move"].search([("carloan_event_key", "=", key)])
        self.assertEqual(accrual.state, "posted")
        self.assertEqual(accrual.reversal_move_ids.state, "posted")

    def _charge_penalties(self, desk):
        desk.open(f"/odoo/action-carloan_relief.carloan_loan_action/{self.late.id}")
        desk.click("Charge penalties")
        desk.see(".modal")
        desk.press(".modal .btn-primary")
        desk.wait("!document.querySelector('.modal')")
        desk.see(".o_field_widget[name=overdue_penalty]")
        desk.take("penalties")
        self.env.invalidate_all()
        self.assertGreater(self.late.overdue_penalty, 0.0)

    def _set_allowances(self, desk):
        desk.action(
            "carloan_relief.carloan_provision_run_action", ".modal .o_form_view"
        )
        desk.click("Set allowances")
        desk.see(".o_list_view .o_data_row")
        desk.take("allowances")

    def _check_books(self, desk):
        desk.action("carloan_relief.carloan_books_check_action", ".alert-success")
        desk.take("books")
        self.assertIn("agree to the cent", desk.text(".alert-success"))

    def _read_reports(self, desk):
        desk.action("carloan_relief.carloan_aged_balance_action", ".modal .o_form_view")
        desk.click("Show")
        desk.see(".o_list_view .o_group_header")
        desk.take("aged")
        total = self._ledger_total(RECEIVABLES, self.today)
        self.assertIn(total, desk.text(".o_list_footer"))
        desk.evaluate("document.querySelector('.o_group_header').click()")
        desk.see(".o_data_row")
        desk.click("Items", ".o_data_row button")
        desk.wait("document.querySelector('.breadcrumb')")
        desk.see(".o_list_view .o_data_row")
        desk.take("open-items")
        desk.action(
            "carloan_relief.carloan_rollforward_principal_action", ".modal .o_form_view"
        )
        desk.click("Show")
        desk.see(".o_pivot table")
        desk.take("roll-forward")
        shown = desk.text(".o_pivot table")
        roles = ("principal", "principal_due")
        opening = date_utils.start_of(self.month_end, "month") - relativedelta(days=1)
        for day in (opening, self.month_end):
            self.assertIn(self._ledger_total(roles, day), shown)

    def _compare(self, desk):
        move = self.moves.filtered(lambda x: x.carloan_event == "modify")
        desk.open(f"/odoo/action-account.action_move_journal_line/{move.id}")
        desk.click("Car loan", ".nav-link")
        desk.see(".o_carloan_comparison")
        desk.take("comparison")
        shown = desk.text(".o_carloan_comparison")
        new = self.relieved.instalment_ids[0].amount
        self.assertIn(self.company.currency_id.format(new).replace("\xa0", " "), shown)
        # such an entry is undone with all of its relief, never reversed by itself
        self.assertIn("Undo", desk.text(".o_statusbar_buttons"))
        self.assertNotIn("Reverse", desk.text(".o_statusbar_buttons"))
