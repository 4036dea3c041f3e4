"""One look at many plans: gather, ask the engine once a law, store in sets."""

from datetime import date as date_type

import numpy as np

from odoo import fields, models

from ...engine import plan_clocks, plan_life
from .relief_plan import STANDING

UPDATE = """
    UPDATE carloan_relief_plan plan SET
        followed_on = v.followed_on::date, asked_count = v.asked_count,
        kept_count = v.kept_count, on_time_count = v.on_time_count,
        open_missed = v.open_missed, last_missed = v.last_missed::date,
        first_state = v.first_state, first_paid_on = v.first_paid_on::date,
        observation_start = v.observation_start::date,
        observation_end = v.observation_end::date, left_on = v.left_on::date,
        held_class = v.held_class, npl_since = v.npl_since::date,
        upgraded_on = v.upgraded_on::date, cn_class = v.cn_class, stage = v.stage,
        dpd = v.dpd, cn_class_original = v.cn_class_original,
        stage_original = v.stage_original, dpd_original = v.dpd_original,
        watched = v.watched
    FROM (VALUES %s) AS v (
        id, followed_on, asked_count, kept_count, on_time_count, open_missed,
        last_missed, first_state, first_paid_on, observation_start, observation_end,
        left_on, held_class, npl_since, upgraded_on, cn_class, stage, dpd,
        cn_class_original, stage_original, dpd_original, watched
    )
    WHERE plan.id = v.id
"""
UPSERT_CLOCK = """
    INSERT INTO carloan_relief_plan_clock (
        plan_id, company_id, code, date_start, date_earliest, date_end, restart_count
    )
    SELECT v.plan_id, v.company_id, v.code, v.date_start::date,
           v.date_earliest::date, v.date_end::date, 0
      FROM (VALUES %s) AS v (
        plan_id, company_id, code, date_start, date_earliest, date_end
    )
    ON CONFLICT (plan_id, code) DO UPDATE SET
        date_start = EXCLUDED.date_start, date_earliest = EXCLUDED.date_earliest,
        date_end = EXCLUDED.date_end,
        restart_count = carloan_relief_plan_clock.restart_count
            + (EXCLUDED.date_start > carloan_relief_plan_clock.date_start)::int
"""
# fields that tell what happened since the last look
WATCHED_FIELDS = (
    "first_state",
    "last_missed",
    "observation_start",
    "left_on",
    "npl_since",
    "upgraded_on",
)
FOLLOWED_FIELDS = (
    *WATCHED_FIELDS,
    "followed_on",
    "asked_count",
    "kept_count",
    "on_time_count",
    "open_missed",
    "first_paid_on",
    "observation_end",
    "held_class",
    "cn_class",
    "stage",
    "dpd",
    "cn_class_original",
    "stage_original",
    "dpd_original",
    "watched",
)


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    def _follow(self, as_of):
        """Bring these plans up to a day: conduct, clocks, classes, then their steps.

        The same day again changes nothing. The caller holds the locks.
        """
        self._refresh_loans(as_of)
        before = {
            plan.id: {name: plan[name] for name in WATCHED_FIELDS} for plan in self
        }
        dues = self._read_dues(as_of)
        tolerance = self._get_policy_column("plan_missed_days")
        place = {plan_id: at for at, plan_id in enumerate(self.ids)}
        for (book, profile), own in self._group_by_law().items():
            places = [place[plan_id] for plan_id in own.ids]
            part = plan_life.Dues(dues.due[places], dues.settled[places])
            bad_after = float(book.value("cn.substandard.dpd", str(as_of)))
            conduct = plan_life.conduct(
                part, str(as_of), tolerance[places], bad_after=bad_after
            )
            own._store_standing(conduct, as_of, profile, book)
        flags = self._note_changes(before, as_of)
        self._ask_for_first_payment(before)
        self._take_steps(dues, as_of)
        if flags:
            # the class of a loan follows the clocks of its plan
            flags.loan_id._refresh_position(as_of)

    def _refresh_loans(self, as_of):
        """Have the loans' days past due as of the day."""
        stale = self.loan_id.filtered(lambda loan: loan.position_date != as_of)
        stale._refresh_position(as_of)

    def _group_by_law(self):
        """Return {(book of rules, profile of clocks): plans}."""
        groups = {}
        for company, own in self.grouped("company_id").items():
            book = company._get_rule_book().since_ever()
            profile = company.carloan_jurisdiction_id.plan_clocks or "policy"
            groups[book, profile] = own
        return groups

    def _store_standing(self, conduct, as_of, profile, book):
        """Ask the engine where these plans stand under one law, and store it."""
        day = str(as_of)
        facts = self._get_clock_facts(conduct)
        standing = plan_clocks.follow(facts, day, profile, book)
        dpd = np.array([plan.loan_id.dpd for plan in self])
        original = np.array([plan.loan_id.dpd_original for plan in self])
        found = plan_clocks.classes(
            dpd,
            original,
            standing,
            facts.class_before,
            facts.again,
            np.datetime64(day),
            book,
        )
        self._store_clocks(standing.clocks)
        main = next(iter(standing.clocks.values()))
        if profile == "eu":
            main = standing.clocks["eu.probation"]
        rows = zip(
            self.ids,
            [as_of] * len(self),
            conduct.asked.tolist(),
            conduct.kept.tolist(),
            conduct.on_time.tolist(),
            conduct.open_missed.tolist(),
            _plain(conduct.last_missed),
            self._get_first_states(conduct, as_of),
            _plain(conduct.first_settled),
            _plain(main[0]),
            _plain(main[1]),
            _plain(standing.left_on),
            _plain(standing.held),
            _plain(standing.npl_since),
            _plain(standing.upgraded_on),
            found[0].tolist(),
            found[1].astype(str).tolist(),
            dpd.tolist(),
            found[2].tolist(),
            found[3].astype(str).tolist(),
            original.tolist(),
            [
                plan._is_watched(left)
                for plan, left in zip(self, ~np.isnat(standing.left_on), strict=True)
            ],
            strict=True,
        )
        self.env.cr.execute_values(UPDATE, list(rows), page_size=1000)
        self.invalidate_recordset(FOLLOWED_FIELDS)
        self.modified(FOLLOWED_FIELDS)

    def _get_first_states(self, conduct, as_of):
        """Return the state of the first payment of each plan."""
        states = []
        for at, plan in enumerate(self):
            late = fields.Date.add(
                plan.first_due_date, days=plan.policy_id.plan_first_days
            )
            if conduct.first_missed[at]:
                states.append("missed")
            elif not np.isnat(conduct.first_settled[at]):
                states.append("paid")
            else:
                states.append("late" if late < as_of else "waiting")
        return states

    def _is_watched(self, left=None):
        """Whether the night looks at a plan: it stands, or a clock of it runs."""
        self.ensure_one()
        if self.phase in STANDING:
            return True
        gone = self.left_on if left is None else left
        return (
            self.phase not in ("replaced", "undone")
            and not gone
            and self.loan_id.state == "active"
        )

    def _store_clocks(self, clocks):
        """Store the clocks that have begun by one statement."""
        rows = []
        for code, dates in clocks.items():
            start, earliest, end = (_plain(date) for date in dates)
            rows += [
                (plan.id, plan.company_id.id, code, *row)
                for plan, *row in zip(self, start, earliest, end, strict=True)
                if row[0]
            ]
        if rows:
            self.env.cr.execute_values(UPSERT_CLOCK, rows, page_size=1000)
            self.invalidate_recordset(["clock_ids"])
            self.clock_ids.invalidate_recordset()

    # ------------------------------------------------------------ WHAT CHANGED
    def _note_changes(self, before, as_of):
        """Put on file what is new since the last look.

        :param before: {id: {field: value}} of WATCHED_FIELDS
        :return: plans whose loan may stand in another class now
        """
        events, flags = [], self.browse()
        for plan in self:
            new = plan._find_changes(before[plan.id], as_of)
            events += new
            if {"left", "bad", "upgraded"} & {event["kind"] for event in new}:
                flags |= plan
        # sudo: the file of a plan is written by its steps alone
        self.env["carloan.relief.plan.event"].sudo().create(events)
        return flags

    def _find_changes(self, old, as_of):
        """Return the values of the events of one plan since its last look."""
        self.ensure_one()
        found = []

        def add(kind, date, **facts):
            facts = {
                name: fields.Date.to_string(value)
                if isinstance(value, date_type)
                else value
                for name, value in facts.items()
            }
            found.append(
                {"plan_id": self.id, "kind": kind, "date": date, "facts": facts}
            )

        def changed(name):
            return self[name] and self[name] != old[name]

        if changed("first_state") and self.first_state == "paid":
            add("first_paid", self.first_paid_on, due=self.first_due_date)
        elif changed("first_state") and self.first_state in ("late", "missed"):
            if old["first_state"] not in ("late", "missed"):
                add("first_missed", as_of, due=self.first_due_date)
        if changed("last_missed"):
            add("missed", as_of, due=self.last_missed)
        if changed("observation_start") and old["observation_start"]:
            add(
                "restarted",
                as_of,
                clock=self.observation_start,
                until=self.observation_end,
            )
        if changed("npl_since"):
            add("bad", self.npl_since, grade=self.held_class)
        if changed("upgraded_on"):
            add("upgraded", self.upgraded_on)
        if changed("left_on"):
            add("left", self.left_on)
        return found


def _plain(values):
    """Return dates and texts as PostgreSQL takes them: None where there is none."""
    return [value or None for value in values.tolist()]
