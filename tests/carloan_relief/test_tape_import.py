"""A loan tape into the books: what comes in, what is refused, what cannot leak in."""

import base64
import datetime
from pathlib import Path

import numpy as np
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.carloan_relief.tools import tape as tape_reader

from . import tape_oracle

LOANS = """\
loan_ref,originated,original_amount,original_term,maturity,annual_rate,first_payment,\
make,model,condition,model_year,vehicle_value,credit_score,payment_to_income,state,\
tape_date,scheduled_payment,outcome,outcome_month
T-1,2016-01,12000.00,25,2018-01,0,2016-02,HOND,CIVIC,used,2012,10975,694,0.10,FL,\
2016-05-31,500.00,repaid,18
T-2,2016-01,24000.00,25,2018-01,0,2016-02,TOYT,CAMRY,new,2015,26000,730,0.08,TX,\
2016-05-31,1000.00,default,9
T-3,2016-01,2400.00,25,2018-01,0,2016-02,FORD,FOCUS,used,2011,3000,,,CA,\
2016-05-31,100.00,repaid,2
"""
# T-1 pays, T-2 has missed May and June, T-3 is paid off before the date
PAYMENTS = """\
loan_ref,month_end,balance,principal_paid,total_paid
T-1,2016-05-31,10000.00,500.00,500.00
T-1,2016-06-30,9500.00,500.00,500.00
T-1,2016-07-31,9500.00,0.00,0.00
T-2,2016-04-30,21000.00,1000.00,1000.00
T-2,2016-05-31,21000.00,0.00,0.00
T-2,2016-06-30,21000.00,0.00,0.00
T-2,2016-07-31,,0.00,
T-3,2016-05-31,2000.00,100.00,100.00
T-3,2016-06-30,0.00,2000.00,2000.00
"""
AS_OF = datetime.date(2016, 6, 30)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class TapeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.product = cls._make_product(cls.env)

    @classmethod
    def _make_product(cls, env):
        product = env["carloan.product"].create(
            {
                "name": "Tape",
                "code": "TAPE-TEST",
                "company_id": env.company.id,
                "currency_id": env.company.currency_id.id,
            }
        )
        product.action_map_accounts()
        return product

    def read(self, loans=LOANS, payments=PAYMENTS, **options):
        options = {
            "as_of": AS_OF,
            "currency": self.company.currency_id.name,
            **options,
        }
        return tape_reader.read_tape(
            loans.encode(), payments.encode(), tape_reader.Options(**options)
        )

    def load(self, tape=None, **options):
        tape = tape or self.read()
        result = self.env["carloan.tape.loader"]._load(tape, self.product, **options)
        return self.env["carloan.loan"].browse(result.loan_ids), result

    def count_all(self):
        """Count what an import makes, to prove that nothing was made."""
        self.env.flush_all()
        return {
            name: self.env[name].search_count([])
            for name in (
                "carloan.loan",
                "carloan.vehicle",
                "carloan.schedule",
                "carloan.behaviour",
                "carloan.financial.statement",
                "res.partner",
                "account.move",
                "account.account",
            )
        }


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


@tagged("post_install", "-at_install")
class TestTapeWizard(TapeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "tape_manager", groups="carloan_relief.group_manager"
        )
        cls.officer = new_test_user(
            cls.env, "tape_officer", groups="carloan_relief.group_officer"
        )

    def wizard(self, user=None, loans=LOANS, payments=PAYMENTS, **values):
        return (
            self.env["carloan.tape.import"]
            .with_user(user or self.manager)
            .create(
                {
                    "product_id": self.product.id,
                    "as_of": AS_OF,
                    "loans_file": base64.b64encode(loans.encode()),
                    "loans_name": "loans.csv",
                    "payments_file": base64.b64encode(payments.encode()),
                    "payments_name": "payments.csv",
                    **values,
                }
            )
        )

    def test_check_then_import(self):
        wizard = self.wizard()
        before = self.count_all()
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        self.assertEqual(self.count_all(), before)
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertEqual(wizard.loan_ids.mapped("import_ref"), ["T-1", "T-2"])
        self.assertIn("Reconciled to the cent", wizard.summary)
        self.assertEqual(
            wizard.action_view_loans()["domain"], [("id", "in", wizard.loan_ids.ids)]
        )

    def test_the_form_keeps_the_columns_it_shows(self):
        form = Form(self.env["carloan.tape.import"].with_user(self.manager))
        form.product_id = self.product
        form.as_of = AS_OF
        form.loans_file = base64.b64encode(LOANS.encode())
        form.payments_file = base64.b64encode(PAYMENTS.encode())
        with form.column_ids.edit(0) as row:
            row.title = "loan_ref"
        wizard = form.save()
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")

    def test_a_fatal_error_lists_every_problem_and_makes_nothing(self):
        cases = [
            ("annual_rate", "rate", "annual_rate", 1, "column is missing"),
            ("12000.00", "-12000.00", "original_amount", 2, "above zero"),
            (
                "25,2018-01,0,2016-02,HOND",
                "25,2018-01,8,2016-02,HOND",
                "annual_rate",
                2,
                "800",
            ),
            ("T-2", "T-1", "loan_ref", 3, "already"),
            (
                "2018-01,0,2016-02,HOND",
                "2018-01,0,2015-02,HOND",
                "first_payment",
                2,
                "lies before",
            ),
            ("2016-05-31,500", "2017-05-31,500", "tape_date", 2, "before the tape"),
        ]
        before = self.count_all()
        for old, new, column, line, says in cases:
            with self.subTest(says):
                wizard = self.wizard(loans=LOANS.replace(old, new, 1))
                wizard.action_import()
                self.assertEqual(wizard.state, "refused")
                problem = wizard.rejection_ids
                self.assertEqual(
                    (problem.file, problem.line, problem.column),
                    ("loans.csv", line, column),
                )
                self.assertIn(says, problem.reason)
                self.assertEqual(self.count_all(), before)

    def test_an_unknown_currency_is_refused(self):
        loans = "\n".join(
            f"{line},{'currency' if at == 0 else 'XQQ'}"
            for at, line in enumerate(LOANS.splitlines())
        )
        wizard = self.wizard(loans=loans)
        wizard.action_import()
        self.assertEqual(wizard.state, "refused")
        self.assertIn("not a currency", wizard.rejection_ids[0].reason)

    def test_columns_are_remembered_per_person_and_company(self):
        titled = LOANS.replace("loan_ref", "Contract", 1)
        wizard = self.wizard(loans=titled)
        row = wizard.column_ids.filtered(
            lambda item: (item.file, item.field) == ("loans", "loan_ref")
        )
        row.title = "Contract"
        wizard.action_check()
        self.assertEqual(wizard.state, "checked")
        again = self.wizard(loans=titled)
        again.action_check()
        self.assertEqual(again.state, "checked")
        other = new_test_user(
            self.env, "tape_other", groups="carloan_relief.group_manager"
        )
        stranger = self.wizard(other, loans=titled)
        stranger.action_check()
        self.assertEqual(stranger.state, "refused")
        self.assertFalse(
            self.env["carloan.tape.mapping"]
            .with_user(other)
            .search([("user_id", "=", self.manager.id)])
        )

    def test_rejected_rows_are_listed_with_file_line_column_value_and_reason(self):
        wizard = self.wizard(payments=PAYMENTS + "T-1,2016-03-31,-5.00,0.00,0.00\n")
        wizard.action_import()
        self.assertRecordValues(
            wizard.rejection_ids,
            [
                {
                    "file": "payments.csv",
                    "line": 11,
                    "column": "balance",
                    "value": "-5.00",
                    "reason": "a balance below zero is a credit, not a loan.",
                }
            ],
        )
        self.assertEqual(wizard.state, "done")

    def test_reasons_and_columns_are_said_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        wizard = self.wizard(loans=LOANS.replace("12000.00", "-12000.00", 1))
        wizard.with_context(lang="zh_CN").action_import()
        self.assertEqual(wizard.rejection_ids.reason, "必须大于零。")
        row = wizard.column_ids[0]
        self.assertEqual(
            {key for names in tape_reader.FIELDS.values() for key in names},
            set(dict(row._fields["field"].selection)),
        )

    def test_only_managers_import(self):
        with self.assertRaises(AccessError):
            self.wizard(self.officer)
        with self.assertRaises(AccessError), mute_logger("odoo.models"):
            self.env["carloan.tape.loader"].with_user(self.officer)._load(
                self.read(), self.product
            )


@tagged("post_install", "-at_install")
class TestRealTape(TapeCase):
    """The 2017 tape, imported once; skipped where the data is not at hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        files = [DATA / f"tape_2017_{name}.csv.gz" for name in ("loans", "payments")]
        missing = [str(path.name) for path in files if not path.is_file()]
        if missing:
            cls.skipTest(cls, f"no real tape: {', '.join(missing)} not in {DATA}")
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        usd = cls.env.ref("base.USD")
        usd.active = True
        cls.company = cls.env["res.company"].create(
            {"name": "Real tape", "currency_id": usd.id}
        )
        cls.env.user.company_ids += cls.company
        cls.env["account.chart.template"].try_loading("generic_coa", cls.company, False)
        cls.company.currency_id = usd
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.product = cls._make_product(cls.env)
        cls.as_of = datetime.date(2018, 12, 31)
        cls.tape = tape_reader.read_tape(
            str(files[0]), str(files[1]), tape_reader.Options(as_of=cls.as_of)
        )
        cls.files = [str(path) for path in files]
        cls.result = cls.env["carloan.tape.loader"]._load(cls.tape, cls.product)
        cls.loans = cls.env["carloan.loan"].browse(cls.result.loan_ids)

    def by_ref(self, ref):
        return self.loans.filtered(lambda loan: loan.import_ref == ref)

    def test_tape_and_ledger_agree_to_the_cent(self):
        self.assertEqual(len(self.loans), 2526)
        self.assertIn("33,690,555.95", self.result.lines[-1])
        ((total,),) = self.loans._read_group(
            [("id", "in", self.loans.ids)], [], ["principal_balance:sum"]
        )
        self.assertEqual(round(total, 2), 33690555.95)
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))

    def test_who_is_late_by_the_contract_rule(self):
        late = self.loans.filtered("dpd")
        self.assertEqual(len(late), 283)
        self.assertEqual(set(self.loans.mapped("position_date")), {self.as_of})

    def test_known_traps(self):
        # paid far ahead, then nothing for months: not late
        self.assertEqual(self.by_ref("AA17-20108562").dpd, 0)
        # misses doubled the month after: two behind at the end of 2018
        self.assertGreater(self.by_ref("AA17-19213698").dpd, 0)
        # paid off, charged off or empty before the date: not there
        self.assertFalse(self.by_ref("AA17-19406600"))
        self.assertEqual(self.by_ref("AA17-19587071").instalments, 75)

    def test_no_behaviour_after_the_date(self):
        rows = self.env["carloan.behaviour"].search_count(
            [("loan_id", "in", self.loans.ids), ("month_end", ">", self.as_of)]
        )
        self.assertEqual(rows, 0)
        self.assertEqual(
            self.env["carloan.behaviour"].search_count(
                [("loan_id", "in", self.loans.ids)]
            ),
            50520,
        )

    def test_loans_over_by_then_are_kept_for_their_months(self):
        past = (
            self.env["carloan.loan"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.company.id), ("active", "=", False)])
        )
        groups = dict(
            past._read_group([("id", "in", past.ids)], ["history_end"], ["__count"])
        )
        self.assertEqual(len(past), 3513 - 2526)
        self.assertGreater(groups["repaid"], 900)
        self.assertEqual(groups["charged_off"], 52)
        self.assertTrue(
            all(day <= self.as_of for day in past.mapped("history_end_date"))
        )

    def test_features_by_a_second_count_at_two_dates(self):
        """Of every loan that owed on the day, also those that were over later."""
        gather = self.env["carloan.risk.features"]
        for day, count in (("2018-12-31", 2526), ("2018-06-30", 2790)):
            loans = gather._find_loans(self.company, fields.Date.to_date(day))
            self.assertEqual(len(loans), count)
            got = gather._gather(loans, fields.Date.to_date(day))
            rows = tape_oracle.read(*self.files, day)
            for at, ref in enumerate(loans.mapped("import_ref")):
                for name, value in tape_oracle.recompute(*rows[ref], day).items():
                    found = got[name][at]
                    if value is None:
                        self.assertTrue(np.isnan(found), (day, ref, name, found))
                    else:
                        self.assertAlmostEqual(found, value, 2, (day, ref, name))

    def test_the_whole_book_is_graded_and_late_loans_are_weaker(self):
        assessments = self.loans._assess(self.as_of)
        self.assertEqual(len(assessments), 2526)
        late = self.loans.filtered(lambda loan: loan.dpd > 30)
        good = self.loans.filtered(lambda loan: not loan.dpd)
        self.assertGreater(
            sum(late.mapped("risk_pd")) / len(late),
            5 * sum(good.mapped("risk_pd")) / len(good),
        )

    # ------------------------------------------------------------------
    # the main job, on a borrower who really fell behind
    # ------------------------------------------------------------------

    @freeze_time("2019-01-02")
    def test_a_truly_late_loan_goes_the_whole_way_to_relief(self):
        """Three instalments behind at the end of 2018, in time for a plan."""
        people = self._hire()
        self._allow_long_terms()
        loan = self.loans.filtered(lambda item: item.dpd == 77)[0]
        owed = loan.principal_balance
        self.env["carloan.financial.statement"].create(
            {
                "partner_id": loan.partner_id.id,
                "date": "2019-01-02",
                "net_income": 2400.0,
                "living_costs": 1500.0,
                "other_debt": 200.0,
            }
        )
        request = self._ask(loan, people["officer"])
        self.assertEqual(request.grade_id, loan.risk_grade_id)
        self.assertEqual(loan.assessment_id.features["dpd"], 79)
        self.assertIn("Late today by 61 to 90 days", loan.risk_reason_text)
        self._decide(request, people)
        request.consent_ids.with_user(people["officer"]).action_give()
        request._accept(loan.partner_id.name)
        self.assertEqual(request.state, "accepted")
        old = loan.schedule_id
        request.with_user(people["accountant"]).action_activate()
        self.assertEqual(request.state, "active")
        self.assertEqual((old.state, loan.schedule_id.reason), ("superseded", "relief"))
        self.assertEqual(
            loan._to_minor(loan.instalment_ids.mapped("amount")),
            [row["instalment"] for row in request.offer_id.rows],
        )
        self.assertAlmostEqual(loan.principal_balance, owed, 2)
        self.assertFalse(self.env["carloan.ledger"]._check_books(self.company))

    def _hire(self):
        """Return a user of each role in the company of the tape."""
        roles = {
            "officer": "carloan_relief.group_officer",
            "approver": "carloan_relief.group_approver",
            "manager": "carloan_relief.group_manager",
            "accountant": "account.group_account_invoice",
        }
        return {
            role: new_test_user(
                self.env,
                f"tape_path_{role}",
                groups=group,
                company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for role, group in roles.items()
        }

    def _allow_long_terms(self):
        """Give the company a policy of its own: these loans run for 72 months."""
        shared = self.env.ref("carloan_relief.relief_policy_china")
        own = shared.sudo().copy(
            {
                "company_id": self.company.id,
                "date_from": "2018-01-01",
                "jurisdiction_id": False,
            }
        )
        own.rule_ids.write({"max_total_term_new": 0, "max_total_term_used": 0})
        own.rule_ids.write({"may_capitalise": True, "max_extend": 12})
        own.state = "in_force"

    def _ask(self, loan, officer):
        """Return the request of a loan, assessed, with offers within its policy."""
        request = (
            self.env["carloan.relief.request"]
            .with_user(officer)
            .create(
                {
                    "loan_id": loan.id,
                    "reason_id": self.env.ref(
                        "carloan_relief.relief_reason_income_cut"
                    ).id,
                }
            )
        )
        request.action_submit()
        request.action_assess()
        self.assertEqual(request.state, "assessed")
        self.assertTrue(request.offer_ids)
        return request

    def _decide(self, request, people):
        """Every tier the case climbs, each by another person."""
        request.action_request_approval()
        for role in ("approver", "manager"):
            if request.state != "to_approve":
                break
            action = request.with_user(people[role]).validate_tier()
            dialog = self.env["comment.wizard"].with_user(people[role])
            dialog = dialog.with_context(**action["context"])
            dialog.create({"comment": "Fine"}).add_comment()
        self.assertEqual(request.state, "offered")
