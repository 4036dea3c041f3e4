from odoo import models

# a proposal is worked out on what is owed: that stands still until it is answered
PENDING_STATES = ("assessed", "to_approve", "offered", "accepted")


class CarloanLedger(models.AbstractModel):
    _inherit = "carloan.ledger"

    def _find_penalty_due(self, as_of, limit=None, skip=()):
        """Override to charge nothing while a borrower's request is being decided.

        The days are not lost: a request that ends without relief is charged for them.
        """
        # sudo: requests of every team count
        pending = self.env["carloan.relief.request"].sudo()
        waiting = pending.search([("state", "in", PENDING_STATES)]).loan_id
        return super()._find_penalty_due(as_of, limit, {*skip, *waiting.ids})
