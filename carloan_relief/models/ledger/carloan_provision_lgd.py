from odoo import api, fields, models

from ...engine import provision
from ..loan.selections import STAGE_SELECTION


class CarloanProvisionLgd(models.Model):
    """One row of the losses given default; the first row that fits counts."""

    _name = "carloan.provision.lgd"
    _description = "Loss given default"
    _inherit = ["carloan.kept.row.mixin"]
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "carloan.provision.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    stage = fields.Selection(STAGE_SELECTION, help="Empty: any stage.")
    condition = fields.Selection(
        [("new", "New"), ("used", "Used")],
        string="Vehicle",
        help="Empty: any vehicle, also none.",
    )
    ltv_max = fields.Float(
        string="Loan-to-value up to",
        digits=(6, 4),
        help="Included. 0: any loan-to-value, also one that is not known.",
    )
    months_max = fields.Integer(
        string="Months since the start up to",
        help="Included. 0: any age of the loan.",
    )
    lgd = fields.Float(
        string="Loss given default",
        digits=(8, 6),
        required=True,
        help="Share of the exposure that is lost, at present value: 45 % is 0.45.",
    )

    _lgd_check = models.Constraint(
        "CHECK (lgd BETWEEN 0 AND 1 AND ltv_max >= 0 AND months_max >= 0)",
        "A loss given default is between 0 and 1: 45 % is 0.45.",
    )

    @api.depends("stage", "condition", "ltv_max", "lgd")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.lgd:.2%}"

    def _get_engine_row(self):
        """Return the row as the engine takes it."""
        return provision.LgdRow(
            self.lgd,
            int(self.stage or 0),
            {"new": False, "used": True}.get(self.condition),
            self.ltv_max or None,
            self.months_max or None,
        )
