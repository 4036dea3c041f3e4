"""A substantial modification: the old claim ends and a new one begins."""

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    substantial = fields.Boolean(related="offer_id.substantial")
    value_change = fields.Float(related="offer_id.value_change")
    new_claim_value = fields.Monetary(
        "Fair Value of the New Claim",
        readonly=True,
        copy=False,
        help="Given by an accountant for a substantial modification: the old claim "
        "leaves the books with its allowance, the new one enters them at this value. "
        "Without it the old claim goes on, with a gain or loss.",
    )

    def action_exchange(self):
        """Open the window that asks for the fair value of the new claim."""
        self.ensure_one()
        self._check_exchange()
        return {
            "type": "ir.actions.act_window",
            "res_model": "carloan.relief.exchange",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_request_id": self.id,
                "default_fair_value": self.new_claim_value,
            },
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Substantial Modification"),
        }

    def _check_exchange(self):
        """Accountants decide, on an accepted plan that changes the value enough."""
        self._check_staff("accountant")
        if self.state != "accepted" or not self.substantial:
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s and changes the value by "
                    "%(change).2f%%: only an accepted plan that reaches the share in "
                    "the policy can make a new claim.",
                    request=self.name,
                    state=self._get_state_label(),
                    change=self.value_change,
                )
            )

    def _set_new_claim(self, value):
        """Decide that the plan makes a new claim of this value; 0: it does not."""
        self.ensure_one()
        self._check_exchange()
        if value < 0:
            raise UserError(
                self.env._(
                    "A fair value of %(value)s is not possible for %(request)s. Enter "
                    "what the instalments still expected are worth today.",
                    value=value,
                    request=self.name,
                )
            )
        # sudo: set by this step alone, which has checked who takes it
        self.sudo().new_claim_value = value
        if not value:
            self._log(self.env._("The old claim goes on, with a gain or loss."))
            return
        self._log(
            self.env._(
                "Substantial modification (%(change).2f%%): the plan makes a new claim "
                "at a fair value of %(value)s.",
                change=self.value_change,
                value=self.currency_id.format(value),
            )
        )
