"""My loans: the list and the page of one loan."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .common import CarloanPortal, carloan_route


class LoanPortal(CarloanPortal):
    # instalments to come that are shown without unfolding
    _coming_shown = 3

    @carloan_route("/my/loans", "/my/loans/page/<int:page>")
    def portal_my_loans(self, page=1, **kwargs):
        """List the borrower's loans, the most overdue first."""
        loans = request.env["carloan.loan"]
        total = self._count_own_loans()
        pager = portal_pager(
            url="/my/loans", total=total, page=page, step=self._items_per_page
        )
        if total:
            loans = loans.search(
                self._loan_domain(),
                order="dpd desc, id desc",
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        request.session["my_carloans_history"] = loans.ids[:100]
        return request.render(
            "carloan_relief_portal.portal_my_loans",
            self._page_values(
                "carloan",
                # sudo: vehicle and product names have no access line for borrowers
                loans=loans.sudo(),
                pager=pager,
                default_url="/my/loans",
            ),
        )

    @carloan_route("/my/loans/<int:loan_id>")
    def portal_my_loan(self, loan_id, **kwargs):
        """Show what is due now, the schedule and the payments of one loan."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        return request.render(
            "carloan_relief_portal.portal_my_loan",
            self._get_loan_values(loan_sudo),
        )

    @carloan_route("/my/loans/<int:loan_id>/statement")
    def portal_statement(self, loan_id, date_from=None, date_to=None, **kwargs):
        """Download the statement of account of one loan for a period."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        start, end = loan_sudo._get_statement_period()
        start = self._read_day(date_from) or start
        # nothing of tomorrow is in the books
        end = min(self._read_day(date_to) or end, end)
        try:
            content = loan_sudo._portal_print_statement(start, end)
        except UserError as error:
            self._tell("danger", str(error))
            return self._redirect(f"/my/loans/{loan_id}")
        name = f"{loan_sudo._get_statement_filename()} {start} {end}.pdf"
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers=headers)

    def _read_day(self, text):
        """Return the day that a borrower typed, None for what is none."""
        try:
            return fields.Date.to_date((text or "")[:10]) or None
        except ValueError:
            return None

    def _get_loan_values(self, loan_sudo):
        """Values of the page of one loan."""
        instalments_sudo = loan_sudo.instalment_ids.sorted("sequence")
        paid_sudo = instalments_sudo.filtered(lambda row: row.paid_state == "paid")
        requests_sudo = loan_sudo.request_ids.filtered(
            lambda case: case.state != "draft"
        )
        # sudo: drafts of borrowers are closed to everybody but their own pages
        applications_sudo = request.env["carloan.relief.application"].sudo()
        values = self._page_values(
            "carloan",
            loan=loan_sudo,
            instalments_paid=paid_sudo,
            **self._split_open(instalments_sudo - paid_sudo),
            last_due_date=instalments_sudo[-1:].due_date,
            payments=loan_sudo._portal_payments(),
            requests=requests_sudo,
            open_request=requests_sudo._portal_open_request(loan_sudo),
            application=applications_sudo._get_for(loan_sudo),
            documents=requests_sudo.agreement_id,
            statement_period=loan_sudo._get_statement_period(),
        )
        return self._get_page_view_values(
            loan_sudo, None, values, "my_carloans_history", False
        )

    def _split_open(self, open_sudo):
        """Show what matters now; the years to come stay folded on a phone."""
        billed_sudo = open_sudo.filtered(lambda row: row.paid_state != "planned")
        coming_sudo = open_sudo - billed_sudo
        return {
            "instalments_open": billed_sudo | coming_sudo[: self._coming_shown],
            "instalments_later": coming_sudo[self._coming_shown :],
        }
