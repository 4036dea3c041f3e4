from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from .relief_plan import PHASE_SELECTION, without_defaults


class CarloanReliefPlanEvent(models.Model):
    """Something that happened to a plan: when, by whom, why. Never changed."""

    _name = "carloan.relief.plan.event"
    _description = "Event of a Plan"
    _order = "date desc, id desc"
    _rec_name = "text"

    plan_id = fields.Many2one(
        "carloan.relief.plan", required=True, index=True, ondelete="cascade"
    )
    request_id = fields.Many2one(related="plan_id.request_id", store=True, index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    date = fields.Date(required=True, help="Day on which it counts.")
    user_id = fields.Many2one(
        "res.users", "By", default=lambda self: self.env.user, required=True
    )
    kind = fields.Selection(
        [
            ("begun", "Plan in force"),
            ("first_paid", "First payment made"),
            ("first_missed", "First payment missed"),
            ("missed", "Payment missed"),
            ("restarted", "Clock restarted"),
            ("passed", "Trial passed"),
            ("failed", "Trial failed"),
            ("notice", "Notice of a breach"),
            ("recovered", "Breach made up for"),
            ("to_decide", "Break to be decided"),
            ("broken", "Plan broken"),
            ("resolved", "Difficulty over"),
            ("able", "Able to pay"),
            ("bad", "Non-performing"),
            ("upgraded", "No longer non-performing"),
            ("left", "Observation left"),
            ("completed", "Plan completed"),
            ("replaced", "Replaced by another plan"),
            ("resumed", "In force again"),
            ("pause_ended", "Pause ended"),
            ("undone", "Plan undone"),
        ],
        required=True,
        index=True,
    )
    phase = fields.Selection(PHASE_SELECTION, help="Phase that began with it.")
    facts = fields.Json(help="Dates and figures it rests on.")
    note = fields.Text("Why")
    mail_id = fields.Many2one("mail.message", "Sent", ondelete="set null")
    text = fields.Char("What", compute="_compute_text")

    @api.depends("kind", "facts", "note")
    @api.depends_context("lang")
    def _compute_text(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            parts = [labels.get(event.kind, ""), event._get_facts_text()]
            event.text = " ".join(part for part in parts if part)

    def _get_facts_text(self):
        """Say the dates and figures of an event."""
        facts = self.facts or {}
        words = {
            "due": self.env._("due %s"),
            "until": self.env._("until %s"),
            "clock": self.env._("since %s"),
            "missed": self.env._("%s missed"),
            "days": self.env._("%s days past due"),
            "grade": self.env._("class %s"),
            "other": self.env._("by %s"),
        }
        texts = [
            words[name] % self._show(facts[name]) for name in words if name in facts
        ]
        return f"({', '.join(texts)})" if texts else ""

    def _show(self, value):
        """Show a date in the language of the reader, anything else as it is."""
        try:
            return format_date(self.env, fields.Date.to_date(value))
        except (TypeError, ValueError):
            return value

    @api.model_create_multi
    def create(self, vals_list):
        """What happened is what the step says, not what a caller's context does."""
        return super(CarloanReliefPlanEvent, without_defaults(self)).create(vals_list)

    def write(self, vals):
        """An event is history; only what the system adds to it may follow."""
        if not self.env.su:
            self._refuse()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        if not self.env.su:
            self._refuse()

    def _refuse(self):
        raise AccessError(
            self.env._(
                "What happened to a plan stays on file. Say what is different now by "
                "a further step on the request."
            )
        )
