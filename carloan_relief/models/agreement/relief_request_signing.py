"""What is signed for a case: which papers, by when, and back out of it again."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

_logger = logging.getLogger(__name__)


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    expiry_at = fields.Datetime(
        "Offer Ends",
        compute="_compute_expiry_at",
        store=True,
        help="Last second of the last day, where the company is.",
    )
    cooling_off_until = fields.Datetime(
        "Withdrawal Until",
        readonly=True,
        copy=False,
        help="Until then the borrower may withdraw from what was signed, without cost.",
    )
    in_cooling_off = fields.Boolean(compute="_compute_in_cooling_off")
    is_signed = fields.Boolean(
        "Signed", compute="_compute_is_signed", help="Every paper of it was signed."
    )

    @api.depends("expiry_date", "company_id")
    def _compute_expiry_at(self):
        for request in self:
            day = request.expiry_date
            request.expiry_at = day and request.company_id._get_day_end(day)

    def _compute_in_cooling_off(self):
        now = fields.Datetime.now()
        for request in self:
            until = request.cooling_off_until
            running = request.state in ("accepted", "active")
            request.in_cooling_off = running and bool(until) and now <= until

    @api.depends("document_ids.signed_on", "document_ids.void_on", "proposal_hash")
    def _compute_is_signed(self):
        for request in self:
            documents = request._get_signing_documents()
            signed = documents.filtered("signed_on").mapped("kind")
            request.is_signed = set(request._get_signing_kinds()) <= set(signed)

    # ------------------------------------------------------------------ PAPERS
    def _get_signing_kinds(self):
        """Return the kinds of documents that the borrower signs."""
        self.ensure_one()
        day = self.company_id._get_carloan_day()
        disclosed = self.company_id._get_law_value("cost.disclosure", day)
        return ["agreement", "disclosure"] if disclosed else ["agreement"]

    def _get_signing_documents(self):
        """Return the documents of the present proposal, in sudo."""
        self.ensure_one()
        # sudo: which papers there are does not depend on who asks
        self_sudo = self.sudo()
        return self_sudo.document_ids.filtered(
            lambda one: (
                one.kind in ("agreement", "disclosure")
                and not one.void_on
                and one.proposal_hash == self_sudo.proposal_hash
            )
        ).sorted("id")

    def _issue_signing_documents(self):
        """Return the documents to be signed, made and printed now if they were not.

        :raise UserError: when there is no offer, or a template is missing
        """
        self.ensure_one()
        if self.state not in ("offered", "accepted") or not self.offer_id:
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: its agreement is printed once "
                    "the offer is approved.",
                    request=self.name,
                    state=self._get_state_label(),
                )
            )
        if not self._has_papers():
            # of two who open the papers at once, one makes them
            self._lock()
            self.invalidate_recordset(["document_ids"])
            there = self._get_signing_documents().mapped("kind")
            for kind in self._get_signing_kinds():
                if kind not in there:
                    self._issue_document(kind)
            self._get_signing_documents()._print()
        return self._get_signing_documents()

    def _has_papers(self):
        """Whether every paper to be signed is there and printed."""
        printed = self._get_signing_documents().filtered("attachment_id")
        return set(self._get_signing_kinds()) <= set(printed.mapped("kind"))

    def action_print_agreement(self):
        """Show the papers that the borrower signs, made now if they were not."""
        self._check_staff("officer", "approver")
        self.ensure_one()
        documents = self._issue_signing_documents()
        action = self.action_view_documents()
        return dict(action, domain=[("id", "in", documents.ids)])

    def _offer(self):
        """Override to have the papers made ready in the background."""
        res = super()._offer()
        # sudo: who approves has no rights on jobs
        self.env.ref("carloan_relief.ir_cron_print_documents").sudo()._trigger()
        return res

    @api.model
    def _cron_print_documents(self):
        """Make the papers of offers that have none yet, each on its own."""
        none = [("kind", "=", "agreement"), ("void_on", "=", False)]
        requests = self.search(
            [("state", "=", "offered"), ("document_ids", "not any", none)], order="id"
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(requests))
        for request in requests:
            locked = request.try_lock_for_update()
            if locked:
                locked._try_issue()
            if not cron._commit_progress(1):
                break

    def _try_issue(self):
        """Make the papers of one case; what forbids it is told when they are opened."""
        try:
            with self.env.cr.savepoint():
                self._issue_signing_documents()
        except UserError as error:
            _logger.info("Papers of %s are not made: %s", self.name, error)

    def _void_proposal(self):
        """Override: papers of a proposal that is void are void, links are closed."""
        res = super()._void_proposal()
        self._void_documents()
        # sudo: consents are closed to forms
        reopened_sudo = self.sudo().filtered(lambda one: not one.proposal_hash)
        reopened_sudo.consent_ids._forget_paper()
        return res

    def _void_documents(self):
        """Put the papers of other proposals than the present one out of force."""
        # sudo: documents are closed to everybody
        for request_sudo in self.sudo():
            request_sudo.document_ids.filtered(
                lambda one, case=request_sudo: (
                    one.kind in ("agreement", "disclosure", "consent")
                    and not one.void_on
                    and one.proposal_hash != case.proposal_hash
                )
            ).write({"void_on": fields.Datetime.now()})

    # ------------------------------------------------------------------ EXPIRY
    def _is_offer_over(self):
        """Whether the last second of the offer has passed."""
        self.ensure_one()
        return bool(self.expiry_at) and fields.Datetime.now() > self.expiry_at

    def _get_expiry_text(self):
        """Return when the offer ends, as the company's clocks show it."""
        zone = str(self.company_id._get_carloan_zone())
        text = format_datetime(self.env, self.expiry_at, tz=zone)
        return f"{text} ({zone})"

    # ------------------------------------------------------------ SIGNED OR NOT
    def _accept(self, signed_by, signature=None):
        """Override: from the signature on the days of withdrawal run."""
        res = super()._accept(signed_by, signature)
        # sudo: the fields of a move are closed to forms and RPC
        self.sudo().cooling_off_until = self._get_cooling_off_end()
        return res

    def _sign_papers(self, documents, signed_by, method, **facts):
        """Accept the offer, unless it was, and store who signed which papers."""
        self.ensure_one()
        if self.state == "offered":
            self._accept(signed_by, facts.get("signature"))
        documents._sign(method, signed_by.strip(), **facts)

    def _check_consents(self):
        """Override: a signed agreement is asked for together with the consents."""
        res = super()._check_consents()
        self._check_signed()
        return res

    def _check_signed(self):
        """Refuse to go on without proof of the signature, where it is asked for."""
        self.ensure_one()
        day = fields.Date.to_date(self.date_accepted) or fields.Date.today()
        if self.company_id._get_rule_value("policy.evidence.scan", day) and (
            not self.is_signed
        ):
            raise UserError(
                self.env._(
                    "Request %(request)s has no signed agreement on file. Press "
                    "Signed on Paper and add the scan, or change the proposal and let "
                    "the borrower sign on the portal.",
                    request=self.name,
                )
            )

    # -------------------------------------------------------------- COOLING OFF
    def _get_cooling_off_end(self):
        """Return the last second of the days of withdrawal, False without any."""
        self.ensure_one()
        signed = self.date_accepted or fields.Datetime.now()
        day = self.company_id._get_carloan_day(signed)
        days = self.company_id._get_law_value("cooling_off", day)
        if not days:
            return False
        return self.company_id._get_day_end(fields.Date.add(day, days=round(days)))

    def action_cool_off(self):
        """Take what was signed back in the borrower's name, within the days of it."""
        self._check_staff("officer")
        for request in self:
            request._cool_off(self.env._("Withdrawn by the borrower at the counter."))
        return True

    def _cool_off(self, reason):
        """Undo without loss what the borrower signed, while that is possible.

        Before the activation nothing was posted: the case is withdrawn. After it the
        entries are reversed and the schedule before is in force again.
        """
        self.ensure_one()
        self._lock()
        if not self.in_cooling_off:
            raise UserError(
                self.env._(
                    "Request %(request)s cannot be withdrawn from any more: there is "
                    "no such period, or it is over. Write to us about what changed.",
                    request=self.name,
                )
            )
        if self.state == "accepted":
            self._withdraw(reason)
            return
        # sudo: it is the borrower's right, whoever takes the word down; entries are
        # the system's
        self.sudo()._undo(self.company_id._get_carloan_day(), reason, cascade=True)
