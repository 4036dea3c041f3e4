from odoo import api, fields, models

# whose clocks a law has of its own; elsewhere those of the house run
OWN_CLOCKS = {"cn": "cn", "eu": "eu", "uk": "eu"}


class CarloanJurisdiction(models.Model):
    _inherit = "carloan.jurisdiction"

    plan_clocks = fields.Selection(
        [
            ("cn", "Observation and upgrade (Order 2023/1)"),
            ("eu", "Cure and probation (CRR, Annex V)"),
            ("policy", "Observation of the house"),
        ],
        "Clocks of a Plan",
        compute="_compute_plan_clocks",
        store=True,
        readonly=False,
        help="How long a loan counts as restructured or forborne after a relief.",
    )

    @api.depends("code")
    def _compute_plan_clocks(self):
        for place in self:
            place.plan_clocks = place.plan_clocks or OWN_CLOCKS.get(
                place.code, "policy"
            )
