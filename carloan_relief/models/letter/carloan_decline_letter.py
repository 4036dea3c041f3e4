from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

REASONS_RULE = "policy.decline.reasons"
# written by the buttons alone
RESERVED = {
    "request_id",
    "state",
    "document_id",
    "message_id",
    "sent_on",
    "sent_by_id",
    "delivered_on",
    "proof",
}
# what is told; fixed once it was sent
CONTENT = {"reason_ids", "detail", "channel"}
LETTER_STATES = ("rejected", "declined", "expired")


class CarloanDeclineLetter(models.Model):
    """The refusal as it was told: principal reasons, way to complain, delivery."""

    _name = "carloan.decline.letter"
    _description = "Letter of Refusal"
    _order = "id desc"
    _rec_name = "request_id"

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    team_id = fields.Many2one(related="request_id.team_id", store=True)
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    reason_ids = fields.Many2many("carloan.decline.reason", string="Principal Reasons")
    detail = fields.Text(help="What is particular to this borrower.")
    channel = fields.Selection(
        [("email", "Email"), ("post", "Post"), ("counter", "Handed over")],
        compute="_compute_channel",
        store=True,
        readonly=False,
        precompute=True,
    )
    state = fields.Selection(
        [
            ("draft", "To Be Sent"),
            ("sent", "Sent"),
            ("delivered", "Delivered"),
            ("failed", "Not Delivered"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
    )
    document_id = fields.Many2one("carloan.document", "Letter", readonly=True)
    message_id = fields.Many2one("mail.message", readonly=True)
    sent_on = fields.Datetime(readonly=True)
    sent_by_id = fields.Many2one("res.users", readonly=True)
    delivered_on = fields.Datetime(readonly=True)
    proof = fields.Char(
        "Proof of Delivery", readonly=True, help="How we know that it arrived."
    )

    _request_uniq = models.UniqueIndex(
        "(request_id) WHERE state = 'draft'",
        "A letter of this case waits to be sent already: complete that one.",
    )

    @api.depends("request_id")
    def _compute_channel(self):
        for letter in self:
            # sudo: the address of a borrower may be hidden from who refuses
            email = letter.request_id.sudo().partner_id.email
            letter.channel = "email" if email else "post"

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Letters are made by a refusal; nobody writes their delivery."""
        if not self.env.su:
            raise AccessError(
                self.env._("A letter is made by the refusal of a request: use Reject.")
            )
        return super().create(vals_list)

    def write(self, vals):
        """Keep what was sent, and what the buttons note, out of reach."""
        if not self.env.su:
            sent = self.filtered(lambda letter: letter.state != "draft")
            if RESERVED & set(vals) or (sent and CONTENT & set(vals)):
                raise AccessError(
                    self.env._(
                        "The letter of %(request)s stays as it was sent, and its "
                        "delivery is noted by its buttons.",
                        request=", ".join(self.request_id.mapped("name")),
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Letters of refusal stay on file."))

    # ---------------------------------------------------------------- CHECKS
    @api.model
    def _check_reasons(self, request, reasons, detail):
        """Refuse no reason, too many, and words that no borrower can act on."""
        book = request.company_id._get_rule_book()
        many = not book.holds(REASONS_RULE, len(reasons))
        if not reasons or many:
            raise UserError(
                self.env._(
                    "Request %(request)s: choose 1 to %(most)s principal reasons that "
                    "can be told to the borrower; %(count)s are chosen.",
                    request=request.name,
                    most=int(book.value(REASONS_RULE)),
                    count=len(reasons),
                )
            )
        vague = reasons.filtered(lambda reason: not reason.specific)[:1].name
        if not vague and reasons._is_vague(detail):
            vague = detail.strip()
        if vague:
            raise UserError(
                self.env._(
                    "Request %(request)s: “%(reason)s” tells the borrower nothing to "
                    "act on. Say what it is in this case: income, papers, term, "
                    "payments.",
                    request=request.name,
                    reason=vague,
                )
            )

    # --------------------------------------------------------------- ACTIONS
    def action_send(self):
        """Make the letter from the template in force, and send it."""
        for letter in self:
            letter.request_id._check_staff("officer", "approver")
            letter._send()
        return True

    def _send(self):
        """Make out one letter and send it by its channel."""
        self.ensure_one()
        # sudo: letters are kept by the system; who may send was checked before
        letter_sudo = self.sudo()
        letter_sudo.request_id._lock()
        letter_sudo.invalidate_recordset(["state"])
        if letter_sudo.state != "draft":
            raise UserError(
                self.env._(
                    "The letter of %(request)s was sent already.",
                    request=letter_sudo.request_id.name,
                )
            )
        request_sudo = letter_sudo.request_id
        self._check_reasons(request_sudo, letter_sudo.reason_ids, letter_sudo.detail)
        document_sudo = request_sudo._issue_document("decline")
        document_sudo._print()
        letter_sudo.write(
            {
                "state": "sent",
                "document_id": document_sudo.id,
                "sent_on": fields.Datetime.now(),
                "sent_by_id": self.env.uid,
            }
        )
        if letter_sudo.channel == "email":
            letter_sudo._mail()
        letter_sudo._note_sent()

    def _note_sent(self):
        """Log it on the case; the clocks of the law hear of it."""
        channels = dict(self._fields["channel"]._description_selection(self.env))
        request = self.request_id
        request._log(
            self.env._(
                "Letter of refusal sent (%(channel)s): %(reasons)s.",
                channel=channels[self.channel],
                reasons=", ".join(self.reason_ids.mapped("name")),
            )
        )
        request.activity_unlink(["carloan_relief.mail_activity_decline_letter"])
        request._sync_clocks()
