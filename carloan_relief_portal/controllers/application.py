"""Apply for relief: one page, kept as it is typed, sent once."""

from odoo import fields
from odoo.exceptions import LockError, UserError
from odoo.http import request

from .common import CarloanPortal, carloan_route


class ApplicationPortal(CarloanPortal):
    @carloan_route("/my/loans/<int:loan_id>/relief", methods=["GET", "POST"])
    def portal_apply(self, loan_id, **post):
        """Show the application, keep it, take papers, or send it.

        One address for the form and its answer: who is signed out while typing
        comes back to it after signing in, and finds what was kept.
        """
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        running_sudo = self._get_running_sudo(loan_sudo)
        if running_sudo and running_sudo.state != "draft":
            return self._redirect(running_sudo.access_url)
        if request.httprequest.method == "POST":
            return self._take_application(loan_sudo, post)
        return self._render_application(loan_sudo)

    @carloan_route("/my/loans/<int:loan_id>/relief/draft", type="jsonrpc")
    def portal_apply_draft(self, loan_id, answers=None, **kwargs):
        """Keep what is being typed; the page calls this while the borrower types."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo or loan_sudo.state != "active":
            return {"error": request.env._("This loan is not found under your name.")}
        if not isinstance(answers, dict) or self._get_running_sudo(loan_sudo):
            return {"error": request.env._("This cannot be kept. Reload the page.")}
        self._applications_sudo()._keep(loan_sudo, answers)
        now = fields.Datetime.context_timestamp(request.env.user, fields.Datetime.now())
        return {"saved_at": now.strftime("%H:%M")}

    @carloan_route("/my/loans/<int:loan_id>/relief/papers/<int:paper_id>")
    def portal_apply_paper(self, loan_id, paper_id, **kwargs):
        """Give the borrower back a paper of the application."""
        loan_sudo = self._own_loan_sudo(loan_id)
        if not loan_sudo:
            return self._not_found()
        application_sudo = self._applications_sudo()._get_for(loan_sudo)
        return self._stream_paper(application_sudo.paper_ids, paper_id)

    # ---------------------------------------------------------------- TOOLING
    def _applications_sudo(self):
        # sudo: applications have no access line for borrowers; every caller has
        # checked that the loan is the user's own
        return request.env["carloan.relief.application"].sudo()

    def _get_running_sudo(self, loan_sudo):
        return loan_sudo.env["carloan.relief.request"]._portal_open_request(loan_sudo)

    def _take_application(self, loan_sudo, post):
        """Keep the posted answers first, whatever becomes of the rest."""
        if loan_sudo.state != "active":
            return self._redirect(loan_sudo.access_url)
        typed = {name: value for name, value in post.items() if isinstance(value, str)}
        application_sudo = self._applications_sudo()._keep(
            loan_sudo, {**self._get_unticked(post), **typed}
        )
        refused = application_sudo._take_papers(
            request.httprequest.files.getlist("papers")
        )
        self._tell("warning", *refused)
        step = post.get("step", "")
        if step.startswith("drop-") and step[5:].isdecimal():
            application_sudo._drop_paper(int(step[5:]))
        if step == "send" and not refused:
            return self._send_application(application_sudo)
        if step == "what-if":
            return self._redirect(f"/my/loans/{loan_sudo.id}/what-if")
        if step == "keep" and not refused:
            self._tell(
                "success",
                request.env._("What you typed is kept. You can come back any time."),
            )
        return self._redirect(f"/my/loans/{loan_sudo.id}/relief")

    def _get_unticked(self, post):
        """A box that is not ticked is not posted: it counts as taken back."""
        boxes = ("consent_truth", "consent_data", "consent_sensitive")
        # the form of the what-if page has no boxes of ours
        return dict.fromkeys(boxes, "") if post.get("step") != "wish" else {}

    def _send_application(self, application_sudo):
        """Send the application once; a second press shows what the first made."""
        loan_sudo = application_sudo.loan_id
        try:
            case_sudo = application_sudo._send()
        except LockError:
            self._tell(
                "warning",
                request.env._("Your request is being sent. Wait, then reload."),
            )
            return self._redirect(f"/my/loans/{loan_sudo.id}/relief")
        except UserError as error:
            self._tell("danger", str(error))
            return self._redirect(f"/my/loans/{loan_sudo.id}/relief")
        if not case_sudo:
            return self._render_application(loan_sudo, check=True)
        self._tell(
            "success",
            request.env._("We have your request. A confirmation is on its way to you."),
        )
        return self._redirect(case_sudo.access_url)

    def _render_application(self, loan_sudo, check=False):
        """Show the form with what was typed.

        :param bool check: say what cannot be taken; not before it was sent
        """
        applications_sudo = self._applications_sudo()
        application_sudo = applications_sudo._get_for(loan_sudo)
        errors = application_sudo._read()[1] if check else {}
        return request.render(
            "carloan_relief_portal.portal_apply",
            self._page_values(
                "carloan",
                loan=loan_sudo,
                crumb=request.env._("Ask for relief"),
                application=application_sudo,
                typed=application_sudo.answers or {},
                papers=application_sudo.paper_ids,
                errors=errors,
                reasons=applications_sudo._get_reasons(),
                employments=applications_sudo._get_employments(),
                kinds=applications_sudo._get_paper_kinds(loan_sudo.company_id),
                running=self._get_running_sudo(loan_sudo),
                wish=self._get_wish_text(application_sudo, loan_sudo),
                no_relief=loan_sudo.state != "active",
            ),
        )

    def _get_wish_text(self, application_sudo, loan_sudo):
        """Return the plan the borrower chose on the what-if page, in words."""
        if not application_sudo:
            return ""
        values = application_sudo._read()[0]
        plan = application_sudo._get_wished_plan(values)
        offers_sudo = loan_sudo.env["carloan.relief.offer"]
        return plan and offers_sudo._get_plan_text(plan, loan_sudo.currency_id)
