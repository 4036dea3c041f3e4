import base64
import binascii
import io

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.carloan_relief.models.relief.relief_request import OPEN_STATES

from ..tools import answers

MAX_NAME = 120
MAX_SIGNATURE = 1_000_000
MAX_REASON = 2000
# states from which the borrower may still hand in papers or take the request back
BEFORE_OFFER = ("submitted", "assessed", "to_approve")
# who works on cases, and so may write to the borrower
WORKING = ",".join(
    f"carloan_relief.group_{role}" for role in ("officer", "approver", "risk_analyst")
)
SIGNED = ("accepted", "active", "cured", "broken", "replaced")


class CarloanReliefRequest(models.Model):
    """What the borrower sees of a case and may do with it."""

    _name = "carloan.relief.request"
    _inherit = [
        "carloan.relief.request",
        "carloan.paper.mixin",
        "carloan.borrower.mixin",
    ]

    # the borrower writes to us on the page of the request
    _mail_post_access = "read"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Override of `mail`: who only audits reads the case and writes nothing."""
        user = self.env.user
        audits = user._is_internal() and not user.has_groups(WORKING)
        if audits and message_operation == "create":
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    _borrower_fields = frozenset(
        {
            "answer_due",
            "before_instalment",
            "before_instalments",
            "before_total",
            "channel",
            "company_id",
            "currency_id",
            "date_accepted",
            "date_active",
            "date_closed",
            "date_decided",
            "date_submitted",
            "decline_reason",
            "cooling_off_until",
            "expiry_at",
            "expiry_date",
            "loan_id",
            "name",
            "note",
            "papers_due",
            "papers_wanted",
            "partner_id",
            "reason_id",
            "signature",
            "signed_by",
            "state",
            "temporary",
            "user_id",
            "wished_plan",
            "wished_text",
        }
    )

    wished_plan = fields.Json(readonly=True, copy=False)
    wished_text = fields.Char("Borrower's Wish", compute="_compute_wished_text")
    consent_data_date = fields.Datetime(
        "Consent to Data Use", readonly=True, copy=False
    )
    consent_sensitive_date = fields.Datetime(
        "Consent to Sensitive Papers", readonly=True, copy=False
    )
    papers_wanted = fields.Text(readonly=True, copy=False)
    papers_due = fields.Date(readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False)

    @api.depends("wished_plan")
    def _compute_wished_text(self):
        offers = self.env["carloan.relief.offer"]
        for request in self:
            plan = request.wished_plan
            request.wished_text = plan and offers._get_plan_text(
                plan, request.currency_id
            )

    @api.model
    def _get_thread_with_access(
        self, thread_id, *, hash=None, pid=None, token=None, **kwargs
    ):
        """Override of `portal`: messages too are for signed-in borrowers alone.

        Each mail to a borrower carries these tokens, and they never expire: with them
        a forwarded mail would read the messages and write in the borrower's name.
        """
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _compute_access_url(self):
        """Override of `portal`: the page of the request."""
        result = super()._compute_access_url()
        for request in self:
            request.access_url = f"/my/relief/{request.id}"
        return result

    # ------------------------------------------------------------------ READ
    @api.model
    def _portal_open_request(self, loan):
        """Return the open request of a loan, drafts of staff included."""
        domain = [("loan_id", "=", loan.id), ("state", "in", OPEN_STATES)]
        return self.search(domain, limit=1)

    def _portal_can_sign(self):
        """Whether the offer is open to the borrower's answer now."""
        self.ensure_one()
        in_time = not self._is_offer_over()
        return self.state == "offered" and bool(self.offer_id) and in_time

    def _portal_is_expired(self):
        """Whether the offer ran out, noted by the nightly job or not yet."""
        self.ensure_one()
        late = self.state == "offered" and not self._portal_can_sign()
        return late or self.state == "expired"

    def _portal_can_withdraw(self):
        return self.state in BEFORE_OFFER

    def _portal_can_add_papers(self):
        return self.state in (*BEFORE_OFFER, "offered", "accepted")

    def _portal_offers(self):
        """Return the approved offer and, beside it, the others within the policy."""
        self.ensure_one()
        shown = ("recommended", "lowest_instalment", "lowest_total_cost", "shortest")
        others = self.offer_ids.filtered(
            lambda offer: offer.pick in shown and not offer.is_exception
        )
        return self.offer_id | (others - self.offer_id)

    def _portal_before(self):
        """Return what comes when nothing is changed, as an offer returns its own."""
        self.ensure_one()
        rows = self.before_rows or ()
        digits = self.currency_id.decimal_places
        paid = [{"instalment": row["instalment"] / 10**digits} for row in rows]
        return {
            "instalment": self.before_instalment,
            "count": self.before_instalments,
            "last_date": rows[-1]["due_date"] if rows else False,
            "due": self.offer_id._portal_due(self.before_total, paid),
            "interest": sum(row["interest"] for row in rows) / 10**digits,
            "total": self.before_total,
        }

    def _get_borrower_url(self):
        """Return the page of the case in the borrower's language, for mails."""
        self.ensure_one()
        lang = self.partner_id.lang
        prefix = f"/{lang}" if lang else ""
        return f"{self.get_base_url()}{prefix}{self.access_url}"

    # --------------------------------------------------------------- ANSWERS
    def _portal_sign(self, offer_id, name, signature, **trace):
        """Accept the approved offer with the borrower's signature.

        :param int offer_id: what the page showed; another proposal is not signed
        :param str name: typed by the borrower
        :param str signature: PNG in base64, as the signature form sends it
        :param trace: ``signed_ip`` and ``signed_agent`` of the browser
        :raise UserError: with what to do, when it cannot be signed
        """
        self.ensure_one()
        if self.state in SIGNED:
            raise UserError(self.env._("You have already signed this offer."))
        self._check_not_expired()
        if not self._portal_can_sign() or self.offer_id.id != offer_id:
            raise UserError(
                self.env._(
                    "This offer is no longer open. Reload the page to see where your "
                    "request stands."
                )
            )
        name, drawn = self._read_name(name), self._read_signature(signature)
        documents = self._issue_signing_documents()
        documents._check_read(self._get_reading_seconds())
        self._sign_papers(documents, name, "portal", signature=drawn, **trace)

    def _read_name(self, name):
        name = " ".join(answers.clean(name, MAX_NAME + 1).split())
        if not name or len(name) > MAX_NAME:
            raise UserError(self.env._("Enter your full name to sign."))
        return name

    def _read_signature(self, signature):
        """Return the image after proving that it is one, and not an empty sheet."""
        again = self.env._("We could not read the signature. Please sign again.")
        if not isinstance(signature, str) or not 0 < len(signature) <= MAX_SIGNATURE:
            raise UserError(again)
        try:
            content = base64.b64decode(signature, validate=True)
            with Image.open(io.BytesIO(content)) as image:
                if image.format not in ("PNG", "JPEG"):
                    raise UserError(again)
                image.verify()
        except (binascii.Error, OSError, SyntaxError, ValueError) as error:
            raise UserError(again) from error
        return signature

    def _read_reason(self, reason):
        """Return a reason typed by the borrower, which must say something."""
        reason = answers.clean(reason, MAX_REASON).strip()
        if not reason:
            raise UserError(self.env._("Please tell us why in a few words."))
        return reason

    def _portal_decline(self, reason):
        """Say no to the offer; only an open one can be declined here."""
        self.ensure_one()
        if self.state != "offered":
            raise UserError(
                self.env._(
                    "There is no offer to decline any more. Reload the page to see "
                    "where your request stands."
                )
            )
        self._decline(self._read_reason(reason))

    def _portal_withdraw(self):
        """Take the request back before an offer was made."""
        self.ensure_one()
        if not self._portal_can_withdraw():
            raise UserError(
                self.env._("This request can no longer be taken back. Write to us.")
            )
        self._withdraw(self.env._("Taken back by the borrower on the portal."))

    def _portal_wish(self, offer):
        """Tell the officer that the borrower would rather have another plan."""
        self.ensure_one()
        if not self._portal_can_sign() or offer not in self._portal_offers():
            raise UserError(self.env._("This plan can no longer be asked for."))
        self.wished_plan = offer.plan
        self._tell_officer(
            self.env._(
                "The borrower would rather have this plan: %(plan)s",
                plan=offer.plan_text,
            )
        )

    def _tell_officer(self, note):
        """Note something on the case and put it on the officer's list."""
        self._log(note)
        if self.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=note, user_id=self.user_id.id
            )
