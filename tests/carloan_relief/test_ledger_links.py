"""Every entry leads to its loan, instalments, request and event, and they back."""

from odoo.fields import Date
from odoo.tests import freeze_time, tagged

from .common_relief import TODAY, ReliefCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestLedgerLinks(ReliefCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._agree(penalty_rate=0.108)
        month_end = Date.subtract(Date.start_of(Date.to_date(TODAY), "month"), days=1)
        cls.accruals = cls.ledger._accrue(cls.company, month_end)
        cls.request = cls._active()
        cls.loan = cls.request.loan_id
        cls.ledger._charge_penalties(cls.loan, TODAY)
        cls.moves = cls.env["account.move"].search(
            [("line_ids.carloan_loan_id", "=", cls.loan.id), ("state", "=", "posted")]
        )

    def _open(self, action):
        """The records that an action opens, as the accountant sees them."""
        records = self.env[action["res_model"]].with_user(self.accountant)
        if action.get("res_id"):
            return records.browse(action["res_id"])
        return records.search(action["domain"])

    def test_every_posted_entry_says_loan_event_and_key(self):
        events = set(self.moves.mapped("carloan_event"))
        self.assertTrue(events >= {"disburse", "bill", "repay", "accrue"}, events)
        self.assertTrue(events & {"waive", "capitalise", "modify", "forgive"}, events)
        for move in self.moves:
            with self.subTest(move=move.name, event=move.carloan_event):
                self.assertTrue(move.carloan_event_key)
                own = move.line_ids.filtered("carloan_role")
                self.assertTrue(own)
                if move.carloan_event == "accrue":  # one entry for all loans
                    self.assertIn(self.loan, own.carloan_loan_id)
                else:
                    self.assertEqual(move.carloan_loan_id, self.loan)
                    self.assertEqual(own.carloan_loan_id, self.loan)
                if move.carloan_event == "bill":
                    self.assertTrue(move.carloan_instalment_id)
                settled = own.filtered(
                    lambda line: line.carloan_component and line.balance < 0
                )
                self.assertTrue(all(line.carloan_instalment_id for line in settled))

    def test_one_key_one_event(self):
        keys = self.moves.mapped("carloan_event_key")
        self.assertEqual(len(keys), len(set(keys)))

    def test_from_the_request_to_the_instalment_and_back(self):
        action = self.request.action_view_moves()
        entries = self._open(action)
        entry_list = self.env.ref("carloan_relief.account_move_carloan_view_list")
        self.assertEqual(action["views"][0], (entry_list.id, "list"))
        self.assertTrue(entries)
        self.assertEqual(entries.carloan_loan_id, self.loan)
        for entry in entries:
            self.assertEqual(
                self._open(entry.action_view_carloan_request()), self.request
            )
        loan = self._open(entries[0].action_view_carloan())
        self.assertEqual(loan, self.loan)
        self.assertEqual(
            self._open(loan.action_view_moves()).filtered(
                lambda move: move.state == "posted"
            ),
            self.moves,
        )
        instalments = loan.instalment_ids
        self.assertEqual(instalments.schedule_id.request_id, self.request)
        self.assertEqual(self._open(instalments[0].action_view_loan()), self.loan)

    def test_from_a_bill_to_its_instalment_and_from_there_to_what_paid_it(self):
        repay = self.moves.filtered(lambda move: move.carloan_event == "repay")[0]
        repay = repay.with_user(self.accountant)
        instalments = self._open(repay.action_view_carloan_instalments())
        self.assertEqual(len(instalments), repay.carloan_instalment_count)
        entries = self._open(instalments[0].action_view_moves())
        self.assertEqual(len(entries), instalments[0].move_count)
        self.assertIn(repay, entries)
        self.assertIn(instalments[0].move_id, entries)

    def test_an_entry_of_many_loans_opens_them(self):
        accrual = self.accruals[:1].with_user(self.accountant)
        self.assertFalse(accrual.carloan_loan_id)
        self.assertGreaterEqual(accrual.carloan_loan_count, 1)
        self.assertIn(self.loan, self._open(accrual.action_view_carloan()))
        self.assertIn(accrual, self._open(self.loan.action_view_moves()))

    def test_pages_with_the_buttons_open(self):
        for model, record in (
            ("account.move", self.moves[0]),
            ("carloan.instalment", self.loan.instalment_ids[0]),
            ("carloan.loan", self.loan),
        ):
            arch = (
                self.env[model]
                .with_user(self.accountant)
                .get_view(view_type="form")["arch"]
            )
            self.assertIn("action_view", arch)
            self.assertTrue(record)
