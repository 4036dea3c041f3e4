"""The timeline of a case: papers of its checklist, and what became of its plan."""

from odoo import fields, models

#: events of a plan that a step of the case tells already
TOLD = ("begun", "completed", "broken", "replaced", "undone")
#: events of a plan that the borrower is told
OPEN = (
    "first_paid",
    "first_missed",
    "missed",
    "passed",
    "failed",
    "notice",
    "recovered",
    "resumed",
)


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_timeline_facts(self):
        """Override: papers asked, received and decided on; events of the plan."""
        # sudo: as the other facts; papers and events stand on the form of the case
        self_sudo = self.sudo()
        return [
            *super()._get_timeline_facts(),
            *self_sudo._get_checklist_facts(),
            *self_sudo._get_plan_facts(),
        ]

    def _get_checklist_facts(self):
        facts = self._get_asked_facts()
        for paper in self.checklist_ids:
            name = paper.display_name
            if paper.received_on:
                text = self.env._("Paper received: %(paper)s", paper=name)
                facts.append(
                    self._make_fact(
                        "paper",
                        paper.received_on,
                        text,
                        paper.received_by_id,
                        borrower=text,
                    )
                )
            if paper.decided_on:
                facts.append(self._get_decided_fact(paper, name))
        return facts

    def _get_asked_facts(self):
        """Return the papers asked for, those of one moment together."""
        together = self.checklist_ids.grouped(
            lambda one: (one.asked_on, one.asked_by_id)
        )
        facts = []
        for (moment, user), papers in together.items():
            names = ", ".join(papers.mapped("display_name"))
            text = self.env._("Papers asked for: %(papers)s", papers=names)
            facts.append(
                self._make_fact("paper_asked", moment, text, user, borrower=text)
            )
        return facts

    def _get_decided_fact(self, paper, name):
        labels = dict(paper._fields["state"]._description_selection(self.env))
        text = self.env._(
            "Paper %(paper)s: %(state)s", paper=name, state=labels[paper.state]
        )
        if paper.reason:
            text = f"{text} ({paper.reason})"
        return self._make_fact(
            "paper_decided",
            paper.decided_on,
            text,
            paper.decided_by_id,
            borrower=text if paper.state in ("accepted", "refused") else False,
        )

    def _get_event_moment(self, event):
        """Return when an event was noted, or its day where that was noted later."""
        noted = fields.Datetime.context_timestamp(event, event.create_date).date()
        if noted == event.date:
            return event.create_date
        return fields.Datetime.to_datetime(event.date)

    def _get_plan_facts(self):
        facts = []
        for event in self.relief_plan_ids.event_ids.sorted("id"):
            if event.kind in TOLD:
                continue
            words = f"{event.text}: {event.note}" if event.note else event.text
            borrower = event.text if event.kind in OPEN else False
            facts.append(
                self._make_fact(
                    "plan",
                    self._get_event_moment(event),
                    words,
                    event.user_id,
                    borrower=borrower,
                )
            )
        return facts
