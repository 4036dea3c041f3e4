"""From one phase of a plan to the next: what each step leaves, by night or by hand."""

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import plan_life
from .relief_plan import STANDING

FOLLOW_BATCH = 200


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    # ------------------------------------------------------------------ NIGHT
    @api.model
    def _cron_follow(self, batch=FOLLOW_BATCH):
        """Look at every plan, set by set; the next run goes on where this one ended.

        A plan whose step fails gets a note with the reason and does not stop the
        others; the next night tries it again.
        """
        today = fields.Date.context_today(self)
        cron = self.env["ir.cron"]
        failed = set()
        cron._commit_progress(remaining=self.search_count(self._get_due_domain(today)))
        domain = self._get_due_domain(today)
        while plans := self.search(
            [*domain, ("id", "not in", list(failed))], order="id", limit=batch
        ):
            failed |= self._follow_batch(plans, today)
            if not cron._commit_progress(len(plans)):
                return

    @api.model
    def _get_due_domain(self, today):
        return [
            ("watched", "=", True),
            "|",
            ("followed_on", "!=", today),
            ("followed_on", "=", False),
        ]

    def _follow_batch(self, plans, today):
        """Look at a set, or at its plans one by one if it fails; return what is left.

        :return: ids of plans that failed, or that somebody else holds at the moment
        """
        locked = plans.try_lock_for_update()
        left = set((plans - locked).ids)
        try:
            with self.env.cr.savepoint():
                locked._follow(today)
            return left
        except UserError:
            return left | {plan.id for plan in locked if not plan._follow_one(today)}

    def _follow_one(self, today):
        """Look at one plan; note the reason on its request when that fails."""
        try:
            with self.env.cr.savepoint():
                self._follow(today)
            return True
        except UserError as error:
            self.request_id._log(
                self.env._(
                    "The plan could not be followed on %(date)s: %(reason)s",
                    date=fields.Date.to_string(today),
                    reason=str(error),
                )
            )
            return False

    # ------------------------------------------------------------------ STEPS
    def _take_steps(self, dues, as_of):
        """Move these plans to the phase that the engine finds for the day."""
        day = str(as_of)
        passed, failed = plan_life.trial(
            dues,
            day,
            self._column("trial_payments", np.int64),
            self._get_policy_column("plan_trial_days"),
        )
        breach = plan_life.in_breach(
            self._column("open_missed", np.int64),
            self._column("dpd", np.int64),
            self._get_policy_column("plan_breach_count"),
            self._get_policy_column("plan_breach_days"),
        )
        completes = self._get_policy_column("plan_completes")
        phases = plan_life.advance(
            self._column("phase"),
            day,
            passed_on=passed,
            failed_on=failed,
            breach=breach,
            grace_until=self._column("grace_until"),
            finished=np.array([plan.loan_id.state == "closed" for plan in self]),
            left_on=self._column("left_on"),
            completes_on_exit=completes == "observation",
            breaks_alone=self._get_policy_column("plan_breaks_alone"),
        )
        for plan, phase in zip(self, phases.tolist(), strict=True):
            if phase != plan.phase:
                plan._enter(phase, as_of)
        self._ask_to_decide(as_of)
        self._ask_for_word(as_of)

    def _enter(self, phase, as_of):
        """Let one plan enter a phase, with all that follows from it."""
        self.ensure_one()
        enter = {
            "notice": self._enter_notice,
            "running": self._enter_running,
            "broken": self._enter_broken,
            "failed": self._enter_failed,
            "completed": self._enter_completed,
        }
        enter[phase](as_of)

    def _set_phase(self, phase, as_of, **values):
        """Write the phase of one plan; what has ended is looked at for its clocks."""
        ended = {} if phase in STANDING else {"end_date": as_of}
        self.write({"phase": phase, "phase_date": as_of, **ended, **values})
        self.watched = self._is_watched()

    def _enter_notice(self, as_of):
        """Tell the borrower of the breach and give the grace."""
        until = fields.Date.add(as_of, days=self.policy_id.plan_grace_days)
        self._set_phase("notice", as_of, notice_date=as_of, grace_until=until)
        self._tell(
            "notice",
            as_of,
            until=fields.Date.to_string(until),
            missed=self.open_missed,
            days=self.dpd,
        )

    def _enter_running(self, as_of):
        """Go on: a trial was passed, or a breach made up for in time."""
        was = self.phase
        kept = {"notice_date": False, "grace_until": False}
        if was == "trial":
            kept["trial_end"] = as_of
        elif self.trial_payments and not self.trial_end:
            # the breach came during the trial, which goes on
            self._set_phase("trial", as_of, **kept)
            self._add_event("recovered", as_of, phase="trial")
            return
        self._set_phase("running", as_of, **kept)
        if was == "trial":
            self._tell("passed", as_of)
        else:
            self._add_event("recovered", as_of, phase="running")

    def _enter_broken(self, as_of):
        """Break the plan: waivers come back, the next steps are laid out."""
        reason = self.env._(
            "%(missed)s payments missed, %(days)s days past due; the grace ended on "
            "%(until)s.",
            missed=self.open_missed,
            days=self.dpd,
            until=fields.Date.to_string(self.grace_until),
        )
        self._break("broken", as_of, reason)

    def _enter_failed(self, as_of):
        """End the plan with its trial; new requests wait for the pause to end."""
        months = self.policy_id.plan_pause_months
        pause = fields.Date.add(as_of, months=months) if months else False
        reason = self.env._(
            "The trial failed: %(kept)s of %(asked)s payments were made.",
            kept=self.kept_count,
            asked=self.trial_payments,
        )
        self._break("failed", as_of, reason, trial_end=as_of, pause_until=pause)

    def _break(self, phase, as_of, reason, **values):
        """Close the request as broken and say so."""
        request = self.request_id.with_context(plan_moves=True)
        request._close("broken", ("active",), reason)
        request._settle_conditional(kept=False)
        self._set_phase(phase, as_of, **values)
        self._tell(phase, as_of, missed=self.open_missed, days=self.dpd)
        self._lay_out_steps(phase)

    def _enter_completed(self, as_of):
        """End a plan that was kept."""
        request = self.request_id.with_context(plan_moves=True)
        request._close("cured", ("active",))
        request._settle_conditional(kept=True)
        self._set_phase("completed", as_of)
        self._tell("completed", as_of)

    # ---------------------------------------------------------------- BY HAND
    def _note_closed(self, state, reason):
        """A person closed the request as kept or broken: the plan ends with it."""
        today = fields.Date.context_today(self)
        phase = {"cured": "completed", "broken": "broken"}[state]
        for plan in self.filtered(lambda one: one.phase in STANDING):
            plan._set_phase(phase, today)
            plan._add_event(phase, today, phase=phase, note=reason or False)
            if phase == "broken":
                plan._lay_out_steps(phase)

    def _note_undone(self, reason):
        """The relief was undone: its plan never was, the one before holds again."""
        today = fields.Date.context_today(self)
        for plan in self:
            plan._set_phase("undone", today)
            plan._add_event("undone", today, phase="undone", note=reason or False)
            plan.previous_id.filtered(lambda one: one.phase == "replaced")._resume()

    def _replace_by(self, later):
        """Another relief took the place of this plan."""
        self.ensure_one()
        if self.phase not in STANDING:
            # a plan that ended hands its clocks over all the same
            self.write({"next_id": later.id, "watched": False})
            return
        # its request makes room for the later one, and does not run beside it
        request = self.request_id.with_context(plan_moves=True)
        request._close("replaced", ("active",))
        self._set_phase("replaced", later.start_date, next_id=later.id)
        self._add_event(
            "replaced",
            later.start_date,
            phase="replaced",
            facts={"other": later.request_id.name},
        )

    def _resume(self):
        """Put these plans in force again: what ended them did not stand."""
        today = fields.Date.context_today(self)
        for plan in self:
            phase = "running"
            if plan.trial_payments and not plan.trial_end:
                phase = "trial"
            plan.write(
                {
                    "phase": phase,
                    "phase_date": today,
                    "end_date": False,
                    "next_id": False,
                    "watched": True,
                    "followed_on": False,
                }
            )
            plan._add_event("resumed", today, phase=phase)
            plan.request_id._resume_plan()
