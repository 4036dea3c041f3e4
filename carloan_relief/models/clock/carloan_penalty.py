from odoo import models


class CarloanLedger(models.AbstractModel):
    """Days of a plan that the law keeps free of penalty."""

    _inherit = "carloan.ledger"

    def _read_penalty_rows(self, loans, as_of):
        """Override: nothing is charged while a plan is kept where the law says so."""
        return super()._read_penalty_rows(
            loans.filtered(lambda loan: not loan.penalty_stop), as_of
        )
