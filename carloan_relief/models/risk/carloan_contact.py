import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import conduct
from .carloan_financial_statement import SENSITIVE_GROUPS

#: Channels on which the hours and the counts of calls hold.
CALLS = ("call", "visit")
REACHED = ("reached", "promise", "refused", "dispute", "hardship")
NOT_REACHED = ("no_answer", "busy", "wrong_number", "message")


class CarloanContact(models.Model):
    """A contact with a borrower or somebody beside, as it happened.

    The rules of conduct are checked before it is logged: one that breaks them is
    refused, unless it says why it was made all the same; then it stays marked.
    """

    _name = "carloan.contact"
    _description = "Contact with a borrower"
    _order = "date desc, id desc"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, check_company=True
    )
    borrower_id = fields.Many2one(related="loan_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="loan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="loan_id.currency_id")
    user_id = fields.Many2one(
        "res.users", required=True, default=lambda self: self.env.user, index=True
    )
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    logged_on = fields.Date(
        required=True,
        readonly=True,
        default=fields.Date.context_today,
        help="An assessment of an earlier day does not see it.",
    )
    direction = fields.Selection(
        [("out", "From us"), ("in", "From the borrower")],
        required=True,
        default="out",
    )
    channel = fields.Selection(
        [
            ("call", "Call"),
            ("visit", "Visit"),
            ("sms", "Text message"),
            ("email", "Email"),
            ("letter", "Letter"),
            ("chat", "Chat"),
            ("portal", "Borrower's pages"),
        ],
        required=True,
        default="call",
    )
    about = fields.Selection(
        [
            ("arrears", "Arrears"),
            ("relief", "Relief"),
            ("restore", "Restoring contact only"),
            ("service", "Service"),
        ],
        required=True,
        default="arrears",
    )
    party = fields.Selection(
        [
            ("debtor", "Borrower"),
            ("liable", "Co-borrower or guarantor"),
            ("unrelated_third_party", "Somebody else"),
        ],
        string="With whom",
        required=True,
        default="debtor",
    )
    outcome = fields.Selection(
        [
            ("reached", "Reached"),
            ("promise", "Promised to pay"),
            ("refused", "Refused to pay"),
            ("dispute", "Disputes the debt"),
            ("hardship", "Says to be in difficulty"),
            ("no_answer", "No answer"),
            ("busy", "Busy"),
            ("message", "Message left"),
            ("wrong_number", "Number not valid"),
            ("sent", "Sent"),
        ],
        required=True,
        default="reached",
    )
    consent = fields.Boolean(
        string="Hour agreed", help="The borrower agreed to a contact at this hour."
    )
    promised_amount = fields.Monetary()
    promised_date = fields.Date()
    promise_state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken")],
        compute="_compute_promise_state",
        compute_sudo=True,
    )
    note = fields.Text(groups=SENSITIVE_GROUPS)
    breaks = fields.Char(
        string="Rules broken", readonly=True, help="Codes of the rules of conduct."
    )
    breach_reason = fields.Text(
        help="Why the contact was made although a rule of conduct forbids it."
    )
    conduct_text = fields.Text(
        string="Rules of conduct", compute="_compute_conduct_text", compute_sudo=True
    )

    _loan_date_idx = models.Index("(loan_id, date)")
    _promise_whole = models.Constraint(
        "CHECK (outcome != 'promise' OR (promised_amount > 0"
        " AND promised_date IS NOT NULL))",
        "A promise to pay needs its amount and its day.",
    )

    @api.depends("loan_id", "date", "channel")
    def _compute_display_name(self):
        channels = dict(self._fields["channel"]._description_selection(self.env))
        for contact in self:
            if not contact.loan_id:
                contact.display_name = self.env._("New contact")
                continue
            contact.display_name = self.env._(
                "%(loan)s, %(channel)s of %(date)s",
                loan=contact.loan_id.name,
                channel=channels.get(contact.channel, ""),
                date=fields.Date.to_string(contact.date),
            )

    def _compute_promise_state(self):
        """A promise is kept when its amount came in by its day, by the ledger."""
        today = fields.Date.context_today(self)
        promises = self.filtered(lambda one: one.outcome == "promise")
        (self - promises).promise_state = False
        paid = promises._get_paid()
        for contact in promises:
            kept = paid.get(contact.id, 0.0) >= contact.promised_amount
            past = contact.promised_date < today
            contact.promise_state = "kept" if kept else "broken" if past else "open"

    def _get_paid(self):
        """Return {id: what was repaid between a promise and its day}: one query."""
        if not self.ids:
            return {}
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT contact.id, -sum(line.amount_currency)
              FROM carloan_contact contact
              JOIN account_move_line line
                ON line.carloan_loan_id = contact.loan_id
               AND line.parent_state = 'posted'
               AND line.date BETWEEN contact.date::date AND contact.promised_date
               -- a credit paid back is money that did not stay
               AND line.carloan_event IN ('repay', 'refund')
             WHERE contact.id = ANY(%s)
          GROUP BY contact.id
            """,
            [self.ids],
        )
        return {key: float(amount) for key, amount in self.env.cr.fetchall()}

    # ------------------------------------------------------------------
    # CONDUCT
    # ------------------------------------------------------------------

    @api.depends("loan_id", "date", "channel", "direction", "party", "about", "consent")
    def _compute_conduct_text(self):
        """Say before it is logged what forbids the contact."""
        for contact in self:
            broken = contact._get_breaks() if contact.loan_id else []
            contact.conduct_text = "\n".join(contact._say_breaks(broken))

    def _get_breaks(self):
        """Return the codes of the rules that a contact of ours breaks."""
        self.ensure_one()
        if self.direction != "out" or self.about == "service":
            return []
        if self.channel not in CALLS and self.party != "unrelated_third_party":
            # whoever owes may be written to at any hour; nothing needs to be read
            return []
        local = self._get_local(self.date)
        party = conduct.party_allowed(
            self.party, self.about == "restore", self._is_lost()
        )
        if self.channel not in CALLS:
            return [] if party else ["third_party"]
        earlier = self._find_same_day(local)
        found = conduct.cn_contact(
            local.hour * 60 + local.minute,
            consent=self.consent,
            unanswered_today=len(earlier.filtered(self._is_unanswered)),
            connected_today=len(earlier.filtered(lambda one: one.outcome in REACHED)),
            party=self.party,
            restoring=self.about == "restore",
            lost=self._is_lost(),
            as_of=local.date(),
        )
        return [code for code, broken in found.breaks.items() if broken]

    def _is_unanswered(self, other):
        """Tell whether another attempt of the day went to the same and failed."""
        return other.party == self.party and other.outcome in NOT_REACHED

    def _get_local(self, moment):
        """Return a moment in the borrower's own time."""
        name = self.borrower_id.tz or self.company_id.partner_id.tz or self.env.user.tz
        return pytz.utc.localize(moment).astimezone(pytz.timezone(name or "UTC"))

    def _find_same_day(self, local):
        """Return the earlier calls of us on the borrower's day, all loans together."""
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        start = start.astimezone(pytz.utc).replace(tzinfo=None)
        return self.search(
            [
                ("borrower_id", "=", self.loan_id.partner_id.id),
                ("company_id", "=", self.loan_id.company_id.id),
                ("direction", "=", "out"),
                ("channel", "in", CALLS),
                ("date", ">=", start),
                ("date", "<", self.date),
                ("id", "!=", self._origin.id),
            ]
        )

    def _is_lost(self):
        """Tell whether contact with the borrower is lost, by the attempts so far."""
        attempts = self.search(
            [
                ("borrower_id", "=", self.loan_id.partner_id.id),
                ("company_id", "=", self.loan_id.company_id.id),
                ("party", "=", "debtor"),
                ("date", "<", self.date),
                ("id", "!=", self._origin.id),
            ],
            order="date desc",
            limit=20,
        )
        failed, invalid = 0, False
        for attempt in attempts:
            if attempt.direction == "in" or attempt.outcome in REACHED:
                break
            failed += 1
            invalid |= attempt.outcome == "wrong_number"
        day = fields.Date.to_date(self.date)
        return bool(conduct.contact_lost(failed, invalid, as_of=day))

    def _say_breaks(self, codes):
        """Return the rules in words."""
        words = {
            "hours": self.env._(
                "It is outside the hours in which borrowers may be contacted, and the "
                "borrower has not agreed to it."
            ),
            "unanswered": self.env._("The number was dialled too often today."),
            "connected": self.env._("The borrower was spoken to often enough today."),
            "third_party": self.env._(
                "Somebody who does not owe may be contacted only to restore contact, "
                "and only once it is lost."
            ),
        }
        return [words[code] for code in codes]

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override: the rules of conduct come first."""
        if not self.env.su:
            # nobody dates or whitewashes a contact, by a default of the context neither
            own = {"breaks": False, "logged_on": fields.Date.context_today(self)}
            vals_list = [{**vals, **own} for vals in vals_list]
        contacts = super().create(vals_list)
        for contact in contacts:
            contact._check_conduct()
        return contacts

    def write(self, vals):
        """Override: what was logged stands; only the note may be completed."""
        if not self.env.su and set(vals) - {"note"}:
            raise AccessError(
                self.env._(
                    "A contact stays as it was logged; only its note can be completed. "
                    "Log another one to correct it."
                )
            )
        return super().write(vals)

    def _check_conduct(self):
        """Refuse a contact that may not be made, or mark one that says why it was."""
        self.ensure_one()
        if self.date > fields.Datetime.now():
            raise UserError(
                self.env._(
                    "Loan %(loan)s: a contact of %(date)s is still to come. Log it "
                    "once it was made.",
                    loan=self.loan_id.name,
                    date=fields.Datetime.to_string(self.date),
                )
            )
        # sudo: contacts of other teams count as well
        broken = self.sudo()._get_breaks()
        if broken and not (self.breach_reason or "").strip():
            raise UserError(
                self.env._(
                    "Loan %(loan)s: this contact may not be made. %(rules)s If it was "
                    "made all the same, say why.",
                    loan=self.loan_id.name,
                    rules=" ".join(self._say_breaks(broken)),
                )
            )
        if broken:
            self.sudo().breaks = ",".join(broken)  # sudo: nobody else writes the mark
