"""Who signed a document, when and how, sealed so that a change of it shows."""

import hashlib
import json

from odoo import fields, models, tools
from odoo.exceptions import UserError

#: What the seal covers, beside the bytes of the file and of the scan.
SEALED = (
    "kind",
    "sha256",
    "proposal_hash",
    "lang",
    "sign_method",
    "signed_on",
    "paper_date",
    "signed_by",
    "signed_login",
    "signed_ip",
    "signed_agent",
    "opened_on",
)


class CarloanDocument(models.Model):
    _inherit = "carloan.document"

    opened_on = fields.Datetime(
        "Opened to Read", readonly=True, help="When it was first shown to be signed."
    )
    sign_method = fields.Selection(
        [
            ("portal", "Portal, signed in"),
            ("link", "Link sent to the person"),
            ("paper", "On paper, scanned"),
        ],
        "Signed By Way Of",
        readonly=True,
    )
    signed_on = fields.Datetime(readonly=True)
    paper_date = fields.Date("Date on the Paper", readonly=True)
    signed_by = fields.Char(readonly=True, help="Name as the person wrote it.")
    signed_login = fields.Char(
        "Account", readonly=True, help="Login, or the address a link was sent to."
    )
    signed_ip = fields.Char("IP Address", readonly=True)
    signed_agent = fields.Char("Browser", readonly=True)
    signature = fields.Binary(readonly=True, attachment=True)
    scan_id = fields.Many2one("ir.attachment", readonly=True)
    scan_sha256 = fields.Char("Fingerprint of the Scan", readonly=True)
    recorded_by_id = fields.Many2one("res.users", readonly=True)
    seal = fields.Char(
        readonly=True, help="Proves with the key of the database that nothing changed."
    )
    signed_copy_id = fields.Many2one("ir.attachment", readonly=True)

    # ----------------------------------------------------------------- SIGNING
    def _open_to_read(self):
        """Note when documents were first shown to who is to sign them."""
        self._print()
        # sudo: facts of a signature are written by nobody's hand
        unread_sudo = self.sudo().filtered(lambda one: not one.opened_on)
        unread_sudo.write({"opened_on": fields.Datetime.now()})

    def _check_read(self, seconds):
        """Refuse a signature before the time to read is over; 0 asks for none."""
        now = fields.Datetime.now()
        # sudo: signers have no access to the records behind their papers
        for document_sudo in self.sudo():
            opened = document_sudo.opened_on
            left = seconds - (now - opened).total_seconds() if opened else seconds
            if left > 0:
                raise UserError(
                    self.env._(
                        "Please read “%(document)s” first: it can be signed %(count)s "
                        "seconds after you opened it.",
                        document=document_sudo.title,
                        count=round(seconds),
                    )
                )

    def _check_signable(self):
        # sudo: signers have no access to the records behind their papers
        for document_sudo in self.sudo():
            if document_sudo.void_on or document_sudo.signed_on:
                raise UserError(
                    self.env._(
                        "“%(document)s” was signed already or was replaced: reload the "
                        "page to see what is open.",
                        document=document_sudo.title,
                    )
                )

    def _sign(self, method, signed_by, **facts):
        """Store that documents were signed, and seal it.

        The caller has checked who signs and that it may be signed now.

        :param str method: portal, link or paper
        :param str signed_by: name as it was written
        :param facts: other fields of the signature that are known: ``signature``,
            ``signed_login``, ``signed_ip``, ``signed_agent``, ``scan_id``,
            ``scan_sha256``, ``paper_date``
        """
        self._check_signable()
        self._print()
        # sudo: facts of a signature are written by nobody's hand
        for document_sudo in self.sudo():
            document_sudo.write(
                {
                    "sign_method": method,
                    "signed_by": signed_by,
                    "signed_on": fields.Datetime.now(),
                    "recorded_by_id": self.env.uid,
                    **facts,
                }
            )
            document_sudo.seal = document_sudo._get_seal()

    def _keep_scan(self, name, content):
        """Keep the scan of what was signed on paper beside the documents.

        :return: facts for ``_sign``
        :rtype: dict
        """
        # sudo: facts of a signature are written by nobody's hand
        first_sudo = self.sudo()[:1]
        attachment_sudo = first_sudo.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": self._name,
                "res_id": first_sudo.id,
            }
        )
        return {
            "scan_id": attachment_sudo.id,
            "scan_sha256": hashlib.sha256(content).hexdigest(),
        }

    # ------------------------------------------------------------ VERIFICATION
    def _get_seal(self):
        """Return the keyed fingerprint of the facts of a signature."""
        self.ensure_one()
        self_sudo = self.sudo()  # sudo: the same seal whoever looks
        drawn = self_sudo.with_context(bin_size=False).signature or b""
        drawn = drawn.encode() if isinstance(drawn, str) else drawn
        facts = {name: str(self_sudo[name] or "") for name in SEALED}
        facts.update(
            id=self_sudo.id,
            request=self_sudo.request_id.id,
            loan=self_sudo.loan_id.id,
            partner=self_sudo.partner_id.id,
            text=self_sudo.text_id.id,
            scan=self_sudo.scan_sha256 or "",
            signature=hashlib.sha256(drawn).hexdigest(),
        )
        message = json.dumps(facts, sort_keys=True)
        return tools.hmac(self_sudo.env, "carloan-document-seal", message)

    def _find_faults(self):
        """Return what is not as it was given out or signed, in words.

        :return: list of str, empty when all is as it was
        """
        self.ensure_one()
        self_sudo = self.sudo()  # sudo: files and facts are compared whoever asks
        faults = []
        for attachment_sudo, kept, what in (
            (self_sudo.attachment_id, self_sudo.sha256, self.env._("the file")),
            (self_sudo.scan_id, self_sudo.scan_sha256, self.env._("the scan")),
        ):
            if not kept:
                continue
            content = attachment_sudo.raw or b""
            if hashlib.sha256(content).hexdigest() != kept:
                faults.append(
                    self.env._("%(what)s is not the one that was kept", what=what)
                )
        if self_sudo.signed_on and not tools.consteq(
            self_sudo.seal or "", self._get_seal()
        ):
            faults.append(self.env._("what is stored about the signature was changed"))
        case_sudo = self_sudo.request_id
        if (
            self_sudo.proposal_hash
            and not self_sudo.void_on
            and case_sudo.proposal_hash != self_sudo.proposal_hash
        ):
            faults.append(self.env._("the case proposes something else by now"))
        return faults

    def action_verify(self):
        """Tell whether file, scan and signature are as they were kept."""
        self.ensure_one()
        self.check_access("read")
        self._print()
        faults = self._find_faults()
        if faults:
            text = self.env._(
                "“%(document)s” is NOT as it was kept: %(faults)s. Keep the database "
                "as it is and tell your auditor.",
                document=self.title,
                faults="; ".join(faults),
            )
        else:
            text = self.env._(
                "“%(document)s” is as it was kept. Fingerprint %(sha256)s.",
                document=self.title,
                sha256=self.sha256,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if faults else "success",
                "sticky": True,
                "message": text,
            },
        }

    # -------------------------------------------------------------- SIGNED COPY
    def _get_signed_copy(self):
        """Return the bytes with a page about the signature; unsigned: as they are."""
        self.ensure_one()
        # sudo: signers have no access to the records behind their papers
        document_sudo = self.sudo()
        content = document_sudo._get_content()
        if not document_sudo.signed_on:
            return content
        if not document_sudo.signed_copy_id:
            page = document_sudo._render_report("carloan_relief.signature_page")
            name = self.env._(
                "%(name)s, signed", name=document_sudo._get_report_base_filename()
            )
            document_sudo.signed_copy_id = document_sudo._make_attachment(
                name, self._join(content, page)
            )
        return document_sudo.signed_copy_id.raw

    def _join(self, content, page):
        """Return two PDFs as one; the first keeps its fingerprint on its own."""
        if not content.startswith(b"%PDF"):
            return content + page  # without a printer reports are HTML
        return tools.pdf.merge_pdf([content, page])

    def action_open_signed(self):
        """Download the file with the page about the signature."""
        self.ensure_one()
        self.check_access("read")
        self._get_signed_copy()
        document_sudo = self.sudo()  # sudo: the file follows the document
        attachment_sudo = document_sudo.signed_copy_id or document_sudo.attachment_id
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment_sudo.id}?download=true",
            "target": "new",
        }
