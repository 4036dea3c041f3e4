from odoo import api, fields, models


class TierDefinition(models.Model):
    _inherit = "tier.definition"

    carloan_sla_hours = fields.Float(
        "Decide Within (Hours)",
        help="How long a reviewer of this tier may take. It sets the deadline of the "
        "review and of the activity in the reviewer's inbox; 0 sets none.",
    )

    @api.model
    def _get_tier_validation_model_names(self):
        return [
            *super()._get_tier_validation_model_names(),
            "carloan.relief.request",
        ]
