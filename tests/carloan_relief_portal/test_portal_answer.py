"""The day by which the law gives a borrower an answer, on the page of the request."""

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalAnswer(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loan.company_id.carloan_jurisdiction_id = cls.env.ref(
            "carloan_relief.jurisdiction_au"
        )

    def _decide_clock(self, case):
        kind = self.env.ref("carloan_relief.clock_kind_au_decide")
        return case.sudo().clock_ids.filtered(lambda clock: clock.kind_id == kind)

    def test_the_page_tells_the_day_and_that_it_went_by(self):
        case = self._submitted()
        clock = self._decide_clock(case)
        self.assertTrue(clock.due_date > self.today)
        self.assertEqual(case.answer_due, clock.due_date)
        self.sign_in(self.alice)
        text = self.page(f"/my/relief/{case.id}").text
        self.assertIn("By law you have our answer by", text)
        clock.write({"due_date": self.today - relativedelta(days=1), "state": "missed"})
        text = self.page(f"/my/relief/{case.id}").text
        self.assertIn("By law you should have had our answer by", text)

    def test_no_day_where_no_law_names_one_or_after_the_answer(self):
        case = self._offered()
        self.assertFalse(case.answer_due)
        self.loan.company_id.carloan_jurisdiction_id = self.env.ref(
            "carloan_relief.jurisdiction_cn"
        )
        other = self._submitted(self.other_loan)
        self.assertFalse(other.answer_due)
        self.sign_in(self.bob)
        self.assertNotIn("By law", self.page(f"/my/relief/{other.id}").text)

    def test_a_borrower_reads_the_day_and_no_clock(self):
        case = self._submitted().with_user(self.alice)
        self.assertEqual(
            case.read(["answer_due"])[0]["answer_due"],
            self._decide_clock(case).due_date,
        )
        for name in ("clock_ids", "clock_due"):
            with self.assertRaises(AccessError):
                case.read([name])
