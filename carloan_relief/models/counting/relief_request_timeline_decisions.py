"""The timeline of a case: what the approval decided, and the papers of it."""

from odoo import models


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_timeline_facts(self):
        """Override: decisions, papers awaited and documents issued."""
        # sudo: as the other facts; the decisions stand on the form of the case
        self_sudo = self.sudo()
        return [
            # before the moves that a decision of the same second leads to
            *self_sudo._get_decision_facts(),
            *super()._get_timeline_facts(),
            *self_sudo._get_escalation_facts(),
            *self_sudo._get_wait_facts(),
            *self_sudo._get_document_facts(),
        ]

    def _get_decision_facts(self):
        return [
            self._make_fact(
                "decision",
                decision.date,
                self._get_decision_line(decision),
                decision.user_id,
            )
            for decision in self.approval_decision_ids.sorted("id")
        ]

    def _get_decision_line(self, decision):
        """Return what somebody decided, for whom and why, in words."""
        decisions = dict(decision._fields["decision"]._description_selection(self.env))
        words = [
            self.env._(
                "%(decision)s on tier %(tier)s",
                decision=decisions[decision.decision],
                tier=decision.tier,
            )
        ]
        if decision.for_user_id:
            words.append(self.env._("for %(user)s", user=decision.for_user_id.name))
        if decision.comment:
            words.append(decision.comment)
        if decision.late:
            words.append(self.env._("late"))
        if decision.void:
            words.append(self.env._("void: the proposal was changed afterwards"))
        return "; ".join(words)

    def _get_escalation_facts(self):
        return [
            self._make_fact(
                "escalation",
                review.carloan_escalated_on,
                self.env._("Escalated: %(tier)s", tier=review.name),
                self.env.ref("base.user_root"),
            )
            for review in self.review_ids.filtered("carloan_escalated_on")
        ]

    def _get_wait_facts(self):
        facts = []
        for pause in self.approval_pause_ids:
            asked = self.env._("Papers awaited: %(papers)s.", papers=pause.papers)
            facts.append(
                self._make_fact(
                    "papers", pause.date_begin, asked, pause.user_id, borrower=asked
                )
            )
            if pause.date_end:
                done = self.env._("Papers received: %(papers)s.", papers=pause.papers)
                facts.append(
                    self._make_fact("papers", pause.date_end, done, borrower=done)
                )
        return facts

    def _get_document_facts(self):
        facts = []
        for document in self.document_ids:
            text = self.env._(
                "Document for %(partner)s: %(title)s",
                partner=document.partner_id.display_name,
                title=document.title,
            )
            own = document.partner_id == self.partner_id
            facts.append(
                self._make_fact(
                    "document",
                    document.issued_on,
                    text,
                    document.issued_by_id,
                    borrower=document.title if own else False,
                )
            )
        return facts
