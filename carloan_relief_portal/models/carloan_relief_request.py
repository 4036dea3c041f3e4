import base64
import binascii
import io
import logging

from PIL import Image

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.carloan_relief.models.relief.relief_request import OPEN_STATES

_logger = logging.getLogger(__name__)

STAFF = "base.group_user"
MAX_NAME = 120
MAX_SIGNATURE = 1_000_000
MAX_REASON = 2000
# states from which the borrower may still hand in papers or take the request back
BEFORE_OFFER = ("submitted", "assessed", "to_approve")
SIGNED = ("accepted", "active", "cured", "broken")


class CarloanReliefRequest(models.Model):
    """What the borrower sees of a case and may do with it."""

    _name = "carloan.relief.request"
    _inherit = ["carloan.relief.request", "carloan.paper.mixin"]

    # the borrower writes to us on the page of the request
    _mail_post_access = "read"

    # How the lender decides stays with the lender, over RPC as on the pages.
    position = fields.Json(groups=STAFF)
    policy_id = fields.Many2one(groups=STAFF)
    rule_id = fields.Many2one(groups=STAFF)
    assessment_id = fields.Many2one(groups=STAFF)
    grade_id = fields.Many2one(groups=STAFF)
    proposer_id = fields.Many2one(groups=STAFF)
    poster_id = fields.Many2one(groups=STAFF)
    proposal_hash = fields.Char(groups=STAFF)
    approver_ids = fields.Many2many(groups=STAFF)
    is_exception = fields.Boolean(groups=STAFF)
    concession = fields.Monetary(groups=STAFF)

    wished_plan = fields.Json(readonly=True, copy=False)
    wished_text = fields.Char("Borrower's Wish", compute="_compute_wished_text")
    consent_data_date = fields.Datetime(
        "Consent to Data Use", readonly=True, copy=False, groups=STAFF
    )
    consent_sensitive_date = fields.Datetime(
        "Consent to Sensitive Papers", readonly=True, copy=False, groups=STAFF
    )
    papers_wanted = fields.Text(readonly=True, copy=False)
    papers_due = fields.Date(readonly=True, copy=False)
    reminded_on = fields.Date(readonly=True, copy=False, groups=STAFF)
    signed_login = fields.Char(readonly=True, copy=False, groups=STAFF)
    agreement_id = fields.Many2one(
        "ir.attachment", readonly=True, copy=False, groups=STAFF
    )

    @api.depends("wished_plan")
    def _compute_wished_text(self):
        offers = self.env["carloan.relief.offer"]
        for request in self:
            plan = request.wished_plan
            request.wished_text = plan and offers._get_plan_text(
                plan, request.currency_id
            )

    def _compute_access_url(self):
        """Override of `portal`: the page of the request."""
        result = super()._compute_access_url()
        for request in self:
            request.access_url = f"/my/relief/{request.id}"
        return result

    def _get_report_base_filename(self):
        """Name of the agreement as the borrower saves it; `portal` asks for it."""
        self.ensure_one()
        # the file is the borrower's, whoever prints it
        borrowers = self.with_context(lang=self.partner_id.lang)
        return borrowers.env._("Agreement %(request)s", request=self.name)

    # ------------------------------------------------------------------ READ
    @api.model
    def _portal_open_request(self, loan):
        """Return the open request of a loan, drafts of staff included."""
        domain = [("loan_id", "=", loan.id), ("state", "in", OPEN_STATES)]
        return self.search(domain, limit=1)

    def _portal_can_sign(self):
        """Whether the offer is open to the borrower's answer today."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        in_time = not self.expiry_date or self.expiry_date >= today
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

    def _portal_before_due(self):
        """Return what is due at once when nothing is changed."""
        self.ensure_one()
        digits = self.currency_id.decimal_places
        rows = [
            {"instalment": row["instalment"] / 10**digits}
            for row in self.before_rows or ()
        ]
        return self.offer_id._portal_due(self.before_total, rows)

    def _get_borrower_url(self):
        """Return the page of the case in the borrower's language, for mails."""
        self.ensure_one()
        lang = self.partner_id.lang
        prefix = f"/{lang}" if lang else ""
        return f"{self.get_base_url()}{prefix}{self.access_url}"

    # -------------------------------------------------------------- TIMELINE
    def _portal_timeline(self):
        """Return the steps of the case: what, how far, who has it and by when.

        :rtype: list[dict]
        """
        self.ensure_one()
        steps = [
            self._get_step("submitted", self.env._("You sent your request")),
            self._get_step("assessed", self.env._("We look at your situation")),
            self._get_step("to_approve", self.env._("A second person decides")),
            self._get_step("offered", self.env._("You get our offer and answer it")),
            self._get_step("accepted", self.env._("The new plan is prepared")),
            self._get_step("active", self.env._("The new plan is in force")),
        ]
        reached = self._get_reached()
        for number, step in enumerate(steps):
            step["phase"] = (
                "done" if number < reached else "now" if number == reached else "next"
            )
        if 0 <= reached < len(steps) and self.state in OPEN_STATES:
            steps[reached].update(self._get_holder())
        return self._cut_at_end(steps)

    def _get_step(self, code, label):
        """Return one step with the day it was done."""
        done_on = {
            "submitted": self.date_submitted,
            "assessed": self.date_assessed,
            "to_approve": self.date_decided,
            "offered": self.date_accepted,
            "accepted": self.date_active,
            "active": self.date_active,
        }[code]
        return {"code": code, "label": label, "date": done_on, "who": "", "due": False}

    def _get_reached(self):
        """Return the number of steps that are behind the case."""
        if self.state in OPEN_STATES:
            return {
                "draft": 0,
                "submitted": 1,
                "assessed": 2,
                "to_approve": 2,
                "offered": 3,
                "accepted": 4,
            }[self.state]
        if self.state in ("active", "cured", "broken", "undone"):
            return 6
        dates = (
            self.date_submitted,
            self.date_assessed,
            self.date_decided,
            self.date_accepted,
        )
        return sum(bool(date) for date in dates)

    def _get_holder(self):
        """Return who has the case now and by when the next step is due."""
        officer = self.user_id.name or self.company_id.name
        company = self.company_id
        if self.papers_wanted and self.state in BEFORE_OFFER:
            return {"who": self.env._("You: papers wanted"), "due": self.papers_due}
        if self.state == "submitted":
            days = company.carloan_answer_days
            return {"who": officer, "due": self._plan_days(self.date_submitted, days)}
        if self.state in ("assessed", "to_approve"):
            deadline = self.review_deadline
            days = company.carloan_answer_days
            due = deadline or self._plan_days(self.date_assessed, days)
            return {"who": self.env._("Approval at %s", company.name), "due": due}
        if self.state == "offered":
            return {"who": self.env._("You"), "due": self.expiry_date}
        pending = self.consent_ids.filtered(lambda one: one.state != "given")
        if pending:
            return {"who": ", ".join(pending.mapped("partner_id.name")), "due": False}
        days = company.carloan_activate_days
        return {"who": officer, "due": self._plan_days(self.date_accepted, days)}

    def _plan_days(self, start, days):
        """Return the day that lies so many working days of the company ahead."""
        if not start:
            return False
        calendar = self.company_id.resource_calendar_id
        planned = calendar.plan_days(days + 1, start, compute_leaves=True)
        return (planned or fields.Datetime.add(start, days=days)).date()

    def _cut_at_end(self, steps):
        """Replace what will not happen any more by how the case ended."""
        ends = {
            "rejected": self.env._("We could not agree to a change"),
            "declined": self.env._("You declined the offer"),
            "withdrawn": self.env._("You took the request back"),
            "expired": self.env._("The offer expired"),
            "broken": self.env._("The plan was not kept"),
            "undone": self.env._("We took the change back"),
            "cured": self.env._("The plan was kept to its end"),
        }
        if self.state not in ends:
            return steps
        done = [step for step in steps if step["phase"] == "done"]
        return [
            *done,
            {
                "code": self.state,
                "label": ends[self.state],
                "date": self.date_closed,
                "who": "",
                "due": False,
                "phase": "end",
            },
        ]

    # --------------------------------------------------------------- ANSWERS
    def _portal_sign(self, offer_id, name, signature):
        """Accept the approved offer with the borrower's signature.

        :param int offer_id: what the page showed; another proposal is not signed
        :param str name: typed by the borrower
        :param str signature: PNG in base64, as the signature form sends it
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
        self._accept(self._read_name(name), self._read_signature(signature))
        self.signed_login = self.env.user.login
        # the printer reads the signature from the database
        self.env.flush_all()
        try:
            self._store_agreement(self._print_agreement())
        except UserError:
            # a broken printer must not lose a signature; it is printed later
            _logger.exception("The agreement of %s could not be printed", self.name)

    def _read_name(self, name):
        name = " ".join(name.split()) if isinstance(name, str) else ""
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
        reason = reason.strip()[:MAX_REASON] if isinstance(reason, str) else ""
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

    def _portal_hand_in(self, uploads):
        """Take papers for a running case and tell the officer."""
        self.ensure_one()
        if not self._portal_can_add_papers():
            raise UserError(self.env._("Papers are no longer needed for this request."))
        count = len(self.paper_ids)
        refused = self._take_papers(uploads)
        if len(self.paper_ids) > count:
            self.papers_wanted = False
            self.papers_due = False
            self._tell_officer(
                self.env._(
                    "The borrower handed in %(count)s papers.",
                    count=len(self.paper_ids) - count,
                )
            )
        return refused

    def _tell_officer(self, note):
        """Note something on the case and put it on the officer's list."""
        self._log(note)
        if self.user_id:
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=note, user_id=self.user_id.id
            )

    # ------------------------------------------------------------- AGREEMENT
    def _get_agreement(self):
        """Return the agreement: as signed, else as it would be signed now."""
        self.ensure_one()
        if self.agreement_id:
            return self.agreement_id.raw
        content = self._print_agreement()
        if self.state in SIGNED:
            # the printer was down when the borrower signed
            self._store_agreement(content)
        return content

    def _print_agreement(self):
        """Print the agreement; its template speaks the borrower's language."""
        reports = self.env["ir.actions.report"].with_company(self.company_id)
        return reports._render_qweb_pdf(
            "carloan_relief_portal.agreement_report", self.ids
        )[0]

    def _store_agreement(self, content):
        """Keep the agreement as it was signed."""
        self.agreement_id = self.env["ir.attachment"].create(
            {
                "name": f"{self._get_report_base_filename()}.pdf",
                "raw": content,
                "mimetype": "application/pdf",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
