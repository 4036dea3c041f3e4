"""Which papers a borrower may hand in. Plain Python but for Odoo's type guess."""

import os

from odoo.tools.mimetypes import guess_mimetype

#: what a phone or a scanner makes; nothing that a browser would run
KINDS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
}
MAX_NAME = 120


class Refused(ValueError):
    """A paper that is not taken; ``code`` says why."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def file_name(name):
    """Return the name without folders or control characters, short enough to show."""
    base = os.path.basename((name or "").replace("\\", "/"))
    base = "".join(c for c in base if c.isprintable()).strip(" .")
    stem, extension = os.path.splitext(base)
    return stem[: MAX_NAME - len(extension)] + extension


def read(stream, name, max_bytes):
    """Return name, type and content of an uploaded paper.

    One byte more than allowed is read, so that a huge file is refused without being
    held in memory. The content decides the type: a page renamed to .pdf is refused.

    :raise Refused: with code empty, too_large or kind
    """
    # a request that Odoo runs again after a collision has read it before
    stream.seek(0)
    content = stream.read(max_bytes + 1)
    if not content:
        raise Refused("empty")
    if len(content) > max_bytes:
        raise Refused("too_large")
    kind = guess_mimetype(content, default="")
    name = file_name(name)
    if os.path.splitext(name)[1].lower() not in KINDS.get(kind, ()):
        raise Refused("kind")
    return name, kind, content
