from psycopg2.errors import UniqueViolation

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

#: Characters of what a borrower writes: a page of text.
MOST = 4000


class CarloanLoan(models.Model):
    _inherit = "carloan.loan"

    def _portal_review_subjects(self):
        """Return the decisions a borrower may have reviewed now, newest first.

        Every request that was decided, and the rating of a running loan; what is under
        review already is left out.
        """
        self.ensure_one()
        under_way = self.review_ids.filtered(lambda r: r.state in ("asked", "taken"))
        cases = self.request_ids.filtered(
            lambda case: case.state
            not in ("draft", "submitted", "assessed", "withdrawn", "declined")
            and case not in under_way.request_id
        ).sorted("id", reverse=True)
        rated = self.state == "active" and self.assessment_id
        rating_open = any(not review.request_id for review in under_way)
        return {"cases": cases, "rating": bool(rated) and not rating_open}

    def _portal_ask_review(self, reason, subject):
        """Make a review for the borrower; the loan is known to be theirs.

        :param str reason: what the borrower says
        :param str subject: id of a request, or empty for the rating of the loan
        :raise UserError: without words, or for what cannot be reviewed now
        """
        self.ensure_one()
        reason = (reason or "").strip()
        if not reason or len(reason) > MOST:
            raise UserError(
                self.env._(
                    "Please tell us in up to %(most)s characters what we should look "
                    "at again. Nothing was sent.",
                    most=MOST,
                )
            )
        case = self._portal_read_subject(subject)
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                return self.env["carloan.risk.review"].create(
                    {
                        "loan_id": self.id,
                        "request_id": case.id,
                        "reason": reason,
                        "channel": "portal",
                    }
                )
        except UniqueViolation as error:
            raise self._portal_review_error() from error

    def _portal_read_subject(self, subject):
        """Return the request of a posted id; an empty record stands for the rating."""
        allowed = self._portal_review_subjects()
        cases = allowed["cases"]
        if not subject and allowed["rating"]:
            return cases.browse()
        case = cases.filtered(lambda case: str(case.id) == subject)
        if not case:
            raise self._portal_review_error()
        return case

    def _portal_review_error(self):
        return UserError(
            self.env._(
                "This decision cannot be reviewed now: it is under review already, or "
                "not made yet. You see below what we have."
            )
        )
