"""What another party is asked to agree to, opened by a link of their own."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .common import CarloanPortal
from .trace import get_trace

ROUTE = "/relief/consent/<int:consent_id>/<string:token>"


class ConsentPortal(CarloanPortal):
    @http.route(ROUTE, type="http", auth="public", website=True, sitemap=False)
    def portal_consent(self, consent_id, token, **kwargs):
        """Show what the change is, what it means, and where to answer."""
        consent_sudo = self._find_consent_sudo(consent_id, token)
        if not consent_sudo:
            return self._link_over()
        # a person who has no account reads in the language of the paper
        paper_sudo = consent_sudo._issue_paper()
        paper_sudo._open_to_read()
        return self._private(
            request.render(
                "carloan_relief_portal.consent_page",
                {
                    "consent": consent_sudo,
                    "paper": paper_sudo,
                    "token": token,
                    "messages": self._get_messages(),
                },
            )
        )

    @http.route(
        f"{ROUTE}/paper", type="http", auth="public", website=True, sitemap=False
    )
    def portal_consent_paper(self, consent_id, token, **kwargs):
        """Download the paper."""
        consent_sudo = self._find_consent_sudo(consent_id, token)
        if not consent_sudo:
            return self._link_over()
        paper_sudo = consent_sudo._issue_paper()
        return self._private(self._send_document(paper_sudo))

    @http.route(f"{ROUTE}/sign", type="jsonrpc", auth="public")
    def portal_consent_sign(
        self, consent_id, token, name=None, signature=None, **kwargs
    ):
        """Take the signature; the answer is what Odoo's signature form expects."""
        consent_sudo = self._find_consent_sudo(consent_id, token)
        if not consent_sudo:
            return {"error": request.env._("This link is over or was used already.")}
        try:
            with request.env.cr.savepoint():
                consent_sudo._answer_by_link(True, name, signature, **get_trace())
        except UserError as error:
            return {"error": str(error)}
        return {"force_refresh": True, "redirect_url": "/relief/consent/done"}

    @http.route(
        f"{ROUTE}/refuse", type="http", auth="public", methods=["POST"], website=True
    )
    def portal_consent_refuse(self, consent_id, token, **post):
        """Take the no."""
        consent_sudo = self._find_consent_sudo(consent_id, token)
        if not consent_sudo:
            return self._link_over()
        try:
            with request.env.cr.savepoint():
                consent_sudo._answer_by_link(False, None, None)
        except UserError as error:
            self._tell("danger", str(error))
            return self._redirect(f"/relief/consent/{consent_id}/{token}")
        return self._redirect("/relief/consent/done")

    @http.route(
        "/relief/consent/done", type="http", auth="public", website=True, sitemap=False
    )
    def portal_consent_done(self, **kwargs):
        """Thank for the answer; the page says nothing of whose it was."""
        return request.render("carloan_relief_portal.consent_done", {})

    def _find_consent_sudo(self, consent_id, token):
        consents = request.env["carloan.relief.consent"]
        return consents._find_by_link(consent_id, token)

    def _link_over(self):
        """The same page for a wrong link, one that was used and one that is over."""
        return request.render("carloan_relief_portal.consent_over", {}, status=404)

    def _private(self, response):
        """Keep a page that a link opens out of caches and out of the next address."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
