"""One request: where it stands, its offers, the answer to them, papers."""

import logging

from odoo.exceptions import UserError
from odoo.http import request

from ..models.carloan_relief_request import SIGNED
from .common import CarloanPortal, carloan_route
from .trace import get_trace

_logger = logging.getLogger(__name__)


class ReliefPortal(CarloanPortal):
    @carloan_route("/my/relief/session", type="jsonrpc")
    def portal_session(self, **kwargs):
        """Return the token that a form must carry in the session as it is now.

        A form asks before it is sent: whoever signed in again in another tab has a
        page with an old token, and whoever is signed out is told so on the page.
        """
        return {"csrf_token": request.csrf_token()}

    @carloan_route("/my/relief/<int:request_id>")
    def portal_relief(self, request_id, **kwargs):
        """Show one request: its timeline, offers, papers and messages."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return self._not_found()
        values = self._page_values(
            "carloan",
            loan=case_sudo.loan_id,
            crumb=case_sudo.name,
            case=case_sudo,
            timeline=case_sudo._portal_timeline(),
            offers=self._get_offers_sudo(case_sudo),
        )
        return request.render(
            "carloan_relief_portal.portal_relief",
            self._get_page_view_values(
                case_sudo, None, values, "my_relief_history", False
            ),
        )

    @carloan_route("/my/relief/<int:request_id>/offers/<int:offer_id>")
    def portal_offer(self, request_id, offer_id, **kwargs):
        """Show one offer in full: what changes, every instalment, where to sign."""
        case_sudo = self._own_request_sudo(request_id)
        offer_sudo = self._get_offers_sudo(case_sudo).filtered(
            lambda offer: offer.id == offer_id
        )
        if not offer_sudo:
            return self._not_found()
        signable = case_sudo._portal_can_sign() and offer_sudo == case_sudo.offer_id
        papers = self._open_papers(case_sudo) if signable else {}
        return request.render(
            "carloan_relief_portal.portal_offer",
            self._page_values(
                "carloan",
                loan=case_sudo.loan_id,
                crumb=case_sudo.name,
                case=case_sudo,
                offer=offer_sudo,
                signable=bool(papers),
                **papers,
            ),
        )

    def _open_papers(self, case_sudo):
        """Return the papers to sign and how long to read, or tell that there are none.

        A GET that writes: the papers are made when they are first read.
        """
        try:
            documents_sudo = case_sudo._portal_open_documents()
        except UserError as error:
            # what is missing is staff's to mend; their own button says it as well
            _logger.info("Papers of %s are not made: %s", case_sudo.name, error)
            self._tell(
                "warning",
                request.env._(
                    "The papers to sign are not ready yet. Write to us if they are not "
                    "here tomorrow."
                ),
            )
            return {}
        return {
            "papers": documents_sudo,
            "reading": case_sudo._portal_reading_left(documents_sudo),
        }

    @carloan_route(
        "/my/relief/<int:request_id>/offers/<int:offer_id>/sign", type="jsonrpc"
    )
    def portal_offer_sign(
        self, request_id, offer_id, name=None, signature=None, **kwargs
    ):
        """Take the signature; the answer is what Odoo's signature form expects."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return {"error": request.env._("This offer is not found under your name.")}
        try:
            # a refusal midway must leave nothing behind
            with request.env.cr.savepoint():
                case_sudo._portal_sign(
                    offer_id,
                    name,
                    signature,
                    signed_login=request.env.user.login,
                    **get_trace(),
                )
        except UserError as error:
            return {"error": str(error)}
        self._tell(
            "success",
            request.env._("Thank you. You have signed, and your copy is ready below."),
        )
        return {"force_refresh": True, "redirect_url": case_sudo.access_url}

    @carloan_route("/my/relief/<int:request_id>/decline", methods=["POST"])
    def portal_decline(self, request_id, reason="", **post):
        """Take the borrower's no, with the reason."""
        done = request.env._("You declined the offer. We will look at your reason.")
        return self._answer(request_id, "_portal_decline", done, reason)

    @carloan_route("/my/relief/<int:request_id>/withdraw", methods=["POST"])
    def portal_withdraw(self, request_id, **post):
        """Take the request back."""
        done = request.env._("Your request was taken back. You can make a new one.")
        return self._answer(request_id, "_portal_withdraw", done)

    @carloan_route(
        "/my/relief/<int:request_id>/offers/<int:offer_id>/ask", methods=["POST"]
    )
    def portal_offer_ask(self, request_id, offer_id, **post):
        """Ask for another of the plans that were shown."""
        case_sudo = self._own_request_sudo(request_id)
        offer_sudo = self._get_offers_sudo(case_sudo).filtered(
            lambda offer: offer.id == offer_id
        )
        done = request.env._("We have told your officer which plan you would rather.")
        if not offer_sudo:
            return self._not_found()
        return self._answer(request_id, "_portal_wish", done, offer_sudo)

    @carloan_route("/my/relief/<int:request_id>/papers", methods=["POST"])
    def portal_papers(self, request_id, **post):
        """Take more papers for a running request."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return self._not_found()
        count = len(case_sudo.paper_ids)
        try:
            refused = case_sudo._portal_hand_in(
                request.httprequest.files.getlist("papers"), post.get("paper", "")
            )
        except UserError as error:
            refused = [str(error)]
        self._tell("warning", *refused)
        if len(case_sudo.paper_ids) > count:
            self._tell("success", request.env._("We have your papers. Thank you."))
        return self._redirect(f"{case_sudo.access_url}#papers")

    @carloan_route("/my/relief/<int:request_id>/papers/<int:paper_id>")
    def portal_paper(self, request_id, paper_id, **kwargs):
        """Give the borrower back a paper of the request."""
        case_sudo = self._own_request_sudo(request_id)
        return self._stream_paper(case_sudo.paper_ids, paper_id)

    @carloan_route("/my/relief/<int:request_id>/agreement")
    def portal_agreement(self, request_id, **kwargs):
        """Download the agreement as it was signed, or the offer to read before."""
        case_sudo = self._own_request_sudo(request_id)
        documents_sudo = case_sudo._portal_documents() if case_sudo else case_sudo
        if case_sudo and not documents_sudo and case_sudo._portal_can_sign():
            documents_sudo = case_sudo._portal_open_documents()
        agreement_sudo = documents_sudo and documents_sudo.filtered(
            lambda one: one.kind == "agreement"
        )
        return self._send_document(agreement_sudo)

    @carloan_route("/my/relief/<int:request_id>/documents/<int:document_id>")
    def portal_document(self, request_id, document_id, **kwargs):
        """Download one of the papers of the case."""
        case_sudo = self._own_request_sudo(request_id)
        documents_sudo = case_sudo._portal_documents() if case_sudo else case_sudo
        return self._send_document(
            documents_sudo
            and documents_sudo.filtered(lambda one: one.id == document_id)
        )

    @carloan_route("/my/relief/<int:request_id>/cooloff", methods=["POST"])
    def portal_cool_off(self, request_id, **post):
        """Take back what was signed, within the days of withdrawal."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return self._not_found()
        try:
            with request.env.cr.savepoint():
                self._tell("success", case_sudo._portal_cool_off())
        except UserError as error:
            self._tell("danger", str(error))
        return self._redirect(case_sudo.access_url)

    @carloan_route("/my/relief/<int:request_id>/letter")
    def portal_letter(self, request_id, **kwargs):
        """Download the letter of refusal; opening it proves that it arrived."""
        case_sudo = self._own_request_sudo(request_id)
        letter_sudo = case_sudo and case_sudo._portal_letter()
        if not letter_sudo:
            return self._not_found()
        letter_sudo._note_opened()
        return self._send_document(letter_sudo.document_id)

    @carloan_route(
        "/my/relief/<int:request_id>/<any(decline, withdraw, papers, cooloff):step>",
        "/my/relief/<int:request_id>/offers/<int:offer_id>/<any(ask, sign):step>",
        methods=["GET"],
    )
    def portal_unsent(self, request_id, **kwargs):
        """Come back from the login page, to which an answer was posted in vain."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return self._not_found()
        self._tell(
            "warning",
            request.env._(
                "You were signed out before we got your answer. Nothing was sent: "
                "please send it once more."
            ),
        )
        return self._redirect(case_sudo.access_url)

    # ---------------------------------------------------------------- TOOLING
    def _get_offers_sudo(self, case_sudo):
        """Return the offers the borrower may see: none before the approval."""
        if case_sudo.state not in ("offered", *SIGNED):
            return case_sudo.env["carloan.relief.offer"]
        if case_sudo.state == "offered":
            return case_sudo._portal_offers()
        return case_sudo.offer_id

    def _answer(self, request_id, method, done, *arguments):
        """Run one answer of the borrower and go back to the page of the request."""
        case_sudo = self._own_request_sudo(request_id)
        if not case_sudo:
            return self._not_found()
        try:
            with request.env.cr.savepoint():
                getattr(case_sudo, method)(*arguments)
        except UserError as error:
            self._tell("danger", str(error))
        else:
            self._tell("success", done)
        return self._redirect(case_sudo.access_url)
