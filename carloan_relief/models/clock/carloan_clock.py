import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError


class CarloanClock(models.Model):
    """A day that the law sets in one case. Nothing at the desk moves it.

    Rows are made and kept by the system, from what happened in the case.
    """

    _name = "carloan.clock"
    _description = "Statutory Clock"
    _order = "due_date, id"
    _rec_name = "kind_id"

    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="cascade", index=True
    )
    kind_id = fields.Many2one(
        "carloan.clock.kind", "Clock", required=True, ondelete="restrict", index=True
    )
    loan_id = fields.Many2one(related="request_id.loan_id", store=True, index=True)
    partner_id = fields.Many2one(related="request_id.partner_id", store=True)
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    team_id = fields.Many2one(related="request_id.team_id", store=True)
    user_id = fields.Many2one(related="request_id.user_id", store=True)
    jurisdiction_id = fields.Many2one(related="kind_id.jurisdiction_id", store=True)
    nature = fields.Selection(related="kind_id.nature", store=True)
    rule_id = fields.Many2one(
        "carloan.jurisdiction.rule",
        ondelete="restrict",
        help="The number of law in force on the day the clock began.",
    )
    rule_text = fields.Char(related="rule_id.value_text", string="Length")
    source = fields.Char(related="rule_id.source", string="Legal Basis")
    confirmed = fields.Boolean(related="rule_id.confirmed")
    start_event = fields.Selection(
        string="Runs From", related="kind_id.start_event", store=True
    )
    start_date = fields.Date("Began On", required=True)
    due_date = fields.Date("Last Day", required=True, index=True)
    met_on = fields.Date("Done On")
    state = fields.Selection(
        [
            ("running", "Running"),
            ("met", "Met"),
            ("missed", "Missed"),
            ("late", "Done Too Late"),
            ("ended", "Over"),
        ],
        required=True,
        index=True,
    )
    days_left = fields.Integer(compute="_compute_days_left")
    days_taken = fields.Integer(
        compute="_compute_days_taken",
        store=True,
        aggregator="avg",
        help="Days from the beginning until it was done.",
    )
    warned_on = fields.Date()
    escalated_on = fields.Date()

    _request_kind_uniq = models.Constraint(
        "UNIQUE (request_id, kind_id)", "A case has each clock once."
    )
    _running_idx = models.Index("(due_date) WHERE state = 'running'")

    @api.depends("due_date", "state")
    def _compute_days_left(self):
        for clock in self:
            today = clock.company_id._get_carloan_day()
            running = clock.state == "running"
            clock.days_left = (clock.due_date - today).days if running else 0

    @api.depends("start_date", "met_on")
    def _compute_days_taken(self):
        for clock in self:
            met = clock.met_on
            clock.days_taken = (met - clock.start_date).days if met else 0

    @api.depends("kind_id", "due_date")
    def _compute_display_name(self):
        for clock in self:
            day = fields.Date.to_string(clock.due_date)
            clock.display_name = f"{clock.kind_id.name} {day}"

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """Refuse what is not made by the law and the case."""
        self._check_system()
        return super().create(vals_list)

    def write(self, vals):
        """Nobody stops a clock of the law, nor moves it."""
        self._check_system()
        return super().write(vals)

    def _check_system(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Statutory clocks follow from the law and from what happened in "
                    "the case. Correct the case, or the kind of clock."
                )
            )

    # --------------------------------------------------------------- SYNCING
    @api.model
    def _sync(self, requests):
        """Make and bring up to date the clocks of cases, a few queries for all."""
        # sudo: the clocks run whoever moves a case, a borrower too
        for company, items in requests.sudo().grouped("company_id").items():
            self.sudo()._sync_company(company, items)

    def _sync_company(self, company, requests):
        """Bring the clocks of the cases of one company up to date."""
        present = self.search([("request_id", "in", requests.ids)])
        # a clock goes on under a law that the company has left
        current = self.env["carloan.clock.kind"]._get_for(company)
        kinds = current | present.kind_id
        if not kinds:
            return
        there = {(clock.kind_id, clock.request_id): clock for clock in present}
        facts = requests._get_clock_facts()
        today = company._get_carloan_day()
        missing, changed = [], self.browse()
        for kind in kinds:
            for request, vals in zip(
                requests, kind._get_clock_vals(facts, today, company), strict=True
            ):
                clock = there.get((kind, request))
                if clock and vals:
                    changed |= clock._update_changed(vals)
                elif vals and kind in current:
                    missing.append({"request_id": request.id, **vals})
        self.create(missing)
        changed.request_id._clear_clock_inbox()

    def _update_changed(self, vals):
        """Write what differs; a clock whose day moved is warned of again.

        :return: the clock where something did differ
        """
        changed = {
            name: value
            for name, value in vals.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if "due_date" in changed:
            changed.update(warned_on=False, escalated_on=False)
        if changed:
            self.write(changed)
        return self if changed else self.browse()


class CarloanClockKind(models.Model):
    _inherit = "carloan.clock.kind"

    def _get_clock_vals(self, facts, as_of, company):
        """Return the values of the clock of each of N cases; None = it has none."""
        self.ensure_one()
        found = self._run(facts, as_of, company)
        rule_ids = self._find_rules(company)
        done = facts[self.met_event] if self.met_event else [False] * len(found.due)
        rows = zip(
            found.start.astype(object),
            found.due.astype(object),
            found.state.tolist(),
            done,
            strict=True,
        )
        return [
            state
            and {
                "kind_id": self.id,
                "rule_id": _at(rule_ids, start),
                "start_date": start,
                "due_date": due,
                "state": state,
                "met_on": met or False,
            }
            for start, due, state, met in rows
        ]

    def _find_rules(self, company):
        """Return [(first day, last day, id)] of the rows of the rule, the newest last.

        A company's own rows count from their first day on.
        """
        # sudo: which number is in force does not depend on who asks
        found_sudo = (
            self.env["carloan.jurisdiction.rule"]
            .sudo()
            .search(
                [
                    ("code", "=", self.rule_code),
                    ("state", "=", "approved"),
                    ("company_id", "in", (False, company.id)),
                ]
            )
        )
        least, most = datetime.date.min, datetime.date.max
        rows = sorted(
            (
                bool(row.company_id),
                row.valid_from or least,
                row.valid_to or most,
                row.id,
            )
            for row in found_sudo
        )
        return [row[1:] for row in rows]


def _at(rules, day):
    """Return the id of the last rule in force on a day; False where none is."""
    found = [rule_id for first, last, rule_id in rules if first <= day <= last]
    return found[-1] if found else False
