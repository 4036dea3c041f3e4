"""Page numbers of a PDF, put on after it was printed.

A wkhtmltopdf as distributions build it (Qt without its patches) leaves out headers and
footers: the numbers are stamped the way Odoo stamps its own banners.
"""

import io

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from odoo.tools.pdf import PdfFileReader, PdfFileWriter

#: Millimetres from the lower edge of the sheet, in points.
HEIGHT = 7 * 72 / 25.4
SIZE = 8
#: The simplified Chinese font every PDF reader knows; it is not stored in the file.
CHINESE = "STSong-Light"


def number_pages(content, label):
    """Return a PDF with its number at the foot of each page.

    :param bytes content: a PDF; other bytes come back as they are
    :param label: function of a page's number and how many there are, to its words
    """
    if not content.startswith(b"%PDF"):
        return content  # without a printer reports are HTML
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    pages = [reader.getPage(n) for n in range(reader.getNumPages())]
    stamps = PdfFileReader(_draw([_get_size(page) for page in pages], label))
    writer = PdfFileWriter()
    for n, page in enumerate(pages):
        page.mergePage(stamps.getPage(n))
        writer.addPage(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _get_size(page):
    box = page.mediaBox
    return float(abs(box.getWidth())), float(abs(box.getHeight()))


def _draw(sizes, label):
    """Return the stream of sheets of these sizes that hold their numbers only."""
    packet = io.BytesIO()
    sheet = canvas.Canvas(packet, invariant=1)
    for n, (width, height) in enumerate(sizes, 1):
        font, text = _write(n, len(sizes), label)
        sheet.setPageSize((width, height))
        sheet.setFont(font, SIZE)
        sheet.drawCentredString(width / 2, HEIGHT, text)
        sheet.showPage()
    sheet.save()
    packet.seek(0)
    return packet


def _write(n, total, label):
    """Return a font that holds the words, and the words; figures go with any font."""
    text = label(n, total)
    if text.isascii():
        return "Helvetica", text
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return "Helvetica", f"{n} / {total}"
    return _get_chinese_font(), text


def _get_chinese_font():
    if CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    return CHINESE
