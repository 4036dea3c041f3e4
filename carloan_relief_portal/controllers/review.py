"""How a decision was made, in plain words, and the right to a person."""

from odoo.exceptions import UserError
from odoo.http import request

from .common import CarloanPortal, carloan_route


class ReviewPortal(CarloanPortal):
    @carloan_route("/my/loans/<int:loan_id>/decision")
    def portal_decision(self, loan_id, **kwargs):
        """Explain how the loan is judged; show reviews, and where to ask for one."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        reviews_sudo = loan_sudo.review_ids
        return request.render(
            "carloan_relief_portal.portal_decision",
            self._page_values(
                "carloan",
                loan=loan_sudo,
                crumb=request.env._("How we decide"),
                assessment=loan_sudo.assessment_id,
                reasons=loan_sudo.assessment_id._get_borrower_reasons()[:4],
                reviews=reviews_sudo,
                subjects=loan_sudo._portal_review_subjects(),
            ),
        )

    @carloan_route("/my/loans/<int:loan_id>/review", methods=["POST"])
    def portal_ask_review(self, loan_id, reason="", subject="", **post):
        """Take the borrower's wish that a person looks again."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        try:
            with request.env.cr.savepoint():
                review_sudo = loan_sudo._portal_ask_review(reason, subject)
        except UserError as error:
            self._tell("danger", str(error))
        else:
            self._tell(
                "success",
                request.env._(
                    "A person who had no part in the decision will look at it and "
                    "answer by %(date)s. Reference: %(name)s.",
                    date=review_sudo.deadline,
                    name=review_sudo.name,
                ),
            )
        return self._redirect(f"/my/loans/{loan_id}/decision")

    @carloan_route("/my/loans/<int:loan_id>/review", methods=["GET"])
    def portal_review_unsent(self, loan_id, **kwargs):
        """Come back from the login page, to which a wish was posted in vain."""
        return self._redirect(f"/my/loans/{loan_id}/decision")
