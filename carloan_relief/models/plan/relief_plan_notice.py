"""Who is told what when a plan moves, and what staff are asked to do next."""

from odoo import fields, models

from .relief_plan import STANDING

TEMPLATES = {
    "notice": "carloan_relief.mail_template_plan_notice",
    "passed": "carloan_relief.mail_template_plan_passed",
    "failed": "carloan_relief.mail_template_plan_failed",
    "broken": "carloan_relief.mail_template_plan_broken",
    "completed": "carloan_relief.mail_template_plan_completed",
}
STEPS = {
    "broken": ("plan_broken_activity_id", "activity_plan_relief_broken"),
    "failed": ("plan_failed_activity_id", "activity_plan_relief_failed"),
}


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    def _tell(self, kind, date, **facts):
        """Put a step on file and tell the borrower, by mail and on the page."""
        self.ensure_one()
        message = self._send(TEMPLATES[kind])
        letter = self._issue_letter(kind)
        self._add_event(
            kind,
            date,
            phase=self.phase,
            facts=facts,
            mail_id=message.id,
            document_id=letter.id,
        )
        if not self.partner_id.email:
            self._ask(
                self.env._("No mail address: send a letter"),
                self.env._(
                    "The borrower has no mail address. Print the letter on the "
                    "request, or what was written there, and send it by post."
                ),
            )

    def _send(self, template):
        """Write to the borrower on the request; return the message."""
        # sudo: the night and approvers write without rights on templates
        request_sudo = self.request_id.sudo()
        if not self.env.ref(template, raise_if_not_found=False):
            return self.env["mail.message"]
        sender_sudo = (
            request_sudo.user_id.partner_id or request_sudo.company_id.partner_id
        )
        return request_sudo.message_post_with_source(
            template,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            author_id=sender_sudo.id,
            email_from=sender_sudo.email_formatted or request_sudo.company_id.email,
        )

    # ------------------------------------------------------------- ACTIVITIES
    def _ask(self, summary, note, deadline=None, user=None):
        """Ask the officer of the case for something."""
        self.ensure_one()
        # sudo: the night puts work before people
        self.request_id.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=deadline or fields.Date.context_today(self),
            summary=summary,
            note=note,
            user_id=(user or self.user_id or self.env.user).id,
        )

    def _lay_out_steps(self, kind):
        """Lay out the next steps of a plan that ended badly, as its policy has them."""
        self.ensure_one()
        name, house = STEPS[kind]
        # sudo: plans of activities are the policy's
        policy_sudo = self.policy_id.sudo()
        steps_sudo = policy_sudo[name] or self.env.ref(
            f"carloan_relief.{house}", raise_if_not_found=False
        )
        request_sudo = self.request_id.sudo()
        for step_sudo in steps_sudo.sudo().template_ids if steps_sudo else ():
            owner = self.user_id or self.env.user
            owner = step_sudo._determine_responsible(owner, request_sudo)["responsible"]
            request_sudo.activity_schedule(
                activity_type_id=step_sudo.activity_type_id.id,
                date_deadline=step_sudo._get_date_deadline(
                    fields.Date.context_today(self)
                ),
                summary=step_sudo.summary,
                note=step_sudo.note,
                user_id=(owner or self.user_id or self.env.user).id,
            )

    def _ask_for_first_payment(self, before):
        """Ask the officer to call where the first payment is late, once."""
        for plan in self:
            was = before[plan.id]["first_state"]
            if plan.phase not in STANDING or was in ("late", "missed"):
                continue
            if plan.first_state in ("late", "missed") and not plan.first_paid_on:
                plan._ask(
                    plan.env._("The first payment of the plan is late: call"),
                    plan.env._(
                        "It was due on %(date)s. Plans whose first payment is missed "
                        "seldom hold: find out at once what is wrong.",
                        date=fields.Date.to_string(plan.first_due_date),
                    ),
                )

    def _ask_to_decide(self, as_of):
        """Ask for a decision where a breach outlasted its grace and a person breaks."""
        waiting = self.filtered(
            lambda plan: (
                plan.phase == "notice"
                and plan.grace_until < as_of
                and not plan.policy_id.plan_breaks_alone
            )
        )
        asked = waiting.event_ids.filtered(lambda event: event.kind == "to_decide")
        for plan in waiting:
            if any(
                event.plan_id == plan and event.date > plan.notice_date
                for event in asked
            ):
                continue
            plan._add_event("to_decide", as_of, facts={"days": plan.dpd})
            plan._ask(
                plan.env._("Decide whether the plan is broken"),
                plan.env._(
                    "The grace of the notice is over and the breach stands. Press Plan "
                    "Broken, or agree on something else with the borrower."
                ),
            )

    def _ask_for_word(self, as_of):
        """Ask the officer in time before an observation may end: is it over?"""
        for plan in self.filtered("observation_end"):
            days = plan.policy_id.plan_review_days
            ahead = fields.Date.subtract(plan.observation_end, days=days)
            if (
                plan.left_on
                or plan.phase in ("replaced", "undone")
                or as_of < ahead
                or plan.asked_word_for == plan.observation_end
                or plan._has_word()
            ):
                continue
            plan.asked_word_for = plan.observation_end
            plan._ask(
                plan.env._("Is the difficulty of the borrower over?"),
                plan.env._(
                    "The observation may end on %(date)s. Look at income and payments, "
                    "then press Finding on the Borrower on the plan. Without a word it "
                    "begins anew.",
                    date=fields.Date.to_string(plan.observation_end),
                ),
                deadline=plan.observation_end,
            )

    def _has_word(self):
        """Whether a person found the difficulty over after the last missed payment."""
        self.ensure_one()
        return bool(self.resolved_on) and (
            not self.last_missed or self.resolved_on > self.last_missed
        )
