"""What is typed and uploaded is read with care; no database is needed for it."""

import io
from decimal import Decimal

from odoo.tests import TransactionCase, tagged

from odoo.addons.carloan_relief_portal.tools import answers, papers

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\n%%EOF"


@tagged("post_install", "-at_install")
class TestAnswers(TransactionCase):
    def test_amounts_as_people_write_them(self):
        for text, expected in (
            ("3500", "3500.00"),
            (" 3,500.5 ", "3500.50"),
            ("¥3 500", "3500.00"),
            ("３５００元", "3500.00"),
            ("0", "0.00"),
            ("999999999.99", "999999999.99"),
        ):
            with self.subTest(text=text):
                self.assertEqual(answers.amount(text), Decimal(expected))
        self.assertEqual(answers.amount("3.500,25", ",", "."), Decimal("3500.25"))
        self.assertIsNone(answers.amount("  "))

    def test_unreadable_amounts_are_refused_by_reason(self):
        for text, code in (
            ("about 3000", "not_a_number"),
            ("1e9", "not_a_number"),
            ("nan", "not_a_number"),
            ("1_000", "not_a_number"),
            ("3.5.1", "not_a_number"),
            ("-5", "negative"),
            ("1000000000", "too_large"),
            ("9" * 40, "too_large"),
        ):
            with self.subTest(text=text):
                self._assert_unreadable(code, answers.amount, text)

    def test_counts_and_choices(self):
        self.assertEqual(answers.count(" ２ ", 20), 2)
        self.assertIsNone(answers.count("", 20))
        self._assert_unreadable("too_many", answers.count, "21", 20)
        self._assert_unreadable("not_a_count", answers.count, "-1", 20)
        self._assert_unreadable("not_a_count", answers.count, "9" * 30, 20)
        self.assertEqual(answers.choice("a", {"a"}), "a")
        self._assert_unreadable("not_a_choice", answers.choice, "b", {"a"})

    def _assert_unreadable(self, code, reader, *arguments):
        with self.assertRaises(answers.Unreadable) as caught:
            reader(*arguments)
        self.assertEqual(caught.exception.code, code)

    def test_clean_drops_control_characters(self):
        self.assertEqual(answers.clean("a\x00b\u202ec\nd", 10), "abc\nd")
        self.assertEqual(answers.clean(["list"], 10), "")

    def test_papers_by_content_not_by_name(self):
        name, kind, _content = papers.read(io.BytesIO(PDF), "a/../My letter.pdf", 1000)
        self.assertEqual((name, kind), ("My letter.pdf", "application/pdf"))
        # a request that is run again after a collision has read the file before
        stream = io.BytesIO(PDF)
        for _run in range(2):
            self.assertEqual(papers.read(stream, "a.pdf", 1000)[2], PDF)
        for content, file, code in (
            (b"", "a.pdf", "empty"),
            (PDF + b"x" * 1000, "a.pdf", "too_large"),
            (b"<html><script>alert(1)</script></html>", "a.html", "kind"),
            (b"<html><script>alert(1)</script></html>", "a.pdf", "kind"),
            (PDF, "a.html", "kind"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "kind"),
        ):
            with self.subTest(file=file, code=code):
                with self.assertRaises(papers.Refused) as caught:
                    papers.read(io.BytesIO(content), file, 1000)
                self.assertEqual(caught.exception.code, code)
