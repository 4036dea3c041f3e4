"""Letters of a plan: the notice of a breach, its end, its completion."""

from odoo import fields, models

LETTERS = {
    "notice": "broken",
    "failed": "broken",
    "broken": "broken",
    "completed": "completed",
}


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    def _issue_letter(self, kind):
        """Issue the letter of a step from the template in force, if there is one.

        :param str kind: of the event
        :return: the document, or none where no template is in force
        """
        self.ensure_one()
        wanted = LETTERS.get(kind)
        Template = self.env["carloan.document.template"]
        today = fields.Date.context_today(self)
        if not wanted or not Template._find_in_force(wanted, self.company_id, today):
            return self.env["carloan.document"]
        return self.request_id._issue_document(wanted)


class CarloanReliefPlanEvent(models.Model):
    _inherit = "carloan.relief.plan.event"

    document_id = fields.Many2one("carloan.document", "Letter", ondelete="restrict")


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_document_values(self, kind, partner):
        """Override: what the plan of the case says of itself."""
        values = super()._get_document_values(kind, partner)
        plan = self.relief_plan_ids[:1]
        if plan and kind == "broken":
            values.update(self._get_broken_values(plan))
        elif plan and kind == "completed":
            values["completed_on"] = self._get_document_date(plan.end_date)
            values["waived"] = self._has_held_waiver() and self.env._(
                "What was to be waived once the plan was kept is waived."
            )
        return values

    def _get_broken_values(self, plan):
        """Return the fields of a notice of breach, or of the end of a plan."""
        warned = plan.phase == "notice"
        again = self._has_held_waiver() and not warned
        if warned:
            steps = self.env._(
                "Pay what is missing by that day, and the plan goes on as agreed. "
                "Otherwise it ends, and what was to be waived at its end is due again. "
                "If you cannot pay, write or call us before."
            )
        else:
            steps = self.env._(
                "The plan has ended. Call us: we tell you what can still be done."
            )
        return {
            "missed": lambda: self._render_block(
                "carloan_relief.document_list", items=self._get_missed_sentences()
            ),
            "reinstated": again
            and self.env._("What was to be waived at the end of the plan."),
            "next_steps": steps,
            "act_until": warned and self._get_document_date(plan.grace_until),
        }

    def _get_missed_sentences(self):
        """Say each payment that is due and not made."""
        lines = self.loan_id.schedule_id.instalment_ids.filtered(
            lambda line: line.paid_state in ("overdue", "partial")
        )
        return [
            self.env._(
                "Due on %(date)s, still to pay %(amount)s",
                date=self._get_document_date(line.due_date),
                amount=self.currency_id.format(line.amount_residual),
            )
            for line in lines.sorted("due_date")
        ]

    def _has_held_waiver(self):
        """Whether the plan waives something only once it is completed."""
        return any(
            one.get("when") == "on_completion" for one in self.offer_id.plan or ()
        )
