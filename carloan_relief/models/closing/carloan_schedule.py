from odoo import fields, models


class CarloanSchedule(models.Model):
    _inherit = "carloan.schedule"

    reason = fields.Selection(
        selection_add=[("write_off", "Part written off"), ("correction",)],
        ondelete={"write_off": "set default"},
    )
    can_undo = fields.Boolean(compute="_compute_can_undo", compute_sudo=True)

    def _compute_can_undo(self):
        """Offer to undo what money paid ahead made, while it is in force."""
        for schedule in self:
            ahead = (schedule.event_key or "").startswith("prepay:")
            schedule.can_undo = ahead and schedule.state == "active"

    def action_undo(self):
        """Open the window that asks when and why this schedule is undone."""
        self.ensure_one()
        self.loan_id._check_may_post()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.undo",
            "view_mode": "form",
            "target": "new",
            "context": {"default_schedule_id": self.id},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Undo"),
        }
