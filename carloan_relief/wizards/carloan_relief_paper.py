import base64
import binascii
import os

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mimetypes import guess_mimetype

#: what a scanner or a phone makes; nothing that a browser would run
KINDS = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
}
MAX_BYTES = 20_000_000


class CarloanReliefPaper(models.TransientModel):
    """An answer given on paper: by the borrower to an offer, or by another party."""

    _name = "carloan.relief.paper"
    _description = "Answer on Paper"

    request_id = fields.Many2one("carloan.relief.request", required=True)
    consent_id = fields.Many2one(
        "carloan.relief.consent", domain="[('request_id', '=', request_id)]"
    )
    # read with the user's own rights: another team's consent stays closed
    role = fields.Selection(related="consent_id.role", related_sudo=False)
    effect_text = fields.Text(related="consent_id.effect_text", related_sudo=False)
    answer = fields.Selection(
        [
            ("given", "Signed"),
            ("refused", "Refused"),
            ("waived", "Go on without the guarantor"),
        ],
        required=True,
        default="given",
    )
    signed_by = fields.Char(
        "Name as Signed", compute="_compute_signed_by", store=True, readonly=False
    )
    paper_date = fields.Date(
        "Date on the Paper", default=fields.Date.context_today, required=True
    )
    scan = fields.Binary(help="The signed paper: PDF, JPEG or PNG.")
    scan_name = fields.Char()
    reason = fields.Char()

    @api.depends("request_id", "consent_id")
    def _compute_signed_by(self):
        for paper in self:
            person = paper.consent_id.partner_id or paper.request_id.partner_id
            paper.signed_by = person.name

    def action_print(self):
        """Show the papers to be signed."""
        self.ensure_one()
        if self.consent_id:
            return self.consent_id.action_print()
        return self.request_id.action_print_agreement()

    def action_confirm(self):
        """Record the answer with what proves it."""
        self.ensure_one()
        self.request_id._check_staff("officer")
        if self.consent_id:
            self._answer_consent()
        else:
            self._sign_request()
        return {"type": "ir.actions.act_window_close"}

    def _answer_consent(self):
        consent = self.consent_id
        if consent.request_id != self.request_id:
            raise UserError(
                self.env._(
                    "This consent belongs to another request: open the window again "
                    "from the Consents page."
                )
            )
        if self.answer == "given":
            consent._sign_paper("paper", self._get_name(), **self._keep(consent))
        elif self.answer == "refused":
            consent._decide("refused", "paper", reason=(self.reason or "").strip())
        else:
            consent._waive(self._get_reason())

    def _sign_request(self):
        """Accept the offer on paper, or add the scan of what was accepted before."""
        request = self.request_id
        request._check_not_expired()
        documents = request._issue_signing_documents()
        name = self._get_name()
        facts = self._keep_on(documents)
        request._sign_papers(documents, name, "paper", **facts)

    def _keep(self, consent):
        return self._keep_on(consent._issue_paper())

    def _keep_on(self, documents):
        """Keep the scan beside documents and return the facts of the signature."""
        self._check_paper_date()
        name, content = self._read_scan()
        return {"paper_date": self.paper_date, **documents._keep_scan(name, content)}

    def _get_name(self):
        name = " ".join((self.signed_by or "").split())
        if not name:
            raise UserError(
                self.env._("Enter the name of the person who signed the paper.")
            )
        return name

    def _get_reason(self):
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(
                self.env._("Going on without a guarantor needs a reason: enter it.")
            )
        return reason

    def _check_paper_date(self):
        if self.paper_date > self.request_id.company_id._get_carloan_day():
            raise UserError(
                self.env._(
                    "The paper cannot be signed on %(date)s, which is in the future. "
                    "Enter the date that stands on it.",
                    date=fields.Date.to_string(self.paper_date),
                )
            )

    def _read_scan(self):
        """Return (name, content) of the scan; its content decides what it is."""
        try:
            content = base64.b64decode(self.scan or b"", validate=True)
        except binascii.Error:
            content = b""
        kind = guess_mimetype(content, default="") if content else ""
        if kind not in KINDS or len(content) > MAX_BYTES:
            raise UserError(
                self.env._(
                    "Add the scan of the signed paper: a PDF, JPEG or PNG of at most "
                    "%(size)s MB. “%(name)s” is none.",
                    size=MAX_BYTES // 1_000_000,
                    name=self.scan_name or self.env._("No file"),
                )
            )
        stem = os.path.splitext(os.path.basename(self.scan_name or "scan"))[0]
        return f"{stem[:80]}{KINDS[kind]}", content
