"""The workbook: what it says, what it calculates, and what it never becomes."""

import unittest
from pathlib import Path

from PIL import Image, ImageColor

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.carloan_relief_reports.reports.workbook import PALETTE

from .common_reports import HOSTILE, ReportCase

PICTURES = Path(__file__).resolve().parents[2] / ".local" / "screenshots" / "reports"


@tagged("post_install", "-at_install")
class TestWorkbook(ReportCase):
    def test_every_figure_is_what_the_database_sums(self):
        book = self._recompute(self._build().data)
        if book is None:
            raise unittest.SkipTest("LibreOffice is not installed: nothing recomputed")
        self._check_summary(book["Summary"])
        self._check_bands(book["Lateness"])

    def test_stored_values_are_the_calculated_ones(self):
        """Viewers that do not calculate show the same figures."""
        data = self._build().data
        calculated = self._recompute(data)
        if calculated is None:
            raise unittest.SkipTest("LibreOffice is not installed: nothing recomputed")
        stored, formulas = self._open(data, values=True), self._open(data)
        compared = 0
        for sheet in formulas:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        mine = stored[sheet.title][cell.coordinate].value
                        theirs = calculated[sheet.title][cell.coordinate].value
                        self._same(mine, theirs, f"{sheet.title}!{cell.coordinate}")
                        compared += 1
        self.assertGreater(compared, 100)

    def test_a_page_is_printed_as_it_should_look(self):
        """The page of lateness in both languages, kept as pictures, with its chart."""
        self.env["res.lang"]._activate_lang("zh_CN")
        for lang in ("en_US", "zh_CN"):
            file = PICTURES / lang / "lateness.png"
            if not self._picture(self._build(lang=lang).data, 3, file):
                raise unittest.SkipTest("LibreOffice or poppler is not installed")
            with Image.open(file) as image:
                width, height = image.size
                pixels = list(image.convert("RGB").getdata())
            self.assertGreater(width, height, "landscape")
            for color in PALETTE[:2]:
                shown = pixels.count(ImageColor.getrgb(color))
                self.assertGreater(shown, 500, f"bars in {color}")

    def _same(self, mine, theirs, where):
        if isinstance(mine, int | float) and isinstance(theirs, int | float):
            self.assertAlmostEqual(mine, theirs, 6, where)
        else:
            self.assertEqual(mine or "", theirs or "", where)

    def _check_summary(self, sheet):
        rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
        domain = [("id", "in", self.loans.ids)]
        [(count, balance, overdue)] = self.env["carloan.loan"]._read_group(
            domain, [], ["__count", "principal_balance:sum", "overdue_amount:sum"]
        )
        self.assertEqual(rows["Outstanding"][:2], (count, balance))
        self.assertEqual(rows["Overdue"][:2], (4, overdue))
        less_late = rows["Less late than on the original schedule, because of relief"]
        self.assertEqual(less_late[:2], (2, 80000.0))
        rates = {
            "Overdue rate by outstanding principal": (0.35, 0.475),
            "Overdue rate by number of loans": (0.5, 0.625),
            "Overdue amount to outstanding principal": (0.08675, None),
            "More than 30 days past due, by outstanding principal": (0.225, 0.35),
            "More than 90 days past due, by outstanding principal": (0.125, 0.125),
            "Non-performing ratio": (0.125, None),
        }
        for name, expected in rates.items():
            for found, value in zip(rows[name], expected, strict=False):
                self.assertAlmostEqual(found or 0.0, value or 0.0, 9, name)

    def _check_bands(self, sheet):
        rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
        labels = dict(self.env["carloan.loan"]._fields["bucket"].selection)
        for field, count, amount in (("bucket", 0, 1), ("bucket_original", 4, 5)):
            groups = self.env["carloan.loan"]._read_group(
                [("id", "in", self.loans.ids)],
                [field],
                ["__count", "principal_balance:sum"],
            )
            for code, loans, balance in groups:
                row = rows[labels[code]]
                self.assertEqual((row[count], row[amount]), (loans, balance), code)

    def test_what_people_typed_is_never_a_formula(self):
        self.north.name = "=1+1"
        book = self._open(self._build().data)
        sheet = book["Loans"]
        cells = [cell for row in sheet.iter_rows(min_row=3) for cell in row]
        self.assertFalse([cell.coordinate for cell in cells if cell.data_type == "f"])
        names = {cell.value for cell in cells}
        self.assertLessEqual(set(HOSTILE) - {"\t=1"}, names)
        self.assertIn("=1+1", names)
        risky = [cell for cell in cells if str(cell.value).startswith(("=", "+", "@"))]
        self.assertTrue(all(cell.quotePrefix for cell in risky))

    def test_the_cover_says_what_was_chosen(self):
        result = self._build(domain=[("dpd", ">", 30)])
        cover = self._cover(result.data)
        self.assertEqual(cover["As of"], "2026-10-31")
        self.assertEqual(cover["Filter"], "Days past due > 30")
        self.assertEqual(cover["Loans"], "3")
        self.assertEqual(cover["Holds what may be seen by"], self.manager.name)
        self.assertIn("Non-performing ratio", cover)

    def _cover(self, data):
        rows = self._open(data).worksheets[0].iter_rows(values_only=True, max_col=2)
        return dict(rows)

    def test_the_reader_chooses_the_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        result = self._build(lang="zh_CN")
        book = self._open(result.data)
        self.assertEqual(book.sheetnames[:3], ["封面", "汇总", "逾期区间"])
        self.assertEqual(book["封面"]["A1"].value, "贷款组合与协商还款")

    def test_a_stale_position_is_told(self):
        self.loans[0].position_date = "2026-09-30"
        self.env.flush_all()
        self.assertIn("2026-09-30", self._cover(self._build().data)["As of"])

    def test_nothing_found_is_said_and_not_divided_by(self):
        result = self._build(domain=[("dpd", ">", 9999)])
        self.assertEqual(result.row_count, 0)
        self.assertIn("Widen the filter", result.message)
        self.assertIn("Widen the filter", self._cover(result.data)["Nothing found"])
        book = self._recompute(result.data)
        if book:
            errors = [
                cell.coordinate
                for sheet in book
                for row in sheet.iter_rows()
                for cell in row
                if cell.data_type == "e"
            ]
            self.assertFalse(errors)

    def test_a_filter_that_is_none_is_refused_by_name(self):
        reports = self.env["carloan.report"].with_user(self.manager)
        for text in ("[('no_such', '=', 1)]", "[(", "__import__('os')", "[1, 2]", "7"):
            with self.assertRaises(UserError, msg=text) as caught:
                reports._parse_domain(text)
            self.assertIn("Choose the filter again", str(caught.exception))

    def test_an_officer_sees_the_team_alone(self):
        book = self._open(self._build(self.officer).data)
        loans = {row[0] for row in book["Loans"].iter_rows(min_row=3, values_only=True)}
        own = self.loans.filtered(lambda loan: loan.team_id == self.north)
        self.assertEqual(loans, set(own.mapped("name")))

    def test_a_filter_cannot_reach_past_the_rules(self):
        domain = ["|", ("id", ">", 0), ("team_id", "=", self.south.id)]
        result = self._build(self.officer, domain=domain)
        loans = self._open(result.data)["Loans"]
        self.assertEqual(loans.max_row - 2, 4)

    def test_another_company_is_in_no_figure(self):
        self._book(self._product(self.other_company))
        result = self._build()
        self.assertEqual(self._open(result.data)["Loans"].max_row - 2, 8)

    def test_a_loan_in_another_currency_is_added_up_in_the_books(self):
        dollar = self.env.ref("base.USD")
        if dollar == self.company.currency_id:
            dollar = self.env.ref("base.EUR")
        dollar.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": dollar.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.125,
            }
        )
        product = self._product(self.company)
        product.currency_id = dollar
        loan = self._book(product, [(1000.0, 10.0, 12, 12)])
        self.assertEqual(loan.currency_id, dollar)
        book = self._open(self._build().data, values=True)
        rows = {row[0]: row for row in book["Loans"].iter_rows(values_only=True)}
        self.assertIn(8000.0, rows[loan.name])
        self.assertIn(dollar.name, rows[loan.name])
        summary = {row[0]: row for row in book["Summary"].iter_rows(values_only=True)}
        own = sum(self.loans.mapped("principal_balance"))
        self.assertEqual(summary["Outstanding"][2], own + 8000.0)

    def test_rows_do_not_add_statements(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._build()
            return self.cr.sql_log_count - before

        count()
        few = count()
        self._book(self.product, [(1000.0, 0.0, 0, 0)] * 60)
        self.assertLessEqual(count(), few)

    def test_lists_group_lateness_in_its_own_order(self):
        groups = self.env["carloan.loan"]._read_group(
            [("id", "in", self.loans.ids)], ["bucket"], ["__count"]
        )
        self.assertEqual(
            [code for code, _count in groups],
            ["current", "1-30", "31-60", "91-180", "181-360"],
        )

    def test_reports_are_offered_by_name(self):
        names = [name for name, _label in self.env["carloan.report"]._get_reports()]
        self.assertIn("carloan.report.portfolio", names)
        self.assertIn("carloan.report.management", names)
        self.assertNotIn("carloan.report", names)

    def test_the_wizard_hands_over_a_workbook_or_says_why_not(self):
        wizards = self.env["carloan.report.wizard"].with_user(self.officer)
        wizard = wizards.create({})
        action = wizard.action_download()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertTrue(wizard.file_name.endswith(".xlsx"))
        with self.assertRaisesRegex(UserError, "Widen the filter"):
            wizards.create({"domain": "[('dpd', '>', 9999)]"}).action_download()
