"""What if: the borrower tries a change, the engine answers, nothing is stored."""

from odoo.exceptions import UserError
from odoo.http import request

from ..tools import answers
from .common import CarloanPortal, carloan_route

# more than any policy allows; the box of the loan cuts it further
HIGHEST = 600
UNCHANGED = {"extend": 0, "holiday": 0, "capitalise": False}


class WhatIfPortal(CarloanPortal):
    @carloan_route("/my/loans/<int:loan_id>/what-if")
    def portal_what_if(self, loan_id, **query):
        """Show the what-if page; without JavaScript its form calls this again."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        return request.render(
            "carloan_relief_portal.portal_what_if",
            self._page_values(
                "carloan",
                loan=loan_sudo,
                crumb=request.env._("What if"),
                **self._get_answer(loan_sudo, query),
            ),
        )

    @carloan_route("/my/loans/<int:loan_id>/what-if/answer", type="jsonrpc")
    def portal_what_if_answer(self, loan_id, wish=None, **kwargs):
        """Answer a change of the form with the part of the page that shows it."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo or not isinstance(wish, dict):
            return {"html": ""}
        values = {"loan": loan_sudo, **self._get_answer(loan_sudo, wish)}
        return {
            "html": request.env["ir.qweb"]._render(
                "carloan_relief_portal.what_if_answer", values
            )
        }

    def _get_answer(self, loan_sudo, wish):
        """Return what the engine answers, or why it cannot beside the loan as it is."""
        asked, problem = self._read_wish(wish)
        try:
            if loan_sudo.state != "active":
                raise UserError(request.env._("This loan has ended."))
            answer = loan_sudo._portal_what_if(**asked)
        except UserError as error:
            return {
                "asked": UNCHANGED,
                "answer": self._get_unchanged(loan_sudo),
                "problem": str(error),
            }
        return {"asked": asked, "answer": answer, "problem": problem}

    def _get_unchanged(self, loan_sudo):
        """Return the loan as it is, None when no answer can be given at all."""
        try:
            return loan_sudo.state == "active" and loan_sudo._portal_what_if()
        except UserError:
            return None

    def _read_wish(self, wish):
        """Return what was asked, and a message when it cannot be read.

        :param dict wish: raw values of the form, whatever a script may post
        """
        try:
            asked = {
                "extend": answers.count(wish.get("extend"), HIGHEST) or 0,
                "holiday": answers.count(wish.get("holiday"), HIGHEST) or 0,
                "capitalise": answers.ticked(wish.get("capitalise")),
            }
        except answers.Unreadable as error:
            if error.code == "too_many":
                problem = request.env._("This number is too large. Please check it.")
            else:
                problem = request.env._("Enter whole numbers, for example 6.")
            return UNCHANGED, problem
        return asked, ""
