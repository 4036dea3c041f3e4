import io

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader

from .common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalLoans(PortalCase):
    def test_list_shows_own_loans_only(self):
        self.sign_in(self.alice)
        text = self.page("/my/loans").text
        self.assertIn(self.loan.name, text)
        self.assertNotIn(self.other_loan.name, text)

    def test_detail_shows_schedule(self):
        self.sign_in(self.alice)
        text = self.page(f"/my/loans/{self.loan.id}").text
        self.assertIn("Aurora Alice Li", text)
        self.assertIn("Repayment schedule", text)
        self.assertEqual(text.count('aria-hidden="true">Due on'), 36)
        self.assertEqual(text.count(">Paid</span>"), 2)
        self.assertEqual(text.count(">Overdue</span>"), 2)

    def test_a_loan_written_off_is_shown_as_owed(self):
        case = self.env["carloan.write.off"].create({"loan_id": self.loan.id})
        owed = self.loan.overdue_amount + self.loan.undue_principal
        self.loan._write_off(case, self.today)
        self.assertAlmostEqual(self.loan.written_off_balance, owed)
        self.sign_in(self.alice)
        self.assertIn("Still owed", self.page("/my/loans").text)
        text = self.page(f"/my/loans/{self.loan.id}").text
        self.assertIn(f"{owed:,.2f}", text)
        self.assertIn("you still", text)
        self.assertNotIn("Nothing is due today", text)
        # what was not paid is not shown as paid
        self.assertEqual(text.count(">Paid</span>"), 2)

    def test_a_credit_that_went_back_is_told_apart_from_payments(self):
        self.loan._register_repayment(self.loan.overdue_amount + 77.0, self.today)
        self.loan._register_refund(77.0, self.today, self.loan.partner_id)
        self.sign_in(self.alice)
        text = self.page(f"/my/loans/{self.loan.id}").text
        self.assertEqual(text.count("Credit paid back"), 1)
        self.assertRegex(text, r"-(\W|&\w+;)*77\.00|-.{0,40}77\.00")

    def test_a_loan_written_off_in_part_shows_what_is_due_too(self):
        overdue = self.loan.overdue_amount
        case = self.env["carloan.write.off"].create(
            {"loan_id": self.loan.id, "scope": "part", "part_amount": 1234.5}
        )
        case.sudo().write(
            {"state": "done", **self.loan._write_off_part(case, self.today)}
        )
        self.assertEqual(self.loan.state, "active")
        self.sign_in(self.alice)
        text = self.page(f"/my/loans/{self.loan.id}").text
        for words in (f"{overdue:,.2f}", "Overdue since", "1,234.50", "you still"):
            self.assertIn(words, text)

    def test_borrower_downloads_the_statement_of_a_period(self):
        self.sign_in(self.alice)
        path = f"/my/loans/{self.loan.id}/statement"
        self.assertIn(f'action="{path}"', self.page(f"/my/loans/{self.loan.id}").text)
        answer = self.page(path)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertIn(
            self.loan.name.replace("/", "-"), answer.headers["Content-Disposition"]
        )
        # nothing that is no day does harm, and no day lies beyond today
        odd = self.page(f"{path}?date_from=soon&date_to=2999-01-01")
        self.assertEqual(odd.status_code, 200)
        wrong = self.page(f"{path}?date_from=2999-01-01")
        self.assertIn("Exchange the two days", wrong.text)

    def test_statement_is_a_pdf(self):
        loan_sudo = self.loan.with_context(force_report_rendering=True)
        start, end = loan_sudo._get_statement_period()
        content = loan_sudo._portal_print_statement(start, end)
        self.assertTrue(content.startswith(b"%PDF"))
        # by the printer, or after it where it drops footers
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        self.assertRegex(reader.getPage(0).extract_text(), r"Page\s+1 (of|/) \d")

    def test_home_counts_own_loans(self):
        self.sign_in(self.alice)
        self.assertIn("/my/loans", self.page("/my").text)
        counts = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["carloan_count"]}
        )
        self.assertEqual(counts["carloan_count"], 1)

    def test_other_borrower_and_missing_loan_answer_the_same(self):
        self.sign_in(self.alice)
        other = self.page(f"/my/loans/{self.other_loan.id}")
        missing = self.page("/my/loans/999999999")
        self.assertEqual((other.status_code, missing.status_code), (404, 404))
        self.assertNotIn(self.other_loan.name, other.text)
        self.assertEqual(_body(other.text), _body(missing.text))

    def test_drafts_and_cancelled_loans_stay_inside(self):
        self.loan.sudo().state = "draft"
        self.sign_in(self.alice)
        self.assertEqual(self.page(f"/my/loans/{self.loan.id}").status_code, 404)
        self.assertNotIn(self.loan.name, self.page("/my/loans").text)

    def test_signed_out_goes_to_login(self):
        token = self.loan._portal_ensure_token()
        for path in (
            "/my/loans",
            f"/my/loans/{self.loan.id}",
            f"/my/loans/{self.loan.id}?access_token={token}",
        ):
            with self.subTest(path=path):
                self.assertIn("/web/login", self.page(path).url)

    def test_token_of_another_loan_opens_nothing(self):
        token = self.other_loan._portal_ensure_token()
        self.sign_in(self.alice)
        answer = self.page(f"/my/loans/{self.other_loan.id}?access_token={token}")
        self.assertEqual(answer.status_code, 404)

    def test_colleague_of_the_same_company_sees_nothing(self):
        house = self.env["res.partner"].create({"name": "House", "is_company": True})
        (self.alice | self.bob).partner_id.parent_id = house
        loans = self.env["carloan.loan"].with_user(self.alice)
        self.assertEqual(loans.search([]), self.loan)

    def test_borrower_reads_own_records_and_writes_none(self):
        for own, other in (
            (self.loan, self.other_loan),
            (self.loan.schedule_id, self.other_loan.schedule_id),
            (self.loan.instalment_ids, self.other_loan.instalment_ids),
            (self.loan.vehicle_id, self.other_loan.vehicle_id),
        ):
            with self.subTest(model=own._name):
                own.with_user(self.alice).check_access("read")
                with self.assertRaises(AccessError):
                    other.with_user(self.alice).check_access("read")
                for operation in ("write", "create", "unlink"):
                    with self.assertRaises(AccessError):
                        own.with_user(self.alice).check_access(operation)

    def test_lenders_view_of_the_borrower_is_not_readable(self):
        loan = self.loan.with_user(self.alice)
        for name in ("cn_class", "eir_period", "risk_pd", "risk_grade_id"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                loan.read([name])


def _body(html):
    """The page without its frame, which repeats the address it was asked for."""
    return html.partition("<main")[2].partition("</main>")[0]
