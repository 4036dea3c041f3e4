from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils


class CarloanAccrual(models.TransientModel):
    """Accrue the interest of a month end by hand."""

    _name = "carloan.accrual"
    _description = "Accrue interest at a month end"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        string="Month end", required=True, default=lambda self: self._default_date()
    )

    def _default_date(self):
        """Propose the last month end that is over."""
        start = date_utils.start_of(fields.Date.context_today(self), "month")
        return date_utils.subtract(start, days=1)

    def action_accrue(self):
        """Post the accrual and open it."""
        self.ensure_one()
        self.company_id.check_access("read")
        self.env["carloan.loan"]._check_may_post()
        self._check_date()
        moves = self.env["carloan.ledger"]._accrue(self.company_id, self.date)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_carloan_action"
        )
        action["domain"] = [("id", "in", (moves + moves.reversal_move_ids).ids)]
        return action

    def _check_date(self):
        """Refuse a day still to come: its interest has not run."""
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(company)s: %(date)s is still to come, and its interest has not "
                    "run. Choose a month end that is over.",
                    company=self.company_id.name,
                    date=self.date,
                )
            )
