"""My loans: the list and the page of one loan."""

from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .common import CarloanPortal, carloan_route


class LoanPortal(CarloanPortal):
    @carloan_route("/my/loans", "/my/loans/page/<int:page>")
    def portal_my_loans(self, page=1, **kwargs):
        """List the borrower's loans, the most overdue first."""
        loans = request.env["carloan.loan"]
        domain = self._loan_domain()
        total = self._count_own_loans()
        pager = portal_pager(
            url="/my/loans", total=total, page=page, step=self._items_per_page
        )
        if total:
            loans = loans.search(
                domain,
                order="dpd desc, id desc",
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        request.session["my_carloans_history"] = loans.ids[:100]
        return request.render(
            "carloan_relief_portal.portal_my_loans",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "carloan",
                # sudo: vehicle and product names have no access line for borrowers
                "loans": loans.sudo(),
                "pager": pager,
                "default_url": "/my/loans",
            },
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

    def _get_loan_values(self, loan_sudo):
        """Values of the page of one loan."""
        instalments_sudo = loan_sudo.instalment_ids.sorted("sequence")
        paid_sudo = instalments_sudo.filtered(lambda row: row.paid_state == "paid")
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "carloan",
            "loan": loan_sudo,
            "instalments_paid": paid_sudo,
            "instalments_open": instalments_sudo - paid_sudo,
            "last_due_date": instalments_sudo[-1:].due_date,
            "payments": loan_sudo._portal_payments(),
        }
        return self._get_page_view_values(
            loan_sudo, None, values, "my_carloans_history", False
        )
