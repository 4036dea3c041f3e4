"""Rows of a CSV or an XLSX file, gzipped or not, one after the other."""

import contextlib
import csv
import gzip
import io
import zipfile
import zlib

from ..words import Words as _
from .model import Rejection, TapeError


def _opened(source):
    """Return a binary file object on a path, on bytes or on an open file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if hasattr(source, "read"):
        return contextlib.nullcontext(source)
    return open(source, "rb")


def _head(raw, size=4):
    head = raw.read(size)
    raw.seek(0)
    return head


def _csv_rows(raw):
    """Yield the rows of a CSV: UTF-8 or GB 18030, with comma, semicolon or tab."""
    sample = raw.read(65536)
    raw.seek(0)
    encoding = "utf-8-sig"
    try:
        # a character may be cut by the end of the sample: only look before it
        sample[: sample.rfind(b"\n") + 1].decode(encoding)
    except UnicodeDecodeError:
        encoding = "gb18030"
    header = sample.split(b"\n", 1)[0]
    delimiter = max(",;\t", key=lambda mark: header.count(mark.encode()))
    text = io.TextIOWrapper(raw, encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter)
    for row in reader:
        yield reader.line_num, row
    text.detach()


def _xlsx_rows(raw):
    """Yield the rows of the first sheet of a workbook, read row by row."""
    import openpyxl  # only who brings a workbook needs the library

    book = openpyxl.load_workbook(raw, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        # some writers store a wrong sheet size, which would cut the rows short
        sheet.reset_dimensions()
        yield from enumerate(sheet.iter_rows(values_only=True), start=1)
    finally:
        book.close()


def read_rows(source, name):
    """Yield (line number, cells) of a CSV or XLSX file, gzipped or not.

    :param source: path, bytes or binary file object
    :param str name: what messages call the file
    :raise TapeError: when the file is damaged or of another kind
    """
    unreadable = (
        OSError,
        EOFError,
        UnicodeDecodeError,
        KeyError,
        csv.Error,
        zlib.error,
        zipfile.BadZipFile,
    )
    try:
        with contextlib.ExitStack() as stack:
            raw = stack.enter_context(_opened(source))
            if _head(raw, 2) == b"\x1f\x8b":
                raw = stack.enter_context(gzip.open(raw))
            reader = _xlsx_rows if _head(raw) == b"PK\x03\x04" else _csv_rows
            yield from reader(raw)
    except unreadable as error:
        reason = _(
            "the file cannot be read (%(error)s). Send it as CSV (UTF-8) or XLSX, "
            "plain or gzipped, and check that it is complete.",
            error=error,
        )
        raise TapeError([Rejection(name, 0, "", "", reason)]) from error


def read_header(source, name):
    """Return the column titles of a file."""
    for _line, cells in read_rows(source, name):
        return [str(cell).strip() for cell in cells if cell not in (None, "")]
    return []
