from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    carloan_write_off_id = fields.Many2one(
        "carloan.write.off",
        string="Write-off",
        index="btree_not_null",
        copy=False,
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override: a repayment on which something stands goes after that."""
        for move in self.filtered(lambda one: one.carloan_event == "repay"):
            # sudo: what stands on it must be known whatever the user may read
            move_sudo = move.sudo()
            move_sudo.carloan_loan_id._check_repayment_undoable(move_sudo)
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def action_carloan_undo(self):
        """Override: an entry of a case is undone with all of the case."""
        action = super().action_carloan_undo()
        if context := self._get_carloan_case_context():
            action["context"] = context
        return action

    def _get_carloan_case_context(self):
        """Return which case this entry is part of, for the window that undoes it."""
        if self.carloan_write_off_id:
            return {"default_write_off_id": self.carloan_write_off_id.id}
        schedule = self._find_carloan_schedule()
        kind, _colon, case_id = (schedule.event_key or "").partition(":")
        if kind in ("settlement", "repossession"):
            return {f"default_{kind}_id": int(case_id)}
        if kind == "prepay":
            return {"default_schedule_id": schedule.id}
        key = self.carloan_event_key or ""
        if self.carloan_event in ("repossession", "sale"):
            return {"default_repossession_id": int(key.split(":")[1])}
        return {}

    def _find_carloan_schedule(self):
        """Return the schedule that the event of this entry made."""
        # sudo: schedules of any officer's loan
        schedule_sudo = self.sudo().carloan_instalment_id.schedule_id
        if self.carloan_event == "bill":
            own = (schedule_sudo.event_key or "").startswith("prepay:")
            return schedule_sudo.browse() if own else schedule_sudo
        key = (self.carloan_event_key or "").rpartition(":")[0]
        return schedule_sudo.search(
            [("event_key", "=", key), ("company_id", "=", self.company_id.id)], limit=1
        )
