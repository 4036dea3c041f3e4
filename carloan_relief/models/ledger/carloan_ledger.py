from odoo import models


class CarloanLedger(models.AbstractModel):
    """The one place where car loans are posted."""

    _name = "carloan.ledger"
    _description = "Car-loan ledger"
