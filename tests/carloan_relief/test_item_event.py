"""Every journal item of a loan keeps the event of its entry, whoever made it."""

import runpy
from unittest.mock import patch

from odoo.fields import Date
from odoo.tests import freeze_time, tagged
from odoo.tools import file_path

from .common_relief import TODAY, ReliefCase
from .test_ledger_currency import CurrencyCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestItemEvent(ReliefCase):
    def _get_items(self):
        return self.env["account.move.line"].search([("carloan_event", "!=", False)])

    def test_items_of_bills_payments_reliefs_and_their_undoing(self):
        self.ledger._accrue(self.company, Date.to_date("2026-05-31"))  # and its end
        request = self._active()
        payment = self._pay(self.loan, 100.0, TODAY)
        self.assertItemEvents()
        payment.move_id._reverse_moves(cancel=True)
        request.with_user(self.accountant)._undo(Date.to_date(TODAY), "A mistake")
        self.assertItemEvents()
        events = self._get_items().grouped("carloan_event")
        for event in ("disburse", "bill", "repay", "accrue", "modify"):
            self.assertIn(event, events)
        for event in ("repay", "accrue", "modify"):
            moves = events[event].move_id
            self.assertTrue(moves.filtered("reversed_entry_id"), event)
        # the bank's side says it, too
        bank = payment.move_id.line_ids.filtered(lambda line: not line.carloan_loan_id)
        self.assertEqual(bank.mapped("carloan_event"), ["repay"])

    def test_an_item_of_no_loan_has_none(self):
        journal = self.product.journal_id
        account = self.product._get_account("bank")
        move = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    (0, 0, {"account_id": account.id, "balance": amount})
                    for amount in (10.0, -10.0)
                ],
            }
        )
        self.assertEqual(move.line_ids.mapped("carloan_event"), [False, False])

    def test_posting_gives_it_with_the_other_values(self):
        items, given = self.env.registry["account.move.line"], []
        add = items._add_carloan_values

        def note(records, vals):
            given.append(add(records, vals))
            return given[-1]

        with patch.object(items, "_add_carloan_values", note):
            loan = self._create_active()
            self._bill(TODAY)
        self.assertGreater(len(given), 10)
        for names in given:  # nothing given: the ORM looks at each item by itself
            self.assertIn("carloan_event", names)
        self.assertEqual(
            set(loan.line_ids.mapped("carloan_event")), {"disburse", "bill"}
        )

    def test_an_upgrade_fills_what_was_posted_before(self):
        self._active()
        self.env.flush_all()
        self.env.cr.execute("SELECT id, carloan_event FROM account_move_line")
        before = self.env.cr.fetchall()
        self.env.cr.execute("UPDATE account_move_line SET carloan_event = NULL")
        path = file_path("carloan_relief/migrations/19.0.1.0.3/pre-item_event.py")
        runpy.run_path(path)["migrate"](self.env.cr, "19.0.1.0.2")
        self.env.cr.execute("SELECT id, carloan_event FROM account_move_line")
        self.assertEqual(sorted(self.env.cr.fetchall()), sorted(before))


@tagged("post_install", "-at_install")
@freeze_time("2026-04-20")
class TestItemEventCurrency(CurrencyCase):
    def test_exchange_differences_are_no_event_of_the_loan(self):
        with freeze_time("2026-03-20"):
            loan = self._create_active()
            self._bill("2026-03-20")
        payment = self._pay(loan, 3716.23, "2026-04-20")
        moves = self._get_exchange_moves(loan)
        self.assertTrue(moves)
        self.assertEqual(set(moves.line_ids.mapped("carloan_event")), {False})
        self.assertItemEvents()
        payment.move_id._reverse_moves(cancel=True)
        self.assertItemEvents()
