"""The steps of a case as the borrower sees them: how far, who has it, by when."""

from odoo import fields, models

from odoo.addons.carloan_relief.models.relief.relief_request import OPEN_STATES

from .carloan_relief_request import BEFORE_OFFER


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _portal_timeline(self):
        """Return the steps of the case: what, how far, who has it and by when.

        :rtype: list[dict]
        """
        self.ensure_one()
        steps = [
            self._get_step("submitted", self.env._("You sent your request")),
            self._get_step("assessed", self.env._("We look at your situation")),
            self._get_step("to_approve", self.env._("A second person decides")),
            self._get_step("offered", self.env._("You get our offer and answer it")),
            self._get_step("accepted", self.env._("The new plan is prepared")),
            self._get_step("active", self.env._("The new plan is in force")),
        ]
        reached = self._get_reached()
        for number, step in enumerate(steps):
            step["phase"] = (
                "done" if number < reached else "now" if number == reached else "next"
            )
        if 0 <= reached < len(steps) and self.state in OPEN_STATES:
            steps[reached].update(self._get_holder())
        return self._cut_at_end(steps)

    def _get_step(self, code, label):
        """Return one step with the day it was done."""
        done_on = {
            "submitted": self.date_submitted,
            "assessed": self.date_assessed,
            "to_approve": self.date_decided,
            "offered": self.date_accepted,
            "accepted": self.date_active,
            "active": self.date_active,
        }[code]
        return {"code": code, "label": label, "date": done_on, "who": "", "due": False}

    def _get_reached(self):
        """Return the number of steps that are behind the case."""
        if self.state in OPEN_STATES:
            return {
                "draft": 0,
                "submitted": 1,
                "assessed": 2,
                "to_approve": 2,
                "offered": 3,
                "accepted": 4,
            }[self.state]
        if self.state in ("active", "cured", "broken", "replaced", "undone"):
            return 6
        dates = (
            self.date_submitted,
            self.date_assessed,
            self.date_decided,
            self.date_accepted,
        )
        return sum(bool(date) for date in dates)

    def _get_holder(self):
        """Return who has the case now and by when the next step is due."""
        officer = self.user_id.name or self.company_id.name
        company = self.company_id
        if self.papers_wanted and self.state in BEFORE_OFFER:
            return {"who": self.env._("You: papers wanted"), "due": self.papers_due}
        if self.state == "submitted":
            days = company.carloan_answer_days
            return {"who": officer, "due": self._plan_days(self.date_submitted, days)}
        if self.state in ("assessed", "to_approve"):
            deadline = self.review_deadline
            days = company.carloan_answer_days
            due = deadline or self._plan_days(self.date_assessed, days)
            return {"who": self.env._("Approval at %s", company.name), "due": due}
        if self.state == "offered":
            return {"who": self.env._("You"), "due": self.expiry_date}
        pending = self.consent_ids.filtered(lambda one: one.state != "given")
        who = ", ".join(pending.mapped("partner_id.name")) or officer
        days = company.carloan_activate_days
        return {"who": who, "due": self._plan_days(self.date_accepted, days)}

    def _plan_days(self, start, days):
        """Return the day that lies so many working days of the company ahead."""
        if not start:
            return False
        calendar = self.company_id.resource_calendar_id
        planned = calendar.plan_days(days + 1, start, compute_leaves=True)
        return (planned or fields.Datetime.add(start, days=days)).date()

    def _cut_at_end(self, steps):
        """Replace what will not happen any more by how the case ended."""
        ends = {
            "rejected": self.env._("We could not agree to a change"),
            "declined": self.env._("You declined the offer"),
            "withdrawn": self.env._("You took the request back"),
            "expired": self.env._("The offer expired"),
            "broken": self.env._("The plan was not kept"),
            "undone": self.env._("We took the change back"),
            "replaced": self.env._("Another plan took its place"),
            "cured": self.env._("The plan was kept to its end"),
        }
        if self.state not in ends:
            return steps
        done = [step for step in steps if step["phase"] == "done"]
        return [
            *done,
            {
                "code": self.state,
                "label": ends[self.state],
                "date": self.date_closed,
                "who": "",
                "due": False,
                "phase": "end",
            },
        ]
