import datetime

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...engine import rules
from .titles import TITLES

UNITS = [
    ("seconds", "seconds"),
    ("days", "days"),
    ("business_days", "working days"),
    ("weeks", "weeks"),
    ("months", "months"),
    ("years", "years"),
    ("periods", "instalments"),
    ("share", "share (0.01 is 1%)"),
    ("rate", "rate a year (0.01 is 1%)"),
    ("times", "times"),
    ("minor", "cents"),
    ("minute_of_day", "minute of the day"),
    ("switch", "switch (1 = on)"),
]
OPERATORS = [
    ("gt", "more than"),
    ("ge", "at least"),
    ("lt", "less than"),
    ("le", "at most"),
]
# what a rule says; what is known about it (source, confirmed) may be added later
CONTENT = {
    "code",
    "jurisdiction_id",
    "company_id",
    "value",
    "no_limit",
    "unit",
    "operator",
    "valid_from",
    "valid_to",
}
# set by the buttons alone
RESERVED = {"state", "approver_id", "approved_on", "editor_ids"}


class CarloanJurisdictionRule(models.Model):
    """One number of law or policy: what is compared with it, since when, by whom.

    A number in force is history: what changes is a new row with a later date.
    """

    _name = "carloan.jurisdiction.rule"
    _description = "Rule of a Jurisdiction"
    _inherit = ["mail.thread", "carloan.four.eyes.mixin"]
    _order = "jurisdiction_id, code, valid_from desc, id desc"
    _rec_names_search = ["code", "source"]

    jurisdiction_id = fields.Many2one(
        "carloan.jurisdiction", required=True, ondelete="restrict", index=True
    )
    code = fields.Char(required=True, index=True, help="Jurisdiction first.")
    title = fields.Char("What It Says", compute="_compute_title")
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: for every company. From its first date on, a row of a company "
        "counts for it instead of the general ones.",
    )
    operator = fields.Selection(
        OPERATORS, tracking=True, help="Empty for a length of time and a switch."
    )
    value = fields.Float(digits=(16, 8), tracking=True, aggregator=None)
    value_text = fields.Char("Number", compute="_compute_value_text")
    no_limit = fields.Boolean(
        "No Limit Set", tracking=True, help="The law sets none: it never binds."
    )
    unit = fields.Selection(UNITS, required=True)
    valid_from = fields.Date(tracking=True, help="Empty: since ever.")
    valid_to = fields.Date(tracking=True, help="Last day in force; empty: still.")
    source = fields.Char(tracking=True, help="Legal basis in words.")
    confirmed = fields.Boolean(
        "Confirmed by Text",
        tracking=True,
        help="Off: from general knowledge of the rule, to be checked against the "
        "official text before anyone relies on it legally.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    is_current = fields.Boolean("In Force Today", compute="_compute_is_current")

    _day_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0), COALESCE(valid_from, '0001-01-01'))",
        "This rule already has a row from the same day: change that one.",
    )
    _dates_check = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from)",
        "A rule cannot end before it begins.",
    )

    # --------------------------------------------------------------- COMPUTE
    @api.depends("code")
    @api.depends_context("lang")
    def _compute_title(self):
        for rule in self:
            title = TITLES.get(rule.code)
            rule.title = self.env._(title) if title else rule.code  # pylint: disable=translation-not-lazy,prefer-env-translation

    @api.depends("code", "valid_from")
    def _compute_display_name(self):
        for rule in self:
            since = fields.Date.to_string(rule.valid_from) if rule.valid_from else ""
            rule.display_name = f"{rule.title} {since}".strip()

    @api.depends("operator", "value", "unit", "no_limit")
    @api.depends_context("lang")
    def _compute_value_text(self):
        units = dict(self._fields["unit"]._description_selection(self.env))
        operators = dict(self._fields["operator"]._description_selection(self.env))
        for rule in self:
            text = rule._get_number_text(units.get(rule.unit, ""))
            compared = "" if rule.no_limit else operators.get(rule.operator, "")
            rule.value_text = f"{compared} {text}".strip()

    def _get_number_text(self, unit):
        """Return the number as a person reads it."""
        if self.no_limit:
            return self.env._("no limit")
        if self.unit == "switch":
            return self.env._("on") if self.value else self.env._("off")
        if self.unit in ("share", "rate"):
            return f"{self.value * 100:.6g}%"
        if self.unit == "minute_of_day":
            hour, minute = divmod(int(self.value), 60)
            return f"{hour:02}:{minute:02}"
        return f"{self.value:.10g} {unit}"

    def _compute_is_current(self):
        today = fields.Date.to_string(fields.Date.context_today(self))
        for company, items in self.grouped("company_id").items():
            book = self._get_book(company)
            for rule in items:
                try:
                    row = book.at(rule.code, today)
                except rules.RuleError:
                    rule.is_current = False
                    continue
                rule.is_current = rule.state == "approved" and row == rule._get_row()

    # ------------------------------------------------------------------ CRUD
    @api.constrains("code", "jurisdiction_id")
    def _check_code(self):
        for rule in self:
            prefix = rule.jurisdiction_id.code
            if not (rule.code or "").startswith(f"{prefix}."):
                raise ValidationError(
                    self.env._(
                        "The code %(code)s of a rule of %(jurisdiction)s must begin "
                        "with “%(prefix)s.”.",
                        code=rule.code,
                        jurisdiction=rule.jurisdiction_id.name,
                        prefix=prefix,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """New rows begin as drafts, whoever asks."""
        if not self.env.su:
            vals_list = [
                {key: value for key, value in vals.items() if key not in RESERVED}
                for vals in vals_list
            ]
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Keep what is in force as it was; note who wrote on a draft."""
        if not self.env.su and RESERVED & set(vals):
            raise UserError(
                self.env._(
                    "%(rule)s is approved by its button, by another manager than who "
                    "drafted it.",
                    rule=self[:1].display_name,
                )
            )
        if CONTENT & set(vals):
            if not self.env.su:
                self._check_draft()
            self._note_editor()
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        """Forget the cached book together with the row."""
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        self._check_draft()

    def _check_draft(self):
        for rule in self:
            if rule.state != "draft":
                raise UserError(
                    self.env._(
                        "Rule %(rule)s is approved and stays as it is: cases were "
                        "decided under it. Press New Value and enter from when the "
                        "other number holds.",
                        rule=rule.display_name,
                    )
                )

    # --------------------------------------------------------------- ACTIONS
    def action_new_value(self):
        """Open a draft of the next value of this rule."""
        self.ensure_one()
        self._check_car_loan_manager()
        self.check_access("read")
        names = ("jurisdiction_id", "code", "company_id", "operator", "value", "unit")
        vals = self._convert_to_write({name: self[name] for name in names})
        context = {f"default_{name}": value for name, value in vals.items()}
        context["default_valid_from"] = fields.Date.to_string(
            fields.Date.context_today(self)
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Value"),
            "res_model": self._name,
            "view_mode": "form",
            "context": context,
        }

    def action_approve(self):
        """Let drafts of another manager count from their dates on."""
        self._check_car_loan_manager()
        self.check_access("write")
        for rule in self:
            rule._check_draft()
            rule._check_second_person()
            rule._check_makes_a_book()
            # sudo: the state of a rule is reserved to this method
            rule.sudo().write({"state": "approved", **self._prepare_approval_vals()})
        return True

    def _check_makes_a_book(self):
        """Refuse a row that the engine could not read."""
        row = self._get_row()
        try:
            book = self._get_book(self.company_id).changed(row)
        except rules.RuleError as error:
            raise ValidationError(
                self.env._(
                    "Rule %(rule)s cannot be read: %(error)s. Correct the draft.",
                    rule=self.display_name,
                    error=error,
                )
            ) from error
        others = [other for other in book.rows if other.code == row.code]
        if {(other.unit, bool(other.operator)) for other in others} != {
            (row.unit, bool(row.operator))
        }:
            raise ValidationError(
                self.env._(
                    "Rule %(rule)s is measured in %(unit)s: its rows before are "
                    "measured otherwise. Enter it in the unit and with the comparison "
                    "of the others.",
                    rule=self.display_name,
                    unit=dict(self._fields["unit"]._description_selection(self.env))[
                        self.unit
                    ],
                )
            )

    # --------------------------------------------------------------- ENGINE
    @api.model
    def _get_book(self, company=None):
        """Return the engine's book of rules of a company.

        A code that nobody has entered counts as the engine knows it.

        :param company: res.company, empty for what holds for all
        :rtype: engine.rules.Book
        """
        company_id = company.id if company else False
        return self._read_book(company_id if self._has_own(company_id) else False)

    @api.model
    @tools.ormcache("company_id")
    def _has_own(self, company_id):
        # sudo: which number is in force does not depend on who asks
        domain = [("company_id", "=", company_id), ("state", "=", "approved")]
        return bool(company_id and self.sudo().search_count(domain, limit=1))

    @api.model
    @tools.ormcache("company_id")
    def _read_book(self, company_id):
        # sudo: which number is in force does not depend on who asks
        found_sudo = self.sudo().search(
            [("state", "=", "approved"), ("company_id", "in", (False, company_id))]
        )
        own = [rule._get_row() for rule in found_sudo if rule.company_id]
        since = {}
        for row in own:
            since[row.code] = min(row.valid_from, since.get(row.code, "9999"))
        general = [
            row
            for row in (rule._get_row() for rule in found_sudo if not rule.company_id)
            if row.valid_from < since.get(row.code, "9999")
        ]
        known = {row.code for row in (*own, *general)}
        rest = [row for row in rules.DEFAULT.rows if row.code not in known]
        return rules.Book([*rest, *general, *own])

    def _get_row(self):
        """Return this row as the engine takes it."""
        self.ensure_one()
        return rules.Rule(
            self.code,
            None if self.no_limit else self.value,
            self.unit,
            self.operator or "",
            fields.Date.to_string(self.valid_from) if self.valid_from else "",
            self.source or "",
            self.confirmed,
            fields.Date.to_string(self.valid_to) if self.valid_to else "",
        )

    @api.model
    def _seed(self):
        """Enter the rows of the engine that are not there yet, as general ones.

        Runs at installation and at each upgrade; what a manager entered stays.
        """
        # sudo: run by the system, before anybody has a role
        self_sudo = self.sudo()
        places = {
            place.code: place.id
            for place in self_sudo.env["carloan.jurisdiction"]
            .with_context(active_test=False)
            .search([])
        }
        there = {
            (rule.code, rule.valid_from or False)
            for rule in self_sudo.search([("company_id", "=", False)])
        }
        self_sudo.create(
            [
                self._prepare_seed_vals(row, places)
                for row in rules.DEFAULT.rows
                if (row.code, _day(row.valid_from)) not in there
                and row.code.split(".")[0] in places
            ]
        )

    @api.model
    def _prepare_seed_vals(self, row, places):
        """Return the values of the record of a row of the engine."""
        return {
            "jurisdiction_id": places[row.code.split(".")[0]],
            "code": row.code,
            "value": row.value or 0.0,
            "no_limit": row.value is None,
            "unit": row.unit,
            "operator": row.operator or False,
            "valid_from": _day(row.valid_from),
            "valid_to": _day(row.valid_to),
            "source": row.source,
            "confirmed": row.confirmed,
            "state": "approved",
        }


def _day(text):
    return datetime.date.fromisoformat(text) if text else False
