import base64
import io

from PIL import Image

from odoo import fields, models

# how far a request goes on the way of a successful one
WAY = ("draft", "submitted", "assessed", "to_approve", "offered", "accepted", "active")
# states off that way: from where they are reached
BRANCHES = {
    "rejected": "to_approve",
    "declined": "offered",
    "withdrawn": "submitted",
    "expired": "offered",
    "cured": "active",
    "broken": "active",
}


class CarloanDemo(models.AbstractModel):
    """The requests of the demonstration, each taken by the people who would."""

    _inherit = "carloan.demo"

    def _build_requests(self, people, loans, users):
        """Create the request of each borrower who has one and take it to its state."""
        codes = [person.reason for person in people]
        reasons = self.env["carloan.relief.reason"].search([("code", "in", codes)])
        by_code = {reason.code: reason for reason in reasons}
        for person, loan in zip(people, loans, strict=True):
            if not person.request:
                continue
            reason = by_code[person.reason]
            request = (
                self.env["carloan.relief.request"]
                .with_user(users["officer"])
                .create(
                    {
                        "loan_id": loan.id,
                        "reason_id": reason.id,
                        "channel": "portal" if person.number % 2 else "counter",
                        "note": f"{loan.partner_id.name}: {reason.name}",
                    }
                )
            )
            self._take_to(request, person, users)

    def _take_to(self, request, person, users):
        """Walk a request to its state by the same buttons that staff press."""
        state = person.request
        for step in WAY[1 : WAY.index(BRANCHES.get(state, state)) + 1]:
            getattr(self, f"_step_{step}")(request, users)
            if step == "assessed" and person.pick:
                offers = request.offer_ids
                offers.filtered(lambda one: one.pick == person.pick).action_choose()
        if state in BRANCHES:
            getattr(self, f"_step_{state}")(request, users)

    def _step_submitted(self, request, users):
        request.action_submit()

    def _step_assessed(self, request, users):
        request.action_assess()

    def _step_to_approve(self, request, users):
        for document in request.checklist_ids.filtered(
            lambda one: one.state == "asked"
        ):
            document._receive(self.env["ir.attachment"], original_seen=True)
            document.action_accept()
        request.action_request_approval()

    def _step_offered(self, request, users):
        # a small case went straight through; a large one climbs to the manager
        for login in ("approver", "manager"):
            if request.state == "to_approve":
                self._decide(request, users[login], "validate", "A plan to keep.")

    def _step_accepted(self, request, users):
        self._sign_on_paper(request)
        for consent in request.consent_ids:
            self._sign_on_paper(request, consent)

    def _sign_on_paper(self, request, consent=None):
        """Record a signature at the counter, with a scan of it."""
        paper = request.env["carloan.relief.paper"].create(
            {
                "request_id": request.id,
                "consent_id": consent.id if consent else False,
                "scan": self._make_scan(),
                "scan_name": "signed.png",
            }
        )
        paper.action_confirm()

    def _make_scan(self):
        """Return the picture of a sheet of paper."""
        stream = io.BytesIO()
        Image.new("L", (124, 175), 245).save(stream, "PNG")
        return base64.b64encode(stream.getvalue())

    def _step_active(self, request, users):
        request.with_user(users["accountant"]).action_activate()

    def _step_cured(self, request, users):
        request.with_user(users["manager"]).action_cure()

    def _step_broken(self, request, users):
        request.with_user(users["manager"]).action_break(
            "Two instalments of the plan were missed."
        )

    def _step_rejected(self, request, users):
        comment = "Even the lowest instalment is above what the household can pay."
        self._decide(request, users["approver"], "reject", comment)

    def _step_declined(self, request, users):
        request.action_decline("Found help in the family.")

    def _step_withdrawn(self, request, users):
        request.action_withdraw("Back at work sooner than expected.")

    def _step_expired(self, request, users):
        yesterday = fields.Date.add(fields.Date.context_today(self), days=-1)
        # sudo: only time makes an offer expire, and the demonstration has none
        request.sudo().expiry_date = yesterday
        request.action_expire()

    def _decide(self, request, user, decision, comment):
        request.with_user(user)._decide(decision, comment)
