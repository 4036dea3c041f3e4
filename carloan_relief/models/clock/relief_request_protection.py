"""From when a case stays enforcement and stops collection, and until when."""

from odoo import api, fields, models

from ...engine import clocks
from ..relief.relief_request import MOVE_FIELDS, OPEN_STATES
from .carloan_clock_kind import _days

MOVE_FIELDS |= {"protection_id", "stay_from", "stay_until"}
REFUSALS = ("rejected", "declined", "expired")


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    protection_id = fields.Many2one(
        "carloan.relief.protection",
        readonly=True,
        copy=False,
        help="What the law of the company protects from, on the day of the notice.",
    )
    new_ground = fields.Boolean(
        "Other Ground Than Before",
        compute="_compute_new_ground",
        store=True,
        readonly=False,
        copy=False,
        tracking=True,
        help="A notice on materially the same ground as one shortly before may give "
        "no stay of enforcement. Off when the reason is that of the last request.",
    )
    stay_from = fields.Date("Enforcement Stayed From", readonly=True, copy=False)
    stay_until = fields.Date(
        "Enforcement Stayed Until",
        readonly=True,
        copy=False,
        help="Last day of the stay; empty while the case is open.",
    )

    @api.depends("reason_id", "loan_id")
    def _compute_new_ground(self):
        for request in self:
            previous = request._get_previous_notice()
            request.new_ground = request.reason_id != previous.reason_id

    def _get_previous_notice(self):
        """Return the last case of the same loan before this one."""
        self.ensure_one()
        # sudo: notices to another team are notices to the company
        others_sudo = self.sudo().loan_id.request_ids - self.sudo()._origin
        day = self.notice_date or fields.Date.context_today(self)
        earlier = others_sudo.filtered(
            lambda other: other.notice_date and other.notice_date <= day
        )
        return earlier.sorted(lambda other: (other.notice_date, other.id))[-1:]

    # ------------------------------------------------------------------ CRUD
    def write(self, vals):
        """Override: what the stay rests on moves it."""
        result = super().write(vals)
        if "new_ground" in vals:
            self._sync_protection()
        return result

    def _sync_clocks(self):
        """Override: what the clocks rest on, the protection rests on, too."""
        result = super()._sync_clocks()
        self._sync_protection()
        return result

    # -------------------------------------------------------------- PROTECTION
    def _sync_protection(self):
        """Bring stay of enforcement and stop of collection up to date."""
        # sudo: the law protects whoever moves the case
        for company, items in self.sudo().grouped("company_id").items():
            laws = self.env["carloan.relief.protection"]._get_of(company)
            for day, some in items.grouped("notice_date").items():
                law = laws._at(day or company._get_carloan_day())
                some._sync_stay(law, company)
        self.sudo().loan_id._sync_dunning_stop()

    def _sync_stay(self, law, company):
        """Store the stay of cases whose notice falls under one protection."""
        facts = self._get_clock_facts()
        if law.stay_from:
            previous = [one._get_previous_notice().notice_date for one in self]
            first, last = clocks.stay(
                _days(facts[law.stay_from]),
                _days(self._get_refused_days(facts)),
                _days(self._get_other_ends()),
                after=law.stay_after_code or "",
                repeat=law.stay_repeat_code or "",
                previous=_days(previous),
                different=self.mapped("new_ground"),
                book=company._get_rule_book(),
            )
            first, last = first.astype(object), last.astype(object)
        else:
            first = last = [None] * len(self)
        for request, begin, end in zip(self, first, last, strict=True):
            request._write_changed(
                protection_id=law.id, stay_from=begin or False, stay_until=end or False
            )

    def _write_changed(self, **vals):
        """Write what differs."""
        changed = {
            name: value
            for name, value in vals.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if changed:
            self.write(changed)

    def _get_refused_days(self, facts):
        """Return the day from which the days after a refusal count, or False.

        An offer that was not taken leaves the borrower as a refusal does.
        """
        closed = self._get_days("date_closed")
        return [
            told or (request.state in REFUSALS and request.state != "rejected" and day)
            for request, told, day in zip(self, facts["refused"], closed, strict=True)
        ]

    def _get_other_ends(self):
        """Return the day on which a case ended without a refusal, or False."""
        closed, active = self._get_days("date_closed"), self._get_days("date_active")
        return [
            active_on or (request.state not in (*OPEN_STATES, *REFUSALS) and closed_on)
            for request, active_on, closed_on in zip(self, active, closed, strict=True)
        ]

    def _get_stop_day(self):
        """Return since when this case stops collection, or False when it does not."""
        self.ensure_one()
        law = self.protection_id
        since = law.dunning_stop_from or "active"
        states = {
            "notice": (*OPEN_STATES, *self._get_plan_states()),
            "submitted": (*OPEN_STATES[1:], *self._get_plan_states()),
            "active": self._get_plan_states(),
        }
        if self.state not in states[since]:
            return False
        return self._get_clock_facts()[since][0]

    @api.model
    def _seed_clocks(self):
        """Start the clocks of cases older than they are; runs at each upgrade."""
        # sudo: run by the system
        self.sudo().search([("clock_ids", "=", False)])._sync_clocks()

    @api.model
    def _get_plan_states(self):
        """Return the states in which a plan is in force. Extended by what adds some."""
        return ("active",)
