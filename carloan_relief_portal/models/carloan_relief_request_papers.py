"""The checklist of a case as the borrower sees it, and what is handed in for it."""

from odoo import models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _portal_hand_in(self, uploads, paper=""):
        """Take papers for a running case and tell the officer.

        :param uploads: werkzeug file storages
        :param str paper: id of the line of the checklist they are for, as posted; what
            is none of this case, or not wanted any more, is kept for staff to sort
        :return: a message on each file that was refused
        """
        self.ensure_one()
        if not self._portal_can_add_papers():
            raise UserError(self.env._("Papers are no longer needed for this request."))
        before = self.paper_ids
        refused = self._take_papers(uploads)
        taken = self.paper_ids - before
        if taken:
            self.papers_wanted = False
            self.papers_due = False
            self._resume_approval()
            self._file_papers(taken, paper)
        return refused

    def _file_papers(self, taken, paper):
        """Put papers on the line of the checklist they were handed in for."""
        self.ensure_one()
        wanted = self._portal_wanted_papers().filtered(lambda one: str(one.id) == paper)
        if wanted:
            wanted._receive(taken)
            note = self.env._(
                "The borrower handed in: %(paper)s.", paper=wanted.display_name
            )
        else:
            note = self.env._(
                "The borrower handed in %(count)s papers.", count=len(taken)
            )
        self._tell_officer(note)

    def _portal_wanted_papers(self):
        """Return the lines of the checklist that take a file of the borrower."""
        return self.checklist_ids.filtered(
            lambda one: one.state in ("asked", "refused", "received")
        )

    def _portal_checklist(self):
        """Return each paper of the checklist with what it means to the borrower.

        :return: dicts with name, help, text and kind (a colour of the page)
        """
        self.ensure_one()
        words = {
            "asked": (self.env._("Please hand it in"), "warning"),
            "refused": (self.env._("Please hand it in again"), "danger"),
            "received": (self.env._("We have it and look at it"), "info"),
            "accepted": (self.env._("Accepted"), "success"),
            "waived": (self.env._("Not needed"), "success"),
            "known": (self.env._("Not needed: we have it already"), "success"),
        }
        return [
            {
                "name": one.display_name,
                "help": one.reason
                if one.state == "refused"
                else one.state == "asked" and one.description,
                "text": words[one.state][0],
                "kind": words[one.state][1],
            }
            for one in self.checklist_ids
        ]
