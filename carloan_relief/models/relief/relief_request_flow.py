"""The moves of a case: who may take which step, from where, and what it leaves."""

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from .relief_request import OPEN_STATES


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    # ----------------------------------------------------------------- SUBMIT
    def action_submit(self):
        """Hand the case in for assessment."""
        self._check_staff("officer")
        for request in self:
            request._submit()
        return True

    def _submit(self):
        """Hand one case in: by staff, or by the borrower through the portal."""
        self.ensure_one()
        self._check_loan_in_life()
        if not self.reason_id:
            raise UserError(
                self.env._(
                    "Request %(request)s says no hardship reason: choose one, then "
                    "submit it.",
                    request=self.name,
                )
            )
        self._move_to("submitted", ("draft",), date_submitted=fields.Datetime.now())
        self._make_consents()
        # sudo: the loan waits for its assessment whoever hands the case in
        self.env["carloan.risk.queue"].sudo()._add(self.loan_id.sudo(), "request")
        self._log(
            self.env._("Submitted: %(reason)s.", reason=self.reason_id.display_name)
        )

    def _make_consents(self):
        """Ask each other party of the loans for consent, once: N cases at once."""
        # sudo: consents are made by the case; staff and borrowers only answer
        self_sudo = self.sudo()
        self_sudo.env["carloan.relief.consent"].create(
            [
                {
                    "request_id": request_sudo.id,
                    "party_id": party_sudo.id,
                    "partner_id": party_sudo.partner_id.id,
                }
                for request_sudo in self_sudo
                for party_sudo in request_sudo.loan_id.party_ids
                - request_sudo.consent_ids.party_id
            ]
        )

    # ------------------------------------------------------------------ OFFER
    def action_offer(self):
        """Send an approved proposal to the borrower."""
        self._check_staff("officer", "approver")
        for request in self:
            request._offer()
        return True

    def _offer(self):
        """Open the approved proposal for the borrower's answer."""
        self.ensure_one()
        self._check_proposal_unchanged()
        expiry = self._get_offer_expiry()
        self._move_to(
            "offered",
            ("to_approve",),
            date_decided=fields.Datetime.now(),
            expiry_date=expiry,
        )
        self._log(
            self.env._(
                "Approved and offered until %(date)s.",
                date=fields.Date.to_string(expiry),
            )
        )

    def _get_offer_expiry(self):
        """Return the last day of an offer: the policy's, or before the next bill.

        The next instalment falls due under the old schedule and changes what the
        offer was worked out on; after it the offer could not become active.
        """
        self.ensure_one()
        today = self.company_id._get_carloan_day()
        # sudo: the validity is policy data, the due date the loan's
        self_sudo = self.sudo()
        expiry = fields.Date.add(today, days=self_sudo.policy_id.offer_days)
        next_due = self_sudo.loan_id.next_due_date
        if next_due:
            expiry = min(expiry, fields.Date.add(next_due, days=-1))
        return max(expiry, today)

    # --------------------------------------------------------------- PROPOSAL
    def _get_proposal_hash(self):
        """Return the fingerprint of what is proposed, approved and signed."""
        self.ensure_one()
        # sudo: the same fingerprint whoever asks for it
        self_sudo = self.sudo()
        offer_sudo = self_sudo.offer_id
        content = {
            "loan": self_sudo.loan_id.id,
            "reason": self_sudo.reason_id.id,
            "temporary": self_sudo.temporary,
            "statement": self_sudo.statement_id.id,
            "rule": self_sudo.rule_id.id,
            "position": self_sudo.position,
            "offer": offer_sudo.id,
            "plan": offer_sudo.plan,
            "rows": offer_sudo.rows,
            "concession": offer_sudo.concession,
            "exception": offer_sudo.is_exception,
        }
        return hashlib.sha256(
            json.dumps(content, sort_keys=True, default=str).encode()
        ).hexdigest()

    def _check_proposal_unchanged(self):
        """Refuse to go on with anything but what was put to the approvers."""
        self.ensure_one()
        if self.proposal_hash != self._get_proposal_hash():
            raise UserError(
                self.env._(
                    "Request %(request)s was changed after it was put up for "
                    "approval, which voids the approval. Press Change Proposal, assess "
                    "it again and ask for approval of what it says now.",
                    request=self.name,
                )
            )

    def action_reopen(self):
        """Take a proposal back to change it; every decision on it is void."""
        self._check_staff("officer")
        self._void_proposal()
        return True

    def _void_proposal(self):
        """Return proposals under way to the assessment and drop what was decided."""
        for request in self:
            if request.state not in ("to_approve", "offered", "accepted"):
                continue
            decided = request._get_decision_text()
            # sudo: answers belong to the proposal that is void now
            request.sudo().consent_ids.write(
                {"state": "pending", "date": False, "method": False}
            )
            request._move_to(
                "assessed",
                ("to_approve", "offered", "accepted"),
                proposer_id=False,
                proposal_hash=False,
                new_claim_value=0.0,
                straight_through=False,
                signed_by=False,
                signature=False,
                date_proposed=False,
                date_decided=False,
                date_accepted=False,
                expiry_date=False,
            )
            request._log(
                self.env._(
                    "The proposal was changed: approval and consents are void. "
                    "%(decided)s",
                    decided=decided,
                )
            )

    def _get_decision_text(self):
        """Return who had decided what; the approval room tells more."""
        return ""

    # ------------------------------------------------------ ANSWER OF BORROWER
    def action_accept(self):
        """Record at the counter that the borrower signed."""
        self._check_staff("officer")
        for request in self:
            # sudo: the name alone
            request._accept(request.sudo().partner_id.name)
        return True

    def _accept(self, signed_by, signature=None):
        """Accept the offer in the borrower's name, by staff or through the portal.

        :param str signed_by: name of the person who signed
        :param signature: image in base64, if there is one
        """
        self.ensure_one()
        self._check_not_expired()
        self._check_proposal_unchanged()
        if not (signed_by or "").strip():
            raise UserError(
                self.env._(
                    "Nobody signed for request %(request)s: enter the name of the "
                    "person who accepts.",
                    request=self.name,
                )
            )
        self._move_to(
            "accepted",
            ("offered",),
            date_accepted=fields.Datetime.now(),
            signed_by=signed_by.strip(),
            signature=signature or False,
        )
        self._log(self.env._("Accepted by %(name)s.", name=signed_by.strip()))

    def _check_not_expired(self):
        """An offer can be accepted in its last second, not after it."""
        self.ensure_one()
        if self.state == "offered" and self._is_offer_over():
            raise UserError(
                self.env._(
                    "The offer of %(request)s was valid until %(date)s and has "
                    "expired. Make a new request: figures may have changed since.",
                    request=self.name,
                    date=self._get_expiry_text(),
                )
            )

    def action_decline(self, reason=None):
        """Record that the borrower does not want the offer."""
        self._check_staff("officer")
        for request in self:
            request._decline(reason)
        return True

    def _decline(self, reason=None):
        """The borrower says no to the offer."""
        self._close("declined", ("offered", "accepted"), reason)

    # ------------------------------------------------------------- OTHER ENDS
    def action_reject(self, reason=None):
        """Refuse the case: always a person, always with a reason."""
        self._check_staff("officer", "approver")
        for request in self:
            if not (reason or "").strip():
                raise UserError(
                    self.env._(
                        "A refusal of %(request)s needs a reason that can be told to "
                        "the borrower. Use Reject and enter it.",
                        request=request.name,
                    )
                )
            request._close("rejected", ("submitted", "assessed"), reason)
        return True

    def action_withdraw(self, reason=None):
        """Take the case back in the borrower's name."""
        self._check_staff("officer")
        for request in self:
            request._withdraw(reason)
        return True

    def _withdraw(self, reason=None):
        """The borrower takes the request back; nothing was posted yet."""
        self._close("withdrawn", OPEN_STATES, reason)

    def action_expire(self):
        """Close offers whose last day is over."""
        self._check_staff("officer")
        for request in self:
            request._expire()
        return True

    def _expire(self):
        """Close one offer whose last day is over."""
        self.ensure_one()
        if self.state == "offered" and self.expiry_at and not self._is_offer_over():
            raise UserError(
                self.env._(
                    "The offer of %(request)s is valid until %(date)s: it cannot "
                    "expire before. Withdraw it if the borrower asks for that.",
                    request=self.name,
                    date=self._get_expiry_text(),
                )
            )
        self._close("expired", ("offered",))

    @api.model
    def _cron_expire_offers(self):
        """Close every offer whose last day is over, one transaction each batch."""
        domain = [
            ("state", "=", "offered"),
            ("expiry_at", "<", fields.Datetime.now()),
        ]
        requests = self.search(domain, order="id")
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(requests))
        for request in requests:
            locked = request.try_lock_for_update()
            if locked:
                locked._expire()
            if not cron._commit_progress(1):
                break

    def action_cure(self):
        """Close a plan that was kept to its end."""
        self._check_staff("manager")
        for request in self:
            request._close("cured", ("active",))
            request._settle_conditional(kept=True)
        return True

    def action_break(self, reason=None):
        """Close a plan that was not kept."""
        self._check_staff("manager")
        for request in self:
            request._close("broken", ("active",), reason)
            request._settle_conditional(kept=False)
        return True

    def _settle_conditional(self, kept):
        """Waive what was held until the end of a plan, or let it be due again."""
        self.ensure_one()
        # sudo: entries are the system's; who may close a plan was checked before
        loan_sudo = self.loan_id.sudo()
        key = self._get_schedule().event_key
        if kept:
            loan_sudo._lock()
            moves_sudo = loan_sudo._complete_conditional(key)
            loan_sudo._refresh_position()
        else:
            today = fields.Date.context_today(self)
            moves_sudo = loan_sudo._break_conditional(key, today)
        if moves_sudo:
            self._log(
                self.env._(
                    "Conditional waiver settled. Entries posted: %(count)s.",
                    count=len(moves_sudo),
                )
            )

    def _close(self, state, allowed, reason=None):
        """End the case in one of its closed states and tell why."""
        self.ensure_one()
        reason = (reason or "").strip()
        vals = {"decline_reason": reason} if reason else {}
        self._move_to(state, allowed, date_closed=fields.Datetime.now(), **vals)
        body = self.env._("Closed: %(state)s.", state=self._get_state_label())
        self._log(f"{body} {reason}".strip())
