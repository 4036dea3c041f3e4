from odoo import api, models

#: From the proposal to the activation: figures that people decide on and sign.
STANDSTILL = ("to_approve", "offered", "accepted")


class CarloanLedger(models.AbstractModel):
    """The night leaves the figures of a plan alone while it is decided and signed."""

    _inherit = "carloan.ledger"

    @api.model
    def _find_penalty_due(self, as_of, limit=None, skip=()):
        """Override: what a charge would add makes the plan impossible to activate.

        Nothing is lost: when the plan is refused or lapses, the next charge counts its
        days as well.
        """
        requests_sudo = self.env["carloan.relief.request"].sudo()  # of every team
        waiting = requests_sudo.search_fetch([("state", "in", STANDSTILL)], ["loan_id"])
        return super()._find_penalty_due(as_of, limit, {*skip, *waiting.loan_id.ids})
