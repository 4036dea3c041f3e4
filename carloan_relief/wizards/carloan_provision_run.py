from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils


class CarloanProvisionRun(models.TransientModel):
    """Set the loss allowances of a day by hand."""

    _name = "carloan.provision.run"
    _description = "Set loss allowances"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date = fields.Date(
        string="As of", required=True, default=lambda self: self._default_date()
    )
    loan_ids = fields.Many2many(
        "carloan.loan", help="Only these loans. Empty: all of the company."
    )

    def _default_date(self):
        """Propose the last month end that is over."""
        start = date_utils.start_of(fields.Date.context_today(self), "month")
        return date_utils.subtract(start, days=1)

    def action_run(self):
        """Set the allowances and open what was provided for that day."""
        self.ensure_one()
        self.company_id.check_access("read")
        self.loan_ids.check_access("read")
        self.env["carloan.loan"]._check_may_post()
        self._check_date()
        ledger = self.env["carloan.ledger"].with_company(self.company_id)
        ledger._provision(self.company_id, self.date, self.loan_ids or None)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_provision_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("date", "=", fields.Date.to_string(self.date)),
        ]
        if self.loan_ids:
            action["domain"].append(("loan_id", "in", self.loan_ids.ids))
        action["context"] = {}
        return action

    def _check_date(self):
        """Refuse a day still to come: no earlier day could be provided for then."""
        if self.date > fields.Date.context_today(self):
            raise UserError(
                self.env._(
                    "%(company)s: %(date)s is still to come, and what the loans need "
                    "on it is not known. Choose today or an earlier day.",
                    company=self.company_id.name,
                    date=self.date,
                )
            )
