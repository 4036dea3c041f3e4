"""What every page of the borrower's portal shares: who owns what, and the answer
to a record that is missing or another's."""

from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal


class CarloanPortal(CustomerPortal):
    """Base of the car-loan pages; holds no route but the home counters."""

    # A draft loan is not yet a contract and a cancelled one never was.
    _loan_states = ("active", "closed", "written_off")

    def _prepare_home_portal_values(self, counters):
        """Override of `portal` to count the borrower's loans."""
        values = super()._prepare_home_portal_values(counters)
        if "carloan_count" in counters:
            values["carloan_count"] = self._count_own_loans()
        return values

    def _count_own_loans(self):
        loans = request.env["carloan.loan"]
        if not loans.has_access("read"):
            return 0
        return loans.search_count(self._loan_domain())

    def _own_partner_domain(self):
        """The borrower and, for a company car, the company itself; never a colleague.

        Spelled out beside the record rules because staff, whom no portal rule
        binds, open these pages too.
        """
        partner = request.env.user.partner_id
        return [
            ("partner_id", "in", (partner | partner.commercial_partner_id).ids),
        ]

    def _loan_domain(self):
        return self._own_partner_domain() + [("state", "in", self._loan_states)]

    def _own_loan_sudo(self, loan_id):
        """Return the loan in sudo if it is the user's own, else an empty set."""
        return self._own_sudo("carloan.loan", loan_id, self._loan_domain())

    def _own_request_sudo(self, request_id):
        """Return the request in sudo if it is the user's own, else an empty set.

        A draft that staff have begun is not yet the borrower's to see.
        """
        domain = self._own_partner_domain() + [("state", "!=", "draft")]
        return self._own_sudo("carloan.relief.request", request_id, domain)

    def _own_sudo(self, model, record_id, domain):
        """One search answers for "not yours" and "does not exist" alike.

        The search runs with the user's own rights. Only its result is sudo'd,
        because a page shows related records (product, payments) that a borrower
        has no access line for.
        """
        records = request.env[model]
        # an id beyond what the database can hold is a guess, not an error
        if not records.has_access("read") or record_id >= 2**31:
            return records.sudo()
        return records.search([("id", "=", record_id), *domain], limit=1).sudo()

    def _not_found(self):
        """The same page for a record of another borrower and for a missing one."""
        values = self._prepare_portal_layout_values()
        values["page_name"] = "carloan_missing"
        return request.render(
            "carloan_relief_portal.portal_not_found", values, status=404
        )

    def _redirect(self, url):
        """A 303, so that reloading the page after a POST does not send it again."""
        return request.redirect(url, code=303)

    def _tell(self, kind, *messages):
        """Keep messages for the next page: a redirect follows a POST.

        :param str kind: success, warning or danger
        """
        kept = request.session.get("carloan_messages", [])
        request.session["carloan_messages"] = kept + [[kind, m] for m in messages]

    def _get_messages(self):
        """Return the messages kept for this page and forget them."""
        return request.session.pop("carloan_messages", [])

    def _page_values(self, page_name, **values):
        """Values that every car-loan page has."""
        return {
            **self._prepare_portal_layout_values(),
            "page_name": page_name,
            "messages": self._get_messages(),
            **values,
        }

    def _send_document(self, document_sudo):
        """Send a paper with the page about its signature, if it was signed."""
        if not document_sudo:
            return self._not_found()
        name = f"{document_sudo._get_report_base_filename()}.pdf"
        headers = [
            ("Content-Type", "application/pdf"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(document_sudo._get_signed_copy(), headers=headers)

    def _stream_paper(self, papers_sudo, paper_id):
        """Send one of the given papers as a download, never to be run or shown."""
        paper_sudo = papers_sudo.filtered(lambda paper: paper.id == paper_id)
        if not paper_sudo:
            return self._not_found()
        stream = request.env["ir.binary"]._get_stream_from(paper_sudo)
        return stream.get_response(as_attachment=True)


def carloan_route(*paths, **options):
    """Route of a car-loan page: signed-in borrowers only.

    No page opens with a token from a mail: these are a household's finances, and
    a forwarded link would otherwise show and sign them for ever.
    """
    options = {"type": "http", "auth": "user", "website": True, **options}
    return http.route(list(paths), **options)
