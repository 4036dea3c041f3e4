"""A request once it is in force: its plan, and what its steps do to that."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import frozen, measures, obligation
from .relief_plan import FIRST_SELECTION, PHASE_SELECTION


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    relief_plan_ids = fields.One2many("carloan.relief.plan", "request_id", "Plans")
    relief_plan_id = fields.Many2one(
        "carloan.relief.plan", "Plan", compute="_compute_relief_plan_id"
    )
    plan_phase = fields.Selection(
        PHASE_SELECTION, "Phase of the Plan", compute="_compute_relief_plan_id"
    )
    first_payment_state = fields.Selection(
        FIRST_SELECTION, "First Payment", compute="_compute_relief_plan_id"
    )
    plan_count = fields.Integer(compute="_compute_relief_plan_id")
    watched_plan_id = fields.Many2one(
        "carloan.relief.plan",
        "Plan Under Observation",
        compute="_compute_watched_plan_id",
        help="Of an earlier relief of the loan.",
    )
    previous_request_id = fields.Many2one(
        "carloan.relief.request",
        "Earlier Relief",
        compute="_compute_neighbours",
    )
    next_request_id = fields.Many2one(
        "carloan.relief.request", "Later Relief", compute="_compute_neighbours"
    )

    # --------------------------------------------------------------- COMPUTE
    @api.depends("relief_plan_ids.phase", "relief_plan_ids.first_state")
    def _compute_relief_plan_id(self):
        for request in self:
            plan = request.relief_plan_ids[:1]
            request.relief_plan_id = plan
            request.plan_phase = plan.phase
            request.first_payment_state = plan.first_state
            request.plan_count = len(plan)

    @api.depends("relief_plan_ids.previous_id", "relief_plan_ids.next_id")
    def _compute_neighbours(self):
        for request in self:
            plan = request.relief_plan_ids[:1]
            request.previous_request_id = plan.previous_id.request_id
            request.next_request_id = plan.next_id.request_id

    @api.depends("loan_id", "state")
    def _compute_watched_plan_id(self):
        plans = self.env["carloan.relief.plan"].search(
            [
                ("loan_id", "in", self.loan_id.ids),
                ("left_on", "=", False),
                ("phase", "not in", ("replaced", "undone")),
            ],
            order="start_date, id",
        )
        last = {plan.loan_id.id: plan for plan in plans}
        for request in self:
            plan = last.get(request.loan_id.id)
            other = plan and plan.request_id != request and not request.plan_count
            request.watched_plan_id = plan if other else False

    # ---------------------------------------------------------------- BEGINNING
    def _prepare_plan_vals(self, start=None):
        """Return the values of the plan that an activated request begins."""
        self.ensure_one()
        schedule = self._get_schedule()
        rows = schedule.instalment_ids.sorted("sequence")
        asking = rows.filtered("amount") or rows
        moment = self.date_active or fields.Datetime.now()
        start = start or fields.Datetime.context_timestamp(self, moment).date()
        trial = self.rule_id.trial_payments
        return {
            "request_id": self.id,
            "loan_id": self.loan_id.id,
            "policy_id": self.policy_id.id,
            "schedule_id": schedule.id,
            "phase": self._get_first_phase(trial),
            "phase_date": start,
            "start_date": start,
            "end_date": self.date_closed if self.state != "active" else False,
            # a plan that forgives everything asks for nothing
            "first_due_date": asking[:1].due_date or start,
            "grace_end": self._get_holiday_end(rows),
            "trial_payments": trial,
            "class_before": schedule.cn_class_before or "normal",
            "diminished": self._is_diminished(),
        }

    def _get_first_phase(self, trial):
        """Return the phase a plan begins in, or in which an older one stands."""
        ended = {"cured": "completed", "broken": "broken"}
        return ended.get(self.state) or ("trial" if trial else "running")

    def _get_holiday_end(self, rows):
        """Return the last due date of a payment holiday."""
        months = max(
            (
                int(one.get("instalments") or 0)
                for one in self.offer_id.plan or ()
                if one.get("kind") == "holiday"
            ),
            default=0,
        )
        return rows[:months][-1:].due_date

    def _is_diminished(self):
        """Whether the plan takes off more than the law lets pass without a default."""
        if not self.position or not self.offer_id.plan:
            return False
        position = frozen.thaw(self.position, measures.Position)
        revised = measures.apply(position, self._get_engine_plans(self.offer_id.plan))
        book = self.company_id._get_rule_book()
        threshold = float(book.value("eu.diminished"))
        found = obligation.obligation(position, revised).diminished(threshold)
        return bool(found[0])

    # ------------------------------------------------------------------ STEPS
    def _submit(self):
        """Override: after a failed trial the loan rests for a while."""
        self._check_no_pause()
        return super()._submit()

    def _check_no_pause(self):
        """Refuse a request during the pause after a failed trial."""
        # sudo: a pause holds whoever may see the plan
        plan_sudo = self.env["carloan.relief.plan"].sudo()
        plan_sudo = plan_sudo.search(
            [
                ("loan_id", "=", self.loan_id.id),
                ("pause_until", ">", fields.Date.context_today(self)),
            ],
            limit=1,
        )
        if plan_sudo:
            raise UserError(
                self.env._(
                    "The trial of %(plan)s failed: loan %(loan)s takes no new request "
                    "until %(date)s. A manager may end the pause on that plan before.",
                    plan=plan_sudo.request_id.name,
                    loan=self.loan_id.sudo().name,
                    date=fields.Date.to_string(plan_sudo.pause_until),
                )
            )

    def _activate(self, date=None):
        """Override: an activated request begins its plan."""
        done = super()._activate(date)
        if done:
            self.env["carloan.relief.plan"]._begin(self, date)
            # sudo: the class may be that of a second relief under observation
            self.loan_id.sudo()._refresh_position()
        return done

    def _close(self, state, allowed, reason=None):
        """Override: the plan of a request that was kept or broken ends with it."""
        result = super()._close(state, allowed, reason)
        # the night ends the plan itself; a caller's context is not the night
        by_plan = self.env.su and self.env.context.get("plan_moves")
        if state in ("cured", "broken") and not by_plan:
            # sudo: plans are written by their steps alone
            self.sudo().relief_plan_ids._note_closed(state, reason)
        return result

    def _undo(self, date, reason, cascade=False):
        """Override: what is undone has no plan."""
        moves = super()._undo(date, reason, cascade)
        # sudo: plans are written by their steps alone
        self.sudo().relief_plan_ids._note_undone(reason)
        self.loan_id.sudo()._refresh_position()
        return moves

    def _resume_plan(self):
        """The end of a plan did not stand: its request is in force again."""
        ended = ("cured", "replaced")
        for request in self.filtered(lambda one: one.state in ended):
            request._move_to("active", ended, date_closed=False)
            request._log(self.env._("In force again: what ended it did not stand."))

    # --------------------------------------------------------------- ACTIONS
    def action_view_plan(self):
        """Open the plan of this request."""
        self.ensure_one()
        return self.relief_plan_ids[:1]._get_records_action()

    def action_view_neighbour(self):
        """Open the earlier or the later relief of the loan."""
        self.ensure_one()
        return (self.next_request_id or self.previous_request_id)._get_records_action()
