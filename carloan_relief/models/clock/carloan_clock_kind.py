from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import clocks, rules

# what happens in the life of a request, as the facts of a clock name it
EVENTS = [
    ("notice", "Borrower gave notice of hardship"),
    ("submitted", "Application was complete"),
    ("asked", "We asked for information"),
    ("informed", "Information was received"),
    ("assessed", "Case was assessed"),
    ("offered", "Offer was sent"),
    ("told", "Borrower was told our decision"),
    ("refused", "Borrower was told of the refusal"),
    ("answered", "Offer was accepted, or the borrower told why not"),
    ("active", "Plan came into force"),
]


class CarloanClockKind(models.Model):
    """A clock of the law: which rule runs from what, and what stops it being late."""

    _name = "carloan.clock.kind"
    _description = "Kind of Statutory Clock"
    _inherit = ["mail.thread", "carloan.kept.mixin"]
    _order = "jurisdiction_id, sequence, id"
    _kept_free = (
        "name",
        "note",
        "sequence",
        "warn_days",
        "valid_to",
        "message_follower_ids",
    )

    _kept_use = ("carloan.clock", "kind_id")

    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction",
        required=True,
        ondelete="restrict",
        index=True,
        help="Companies under this law have the clock; one of the house, all.",
    )
    rule_code = fields.Char(
        "Rule",
        required=True,
        tracking=True,
        help="Code of the rule that says how long, in Configuration > Rules of Law and "
        "Policy.",
    )
    rule_text = fields.Char("Length", compute="_compute_rule_text")
    source = fields.Char(compute="_compute_rule_text")
    start_event = fields.Selection(
        EVENTS, "Runs From", required=True, default="notice", tracking=True
    )
    met_event = fields.Selection(
        EVENTS, "Met When", tracking=True, help="Empty: nothing has to be done."
    )
    nature = fields.Selection(
        [
            ("act", "We must act by this day"),
            ("may", "We may act until this day"),
            ("theirs", "The borrower answers by this day"),
            ("wait", "We must wait until this day is over"),
            ("keep", "Records are kept until this day"),
        ],
        "The Day Means",
        required=True,
        default="act",
        tracking=True,
    )
    method = fields.Selection(
        [
            ("rule", "The length of the rule"),
            ("hardship", "Hardship notice: a question for information moves the day"),
        ],
        "Day Found By",
        required=True,
        default="rule",
        tracking=True,
    )
    current_only = fields.Boolean(
        "Only When Not Overdue",
        tracking=True,
        help="The clock runs only for a loan that was not past due on the day the "
        "application was complete.",
    )
    warn_days = fields.Integer(
        "Warn (Days Before)",
        default=5,
        tracking=True,
        help="So many days before the last day the officer gets an activity.",
    )
    valid_from = fields.Date(
        tracking=True, help="Cases whose clock begins before have none."
    )
    valid_to = fields.Date(tracking=True)
    note = fields.Text(translate=True)

    _warn_check = models.Constraint(
        "CHECK (warn_days >= 0)", "A warning comes before the last day: 0 or more days."
    )

    @api.depends("rule_code")
    @api.depends_context("lang")
    def _compute_rule_text(self):
        # sudo: numbers of law are open to staff, whatever their role
        found_sudo = self.env["carloan.jurisdiction.rule"].sudo()
        rows = found_sudo.search(
            [
                ("code", "in", self.mapped("rule_code")),
                ("state", "=", "approved"),
                ("company_id", "=", False),
            ],
            order="valid_from",
        ).grouped("code")
        for kind in self:
            row = rows.get(kind.rule_code, found_sudo)[-1:]
            kind.rule_text = row.value_text
            kind.source = row.source

    @api.constrains("rule_code", "jurisdiction_id", "method")
    def _check_rule(self):
        """Refuse a rule that is not in the book, or is no length of time."""
        book = self.env["carloan.jurisdiction.rule"]._get_book()
        lengths = ("days", "business_days", "weeks", "months", "years")
        for kind in self:
            try:
                unit = book.at(kind.rule_code).unit
            except rules.RuleError:
                unit = None
            if unit not in lengths:
                raise ValidationError(
                    self.env._(
                        "%(kind)s: %(code)s is no length of time in the book of rules. "
                        "Open Configuration > Rules of Law and Policy, and enter "
                        "the code of a rule in days, weeks, months or years.",
                        kind=kind.name,
                        code=kind.rule_code,
                    )
                )

    def _get_used_message(self, count):
        return self.env._(
            "%(count)s clocks run under %(kind)s: it stays as it is. Enter its last "
            "day, and make a copy with what holds from then on.",
            count=count,
            kind=self.display_name,
        )

    @api.model
    def _get_for(self, company):
        """Return the kinds of clock that a company is under."""
        law = company.carloan_jurisdiction_id
        return self.search(
            [
                ("company_id", "in", (False, company.id)),
                "|",
                ("jurisdiction_id", "=", law.id),
                ("jurisdiction_id.is_law", "=", False),
            ]
        )

    def _run(self, facts, as_of, company):
        """Return the engine's clocks of N cases under this kind.

        :param dict facts: {event: [date or False] of N cases}, with ``ended`` and
            ``overdue`` beside the events
        :rtype: engine.clocks.Clock
        """
        self.ensure_one()
        start = [
            day if day and self._holds(day, late) else None
            for day, late in zip(facts[self.start_event], facts["overdue"], strict=True)
        ]
        columns = {
            name: _days(facts[event])
            for name, event in (
                ("done", self.met_event),
                ("ended", "ended"),
                ("asked", "asked"),
                ("informed", "informed"),
            )
            if event
        }
        return clocks.run(
            self.rule_code,
            _days(start),
            as_of=as_of,
            nature=self.nature,
            method=self.method,
            holidays=company._get_carloan_holidays(),
            book=company._get_rule_book(),
            **columns,
        )

    def _holds(self, day, overdue):
        """Tell whether a case that begins on a day falls under this kind."""
        if self.current_only and overdue:
            return False
        return self.valid_from <= day and not (self.valid_to and day > self.valid_to)


def _days(values):
    """Return dates as the engine takes them; none = not happened."""
    return [value or "NaT" for value in values]
