from odoo import models


class AccountMoveLine(models.Model):
    """What the reports over a whole book read, without opening every journal item."""

    _inherit = "account.move.line"

    # all that was booked on an instalment, answered from the index alone
    _carloan_booked_idx = models.Index(
        "(carloan_instalment_id)"
        " INCLUDE (carloan_event, carloan_role, amount_currency, carloan_held)"
        " WHERE carloan_instalment_id IS NOT NULL AND carloan_component IS NOT NULL"
        " AND parent_state = 'posted'"
    )
    # what an imported loan owed: few, among the millions that have an instalment
    _carloan_opened_idx = models.Index(
        "(carloan_loan_id)"
        " WHERE carloan_component IS NOT NULL AND carloan_instalment_id IS NULL"
    )
