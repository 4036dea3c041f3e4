"""Every page of a paper says which of how many it is."""

import io

from reportlab.lib.pagesizes import A4, A5, landscape
from reportlab.pdfgen import canvas

from odoo.tests import BaseCase, freeze_time, tagged
from odoo.tools.pdf import PdfFileReader

from odoo.addons.carloan_relief.tools.page_numbers import number_pages

from .common_relief import TODAY
from .test_agreement import AgreementCase


def texts(content):
    """Return the text of each page."""
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    return [reader.getPage(n).extract_text() or "" for n in range(reader.getNumPages())]


def sheets(sizes):
    """Return a PDF of sheets that say how they were before."""
    packet = io.BytesIO()
    paper = canvas.Canvas(packet)
    for size in sizes:
        paper.setPageSize(size)
        paper.drawString(50, 100, "the text")
        paper.showPage()
    paper.save()
    return packet.getvalue()


@tagged("post_install", "-at_install")
class TestNumberPages(BaseCase):
    def test_each_page_keeps_its_text_and_tells_its_number(self):
        content = number_pages(
            sheets([A4, A5, landscape(A4)]), lambda n, total: f"Page {n} of {total}"
        )
        for n, text in enumerate(texts(content), 1):
            self.assertIn("the text", text)
            self.assertIn(f"Page {n} of 3", text)

    def test_it_prints_the_same_bytes_twice(self):
        plain = sheets([A4])
        first, second = (number_pages(plain, lambda *_n: "Page") for _time in "ab")
        self.assertEqual(first, second)

    def test_chinese_is_written_and_what_no_font_holds_becomes_figures(self):
        chinese = number_pages(
            sheets([A4]), lambda n, total: f"第 {n} 页，共 {total} 页"
        )
        self.assertIn("第 1 页，共 1 页", texts(chinese)[0])
        thai = number_pages(sheets([A4, A4]), lambda n, total: f"หน้า {n} จาก {total}")
        self.assertIn("2 / 2", texts(thai)[1])

    def test_what_is_no_pdf_stays_as_it_is(self):
        self.assertEqual(number_pages(b"<html/>", None), b"<html/>")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestPapersHaveNumbers(AgreementCase):
    def test_an_agreement_of_several_pages_is_numbered_through(self):
        request = self._offered().with_context(force_report_rendering=True)
        document = request._issue_signing_documents()[:1]
        pages = texts(document.attachment_id.raw)
        self.assertGreater(len(pages), 1)
        for n, text in enumerate(pages, 1):
            self.assertIn(f"Page {n} of {len(pages)}", text)
