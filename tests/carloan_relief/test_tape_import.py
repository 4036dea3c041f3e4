"""A loan tape into the books: what comes in, what is refused, what cannot leak in."""

import datetime

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.carloan_relief.tools import tape as tape_reader

from .common_tape import AS_OF, LOANS, PAYMENTS, TapeCase


@tagged("post_install", "-at_install")
class TestTapeLoader(TapeCase):
    def test_open_loans_come_in_with_terms_position_and_history(self):
        loans, _result = self.load()
        self.assertRecordValues(
            loans,
            [
                {
                    "import_ref": "T-1",
                    "state": "active",
                    "principal": 12000.0,
                    "instalments": 24,
                    "start_date": datetime.date(2016, 1, 15),
                    "first_due_date": datetime.date(2016, 2, 15),
                    "principal_balance": 9500.0,
                    "overdue_amount": 0.0,
                    "dpd": 0,
                    "bucket": "current",
                    "next_due_date": datetime.date(2016, 7, 15),
                    "next_amount": 500.0,
                    "position_date": AS_OF,
                },
                {
                    "import_ref": "T-2",
                    "state": "active",
                    "principal": 24000.0,
                    "instalments": 24,
                    "start_date": datetime.date(2016, 1, 15),
                    "first_due_date": datetime.date(2016, 2, 15),
                    "principal_balance": 21000.0,
                    "overdue_amount": 2000.0,
                    "dpd": 46,
                    "bucket": "31-60",
                    "next_due_date": datetime.date(2016, 7, 15),
                    "next_amount": 1000.0,
                    "position_date": AS_OF,
                },
            ],
        )
        self.assertEqual(
            loans.partner_id.mapped("name"), ["Borrower T-1", "Borrower T-2"]
        )
        vehicle = loans[0].vehicle_id
        self.assertEqual((vehicle.make, vehicle.value), ("HOND", 10975.0))
        self.assertEqual(
            vehicle.valuation_ids.mapped("date"), [datetime.date(2016, 1, 15)]
        )
        late = loans[1].behaviour_ids.sorted("month_end")
        self.assertEqual(late.mapped("dpd"), [0, 16, 46])
        self.assertEqual(late.mapped("paid"), [1000.0, 0.0, 0.0])
        statement = loans[0].partner_id.carloan_statement_ids
        self.assertEqual((statement.net_income, statement.bureau_score), (5000.0, 694))

    def test_what_remains_is_scheduled_at_the_agreed_payment(self):
        loans, _result = self.load()
        for loan, count, amount in zip(loans, (19, 19), (500.0, 1000.0), strict=True):
            rows = loan.instalment_ids
            self.assertEqual(loan.schedule_id.reason, "opening")
            self.assertEqual(len(rows), count)
            self.assertEqual(set(rows.mapped("amount")), {amount})
            self.assertEqual(rows[-1].balance, 0.0)

    def test_one_entry_and_one_line_per_overdue_instalment(self):
        loans, result = self.load()
        move = self.env["account.move"].browse(result.move_id)
        self.assertEqual((move.state, move.date), ("posted", AS_OF))
        due = move.line_ids.filtered(lambda line: line.carloan_role == "principal_due")
        self.assertRecordValues(
            due.sorted("date_maturity"),
            [
                {
                    "carloan_loan_id": loans[1].id,
                    "date_maturity": datetime.date(2016, 5, 15),
                    "balance": 1000.0,
                },
                {
                    "carloan_loan_id": loans[1].id,
                    "date_maturity": datetime.date(2016, 6, 15),
                    "balance": 1000.0,
                },
            ],
        )
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))
        self.assertIn("Reconciled to the cent: tape 2 loans", result.lines[-1])
        self.assertIn("30,500.00", result.lines[-1])

    def test_paying_one_overdue_instalment_makes_the_loan_less_late(self):
        loans, _result = self.load()
        loans[1]._register_repayment(1000.0, AS_OF)
        position, _ids = loans[1]._get_positions(AS_OF)
        self.assertEqual(position.dpd.tolist(), [15])

    def test_a_loan_over_before_the_date_keeps_its_months_and_stays_apart(self):
        loans, _result = self.load()
        past = self.env["carloan.loan"].with_context(active_test=False)
        paid = past.search([("import_ref", "=", "T-3")])
        self.assertRecordValues(
            paid,
            [
                {
                    "state": "closed",
                    "active": False,
                    "history_end": "repaid",
                    "history_end_date": AS_OF,
                    "principal": 2400.0,
                    "principal_balance": 0.0,
                }
            ],
        )
        self.assertEqual(
            paid.behaviour_ids.sorted("month_end").mapped("paid"), [100, 2000]
        )
        self.assertFalse(self.env["carloan.loan"].search([("import_ref", "=", "T-3")]))
        with self.assertRaisesRegex(UserError, "archived"):
            loans[0].with_user(self._manager()).action_archive()
        # and no view offers it
        self.assertTrue(loans.fields_get(["active"])["active"]["readonly"])

    def test_a_balance_that_is_gone_unpaid_was_charged_off(self):
        """By a zero that nobody paid, or by months without a balance."""
        rows = PAYMENTS.replace(
            "T-3,2016-06-30,0.00,2000.00", "T-3,2016-06-30,0.00,0.00"
        )
        rows = rows.replace(
            "T-2,2016-06-30,21000.00,0.00,0.00", "T-2,2016-06-30,,0.00,"
        )
        rows = rows.replace("total_paid\n", "total_paid,recovered\n", 1)
        rows = rows.replace("T-2,2016-06-30,,0.00,", "T-2,2016-06-30,,0.00,,450.25")
        self.load(self.read(payments=rows))
        past = self.env["carloan.loan"].with_context(active_test=False)
        gone = past.search([("import_ref", "in", ("T-2", "T-3"))], order="import_ref")
        self.assertEqual(gone.mapped("history_end"), ["charged_off", "charged_off"])
        self.assertEqual(gone.mapped("state"), ["written_off", "written_off"])
        lost = gone.behaviour_ids.filtered("charged_off")
        self.assertEqual(lost.mapped("month_end"), [AS_OF, AS_OF])
        self.assertEqual(sorted(lost.mapped("recovered")), [0.0, 450.25])

    def _manager(self):
        return new_test_user(
            self.env, "tape_keeper", groups="carloan_relief.group_manager"
        )

    def test_the_second_time_is_refused_by_reference(self):
        self.load()
        before = self.count_all()
        with self.assertRaises(tape_reader.TapeError) as caught:
            self.load()
        self.assertEqual(len(caught.exception.problems), 2)
        self.assertIn("T-1", str(caught.exception))
        self.assertIn("imported before", str(caught.exception))
        self.assertEqual(self.count_all(), before)

    def test_a_dry_run_says_the_same_and_writes_nothing(self):
        before = self.count_all()
        _loans, dry = self.load(dry_run=True)
        self.assertEqual(self.count_all(), before)
        _loans, wet = self.load()
        self.assertEqual(dry.lines, wet.lines[:-1])

    def test_future_rows_and_outcomes_change_nothing(self):
        other = LOANS.replace("repaid,18", "default,1").replace("default,9", "repaid,9")
        future = PAYMENTS.replace("T-1,2016-07-31,9500.00", "T-1,2016-07-31,junk")
        cut = "\n".join(
            line for line in PAYMENTS.splitlines() if "2016-07-31" not in line
        )
        stripped = "\n".join(line.rsplit(",", 2)[0] for line in LOANS.splitlines())
        images = []
        for loans, payments in (
            (LOANS, PAYMENTS),
            (other, future),
            (stripped, cut),
        ):
            images.append(self._import_and_undo(loans, payments))
        self.assertEqual(images[0], images[1])
        self.assertEqual(images[0], images[2])

    def _import_and_undo(self, loans, payments):
        """Return everything an import made, without ids and numbers; undo it."""
        with self.env.cr.savepoint() as savepoint:
            records, result = self.load(self.read(loans, payments))
            records._assess(AS_OF)
            self.env.flush_all()
            move = self.env["account.move"].browse(result.move_id)
            image = [
                [
                    (
                        loan.import_ref,
                        loan.partner_id.name,
                        loan.principal_balance,
                        loan.dpd,
                        loan.risk_pd,
                        loan.instalment_ids.mapped("amount"),
                        loan.behaviour_ids.mapped("paid"),
                        loan.vehicle_id.value,
                    )
                    for loan in records
                ],
                move.line_ids.sorted("id").mapped("balance"),
            ]
            savepoint.rollback()
        self.env.invalidate_all()
        return image

    def test_what_cannot_be_posted_is_refused_before_anything_is_made(self):
        unmapped = self.env["carloan.product"].create(
            {"name": "Unmapped", "company_id": self.company.id}
        )
        tape = self.read()
        before = self.count_all()
        cases = [
            (unmapped, tape, "Map accounts"),
            (self.product, self.read(currency="USD"), "keeps its books in"),
        ]
        for product, one, says in cases:
            with self.subTest(says), self.assertRaises(UserError) as caught:
                self.env["carloan.tape.loader"]._load(one, product)
            self.assertIn(says, str(caught.exception))
        self.assertEqual(self.count_all(), before)

    def test_a_date_in_the_future_is_refused(self):
        tape = self.read().shifted(12 * 90)
        with self.assertRaises(UserError) as caught:
            self.load(tape)
        self.assertIn("future", str(caught.exception))

    def test_a_loan_past_its_last_instalment_is_listed_and_left_out(self):
        short = LOANS.replace("T-1,2016-01,12000.00,25", "T-1,2016-01,12000.00,4")
        tape = self.read(short)
        loans, result = self.load(tape)
        self.assertEqual(loans.mapped("import_ref"), ["T-2"])
        self.assertIn("by hand", tape.rejected[0].reason)
        self.assertIn("21,000.00", result.lines[-1])

    def test_dates_moved_to_today_keep_their_distances(self):
        months = 117
        moved = self.read().shifted(months)
        self.assertEqual(moved.options.as_of, AS_OF + relativedelta(months=117, day=31))
        loans, _result = self.load(moved)
        # in February and March instead of May and June: a calendar has its say
        self.assertEqual(loans.mapped("dpd"), [0, 44])
        self.assertEqual(loans[0].vehicle_id.model_year, 2021)

    def test_imported_loans_are_billed_when_due(self):
        loans, _result = self.load()
        day = datetime.date(2016, 7, 15)
        self.env["carloan.ledger"]._bill_due(day)
        position, ids = loans._get_positions(day)
        self.assertEqual(ids, loans.ids)
        self.assertEqual(position.overdue_principal.tolist(), [50000, 300000])
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))
