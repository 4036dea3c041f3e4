"""What posting costs: no query for each entry more, numbers without a gap."""

from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-20")
class TestLedgerCost(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.carloan_draft_horizon = 0
        partners = cls.env["res.partner"].create(
            [{"name": f"Borrower {number}"} for number in range(110)]
        )
        cls.loans = cls.env["carloan.loan"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": cls.product.id,
                    "principal": 12000.0,
                    "start_date": "2026-01-15",
                    "first_due_date": "2026-02-15",
                }
                for partner in partners
            ]
        )
        cls.loans.action_disburse()
        cls._bill_first(cls.loans[:3])  # what the first entry of all costs

    @classmethod
    def _bill_first(cls, loans):
        """Bill the next instalment of each loan; return the moves."""
        lines = loans.instalment_ids.filtered(lambda line: line.state == "planned")
        due = lines.browse().union(
            *(own.sorted("due_date")[0] for own in lines.grouped("loan_id").values())
        )
        return cls.ledger._bill(due)

    def _count(self, loans):
        """Bill the next instalment of each loan; return the queries that took."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._bill_first(loans)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_hundred_bills_take_the_queries_of_ten(self):
        self.env.user.env.flush_all()
        ten = self._count(self.loans[:10])
        hundred = self._count(self.loans[10:])
        # inserts and updates go out in pages of a hundred or so
        self.assertLess(hundred, ten + 30)

    def test_numbers_follow_one_another(self):
        moves = self._bill_first(self.loans[:40])
        numbers = moves.mapped("sequence_number")
        self.assertEqual(sorted(numbers), list(range(min(numbers), min(numbers) + 40)))
        self.assertEqual(len(set(moves.mapped("name"))), 40)
        self.assertFalse(any(moves.mapped("made_sequence_gap")))
        again = self._bill_first(self.loans[40:42])
        self.assertEqual(min(again.mapped("sequence_number")), max(numbers) + 1)

    def test_numbers_start_anew_each_month_within_one_batch(self):
        loan = self.loans[50]
        moves = self.ledger._bill(loan.instalment_ids[:2])
        self.assertEqual(
            moves.sorted("date").mapped("sequence_prefix"),
            ["LOAN/2026/02/", "LOAN/2026/03/"],
        )

    def test_borrowers_become_customers_once(self):
        partner = self.loans[60].partner_id
        self._bill_first(self.loans[60])
        self.assertEqual(partner.customer_rank, 1)
        self._bill_first(self.loans[60])
        self.assertEqual(partner.customer_rank, 1)

    def test_what_the_caller_gives_is_what_odoo_would_work_out(self):
        move = self._bill_first(self.loans[70])
        plain = self.env["account.move"].create(
            {
                "journal_id": move.journal_id.id,
                "date": move.date,
                "beside_loans": True,
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "account_id": line.account_id.id,
                            "partner_id": line.partner_id.id,
                            "name": line.name,
                            "balance": line.balance,
                            "date_maturity": line.date_maturity,
                        },
                    )
                    for line in move.line_ids
                ],
            }
        )
        plain.action_post()
        names = (
            "account_id",
            "amount_currency",
            "amount_residual",
            "balance",
            "company_currency_id",
            "company_id",
            "credit",
            "currency_id",
            "date",
            "debit",
            "discount",
            "display_type",
            "is_storno",
            "journal_id",
            "parent_state",
            "partner_id",
            "price_subtotal",
            "price_total",
            "price_unit",
            "product_uom_id",
            "quantity",
            "sequence",
            "tax_ids",
            "tax_line_id",
        )
        for own, other in zip(move.line_ids, plain.line_ids, strict=True):
            for name in names:
                self.assertEqual(own[name], other[name], name)
        for name in ("always_tax_exigible", "amount_total", "currency_id"):
            self.assertEqual(move[name], plain[name], name)

    def test_reversals_stay_in_red_figures_where_the_company_wants_them(self):
        self.company.account_storno = True
        move = self._bill_first(self.loans[90])
        self.loans[90]._undo_bill(move, "2026-03-20", "By mistake")
        reversal = move.reversal_move_ids
        for own, red in zip(move.line_ids, reversal.line_ids, strict=True):
            self.assertFalse(own.is_storno)
            self.assertTrue(red.is_storno)
            self.assertEqual((red.debit, red.credit), (-own.debit, -own.credit))

    def test_items_of_another_company_are_refused(self):
        company = self.env["res.company"].create({"name": "Other Lender"})
        loan = self.loans[80]
        vals = self.ledger._prepare_bill_vals(loan.instalment_ids[0])
        vals["company_id"] = company.id
        with self.assertRefused(loan.display_name):
            self.ledger._create_moves([vals])

    def test_repayments_of_many_loans_cost_less_together(self):
        self._bill("2026-03-20")
        one_by_one, together = self.loans[20:25], self.loans[25:40]
        row = {"amount": 300.0, "date": self.loans[0].first_due_date}
        counts = []
        for sets in (list(one_by_one), [together]):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            for loans in sets:
                loans._register_repayments([row] * len(loans))
            self.env.flush_all()
            loans = self.env["carloan.loan"].union(*sets)
            counts.append((self.env.cr.sql_log_count - before) / len(loans))
        # what is written goes out once for all of them
        self.assertLess(counts[1], counts[0] / 3, counts)
        for loan in one_by_one + together:
            self.assertEqual(loan.overdue_amount, one_by_one[0].overdue_amount)
        self.assertBooks()
