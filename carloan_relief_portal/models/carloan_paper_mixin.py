from odoo import api, fields, models

from ..tools import papers


class CarloanPaperMixin(models.AbstractModel):
    """Papers that a borrower handed in.

    They are named one by one in ``paper_ids``: what staff attach to the same record
    in an internal note is never shown on the portal.
    """

    _name = "carloan.paper.mixin"
    _description = "Papers of a Borrower"

    paper_ids = fields.Many2many("ir.attachment", string="Papers", copy=False)

    def _take_papers(self, uploads):
        """Attach the good ones of the uploaded papers.

        :param uploads: werkzeug file storages
        :return: a message on each one that was refused
        :rtype: list[str]
        """
        self.ensure_one()
        refused = []
        for upload in uploads:
            name = papers.file_name(upload.filename)
            if not name:
                # the empty file field of a form in which nothing was chosen
                continue
            try:
                self._take_paper(name, upload.stream)
            except papers.Refused as error:
                refused.append(self._get_paper_message(error.code, name))
        return refused

    def _take_paper(self, name, stream):
        """Attach one paper, or say by ``Refused`` why not."""
        company = self.company_id
        if len(self.paper_ids) >= company.carloan_paper_count:
            raise papers.Refused("too_many")
        name, kind, content = papers.read(
            stream, name, company.carloan_paper_mb * 1024 * 1024
        )
        self.paper_ids += self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": kind,
                "res_model": self._name,
                "res_id": self.id,
            }
        )

    def _drop_paper(self, paper_id):
        """Delete one own paper; a number from elsewhere deletes nothing."""
        self.paper_ids.filtered(lambda paper: paper.id == paper_id).unlink()

    def _hand_papers_to(self, record):
        """Move the papers to another record of the same case."""
        moved = self.paper_ids
        self.paper_ids = False
        moved.write({"res_model": record._name, "res_id": record.id})
        record.paper_ids += moved

    @api.ondelete(at_uninstall=False)
    def _unlink_papers(self):
        """Papers go with the record that held them."""
        self.paper_ids.unlink()

    def _get_paper_message(self, code, name):
        """Put why a paper was refused into the borrower's language."""
        company = self.company_id
        return {
            "empty": self.env._("%(file)s is empty. Choose the file again.", file=name),
            "too_large": self.env._(
                "%(file)s is larger than %(limit)s MB and was not kept. Take the photo "
                "at a lower resolution, or split the file.",
                file=name,
                limit=company.carloan_paper_mb,
            ),
            "kind": self.env._(
                "%(file)s is not a PDF, JPEG or PNG and was not kept. Save it as a PDF "
                "or take a photo of it.",
                file=name,
            ),
            "too_many": self.env._(
                "%(file)s was not kept: a request holds %(limit)s papers at most. "
                "Remove one, or put several pages into one PDF.",
                file=name,
                limit=company.carloan_paper_count,
            ),
        }[code]
