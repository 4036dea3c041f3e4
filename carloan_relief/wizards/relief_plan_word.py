from odoo import fields, models


class CarloanReliefPlanWord(models.TransientModel):
    """Asks what a finding on a borrower rests on before it counts."""

    _name = "carloan.relief.plan.word"
    _description = "Finding on the Borrower of a Plan"

    plan_id = fields.Many2one("carloan.relief.plan", required=True)
    kind = fields.Selection(
        [("able", "Able to go on paying"), ("resolved", "Difficulty over")],
        required=True,
        default="resolved",
    )
    note = fields.Text("What It Rests On", required=True)

    def action_confirm(self):
        """Put the finding on file; the plan checks who may say it, and when."""
        self.ensure_one()
        self.plan_id._give_word(self.kind, self.note)
        return {"type": "ir.actions.act_window_close"}
