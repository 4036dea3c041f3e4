from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError

from ...engine import observation
from ..loan.selections import CN_CLASS_SELECTION, STAGE_SELECTION

PHASE_SELECTION = [
    ("trial", "On Trial"),
    ("running", "Running"),
    ("notice", "In Breach"),
    ("completed", "Completed"),
    ("broken", "Broken"),
    ("failed", "Trial Failed"),
    ("replaced", "Replaced"),
    ("undone", "Undone"),
]
STANDING = ("trial", "running", "notice")
FIRST_SELECTION = [
    ("waiting", "Not Due Yet"),
    ("paid", "Paid"),
    ("late", "Late"),
    ("missed", "Missed"),
]


def without_defaults(records):
    """Return the records without the defaults that a caller's context sets."""
    context = records.env.context
    kept = {k: v for k, v in context.items() if not k.startswith("default_")}
    # the whole context on purpose: a key can be left out no other way
    return records.with_context(kept)  # pylint: disable=context-overridden


class CarloanReliefPlan(models.Model):
    """A plan in force: how it is kept, which clocks run on it, what comes next.

    Written by the night and by the steps of its request alone; what happened stands in
    its events.
    """

    _name = "carloan.relief.plan"
    _description = "Relief Plan"
    _order = "start_date desc, id desc"
    _rec_name = "request_id"
    _check_company_auto = True

    # ---------------------------------------------------------------- FIELDS
    request_id = fields.Many2one(
        "carloan.relief.request", required=True, ondelete="restrict", index=True
    )
    loan_id = fields.Many2one(
        "carloan.loan", required=True, ondelete="restrict", index=True
    )
    partner_id = fields.Many2one(
        related="request_id.partner_id", string="Borrower", store=True, index=True
    )
    company_id = fields.Many2one(
        related="request_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="request_id.currency_id")
    team_id = fields.Many2one(related="request_id.team_id", store=True, index=True)
    user_id = fields.Many2one(
        related="request_id.user_id", string="Officer", store=True
    )
    policy_id = fields.Many2one("carloan.relief.policy", ondelete="restrict")
    schedule_id = fields.Many2one(
        "carloan.schedule", required=True, ondelete="restrict"
    )
    previous_id = fields.Many2one(
        "carloan.relief.plan", "Earlier Plan", index="btree_not_null"
    )
    next_id = fields.Many2one("carloan.relief.plan", "Later Plan")
    phase = fields.Selection(PHASE_SELECTION, required=True, index=True)
    phase_date = fields.Date("Phase Since")
    start_date = fields.Date("In Force Since", required=True)
    end_date = fields.Date("Ended On")
    watched = fields.Boolean(
        default=True, help="Off once it has ended and none of its clocks runs."
    )
    followed_on = fields.Date("Looked At", help="Night that last looked at the plan.")

    # how it is kept
    first_due_date = fields.Date("First Payment Due")
    grace_end = fields.Date("Holiday Until")
    first_state = fields.Selection(
        FIRST_SELECTION, "First Payment", default="waiting", index=True
    )
    first_paid_on = fields.Date()
    asked_count = fields.Integer("Payments Due")
    kept_count = fields.Integer("Payments Made")
    on_time_count = fields.Integer("Made on Time")
    open_missed = fields.Integer("Missed and Open")
    last_missed = fields.Date()
    trial_payments = fields.Integer()
    trial_end = fields.Date("Trial Ended")
    notice_date = fields.Date("Notice of Breach")
    grace_until = fields.Date()
    pause_until = fields.Date(
        "No Request Until", help="After a failed trial; a manager may end the pause."
    )

    # clocks and classes
    clock_ids = fields.One2many("carloan.relief.plan.clock", "plan_id", "Clocks")
    event_ids = fields.One2many("carloan.relief.plan.event", "plan_id", "Events")
    class_before = fields.Selection(CN_CLASS_SELECTION)
    again = fields.Boolean(
        "Restructured Again",
        help="Agreed while an earlier plan was under observation: at least "
        "substandard (Order 2023/1 art. 22).",
    )
    diminished = fields.Boolean(
        "Obligation Diminished",
        help="The plan takes off more of the present value than the law lets pass "
        "without a default.",
    )
    observation_start = fields.Date()
    observation_end = fields.Date("Observation at Least Until")
    left_on = fields.Date(
        "Observation Left", help="Since when the loan is not restructured any more."
    )
    held_class = fields.Selection(CN_CLASS_SELECTION, "Class Held")
    npl_since = fields.Date("Non-performing Since")
    upgraded_on = fields.Date()
    resolved_on = fields.Date("Difficulty Over Since")
    resolved_by_id = fields.Many2one("res.users", "Found Over By")
    able_on = fields.Date("Able to Pay Since")
    able_by_id = fields.Many2one("res.users", "Found Able By")
    cn_class = fields.Selection(CN_CLASS_SELECTION, "Class")
    stage = fields.Selection(STAGE_SELECTION)
    dpd = fields.Integer("Days Past Due", aggregator="max")
    cn_class_original = fields.Selection(
        CN_CLASS_SELECTION,
        "Class, First Schedule",
        help="As if no relief had been given.",
    )
    stage_original = fields.Selection(STAGE_SELECTION, "Stage, First Schedule")
    dpd_original = fields.Integer("Days Past Due, First Schedule", aggregator="max")

    _request_uniq = models.UniqueIndex("(request_id)", "A request makes one plan.")
    _to_follow_idx = models.Index("(followed_on) WHERE watched")

    # ------------------------------------------------------------------ CRUD
    @api.model_create_multi
    def create(self, vals_list):
        """A plan is what its request says, not what a caller's context does."""
        return super(CarloanReliefPlan, without_defaults(self)).create(vals_list)

    @api.model
    def _begin(self, requests, start=None):
        """Make the plan of each activated request that has none.

        :param start: day it takes effect; the day of the activation if not given
        :return: the plans made
        """
        # sudo: plans are made by the steps of their request alone
        Plan_sudo = self.sudo()
        have = Plan_sudo.search([("request_id", "in", requests.ids)]).request_id
        missing_sudo = (requests.sudo() - have).sorted("id")
        made = Plan_sudo.browse()
        for request_sudo in missing_sudo:
            made |= Plan_sudo.create(request_sudo._prepare_plan_vals(start))
        made._link_earlier()
        for plan in made:
            plan._add_event("begun", plan.start_date, phase=plan.phase)
        return made

    @api.model
    def _begin_missing(self):
        """Make the plans of requests that were activated before there were plans."""
        # sudo: of every company
        requests_sudo = self.env["carloan.relief.request"].sudo()
        requests_sudo = requests_sudo.search(
            [
                ("state", "in", ("active", "cured", "broken")),
                ("relief_plan_ids", "=", False),
                ("loan_id.schedule_ids.request_id", "!=", False),
            ],
            order="date_active, id",
        )
        with_schedule = requests_sudo.filtered(
            lambda one: one in one.loan_id.schedule_ids.request_id
        )
        self._begin(with_schedule)

    def _link_earlier(self):
        """Link these plans to the one before on their loan, which they replace."""
        for plan in self:
            earlier = self.search(
                [
                    ("loan_id", "=", plan.loan_id.id),
                    ("id", "!=", plan.id),
                    ("schedule_id.version", "<", plan.schedule_id.version),
                    ("phase", "!=", "undone"),
                ],
                order="start_date desc, id desc",
                limit=1,
            )
            if earlier:
                again = observation.restructured_again(
                    str(earlier.start_date),
                    str(plan.start_date),
                    str(earlier.left_on) if earlier.left_on else "NaT",
                )
                plan.write({"previous_id": earlier.id, "again": bool(again)})
                earlier._replace_by(plan)

    def _add_event(self, kind, date, **values):
        """Put one event of each of these plans on file."""
        # sudo: the file of a plan is written by its steps alone
        return (
            self.env["carloan.relief.plan.event"]
            .sudo()
            .create(
                [
                    {
                        "plan_id": plan.id,
                        "kind": kind,
                        "date": date,
                        "user_id": self.env.uid,
                        **values,
                    }
                    for plan in self
                ]
            )
        )

    def _check_staff(self, *roles):
        """Refuse a step by somebody without the role or related to the loan."""
        self.check_access("read")
        self.request_id._check_staff(*roles)

    def _lock(self):
        """Lock these plans against the night and other people."""
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "The plan of %(request)s is being looked at by the night. Wait a "
                    "minute and try again.",
                    request=", ".join(self.request_id.mapped("name")),
                )
            ) from error

    # --------------------------------------------------------------- ACTIONS
    def action_follow(self):
        """Look at these plans now, as the night does."""
        self._check_staff("officer", "approver")
        self._lock()
        # sudo: plans are written by their steps alone
        self.sudo()._follow(fields.Date.context_today(self))
        return True

    def action_end_pause(self):
        """Let a new request in before the pause of a failed trial is over."""
        self._check_staff("manager")
        for plan in self:
            if not plan.pause_until:
                raise UserError(
                    self.env._(
                        "%(plan)s is not paused: a request can be made now.",
                        plan=plan.display_name,
                    )
                )
            plan._add_event("pause_ended", fields.Date.context_today(self))
        # sudo: plans are written by their steps alone
        self.sudo().write({"pause_until": False})
        return True

    def action_view_request(self):
        """Open the request of this plan."""
        self.ensure_one()
        return self.request_id._get_records_action()

    def action_view_loan(self):
        """Open the loan of this plan."""
        self.ensure_one()
        return self.loan_id._get_records_action()

    def write(self, vals):
        """A plan is written by the night and the steps of its request."""
        if not self.env.su:
            # sudo: the name alone, so that the message can say where to go
            raise AccessError(
                self.env._(
                    "A plan follows from its payments and the steps of its request. "
                    "Use the buttons of request %(request)s.",
                    request=", ".join(self.sudo().request_id.mapped("name")),
                )
            )
        return super().write(vals)
