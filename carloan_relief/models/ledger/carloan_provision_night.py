from odoo import api, fields, models
from odoo.tools import date_utils


class CarloanLedger(models.AbstractModel):
    """Allowances of the whole book, set by set, by night."""

    _inherit = "carloan.ledger"

    # ------------------------------------------------------------------
    # NIGHTLY
    # ------------------------------------------------------------------

    @api.model
    def _cron_provision(self):
        """Set the allowances of the last month end, set by set.

        A night that is cut short leaves whole sets done; the next one goes on. What
        cannot be provided for is noted on the loan and does not stop the others.
        """
        today = fields.Date.context_today(self)
        as_of = date_utils.end_of(today, "month")
        if as_of != today:
            as_of = date_utils.subtract(date_utils.start_of(today, "month"), days=1)
        # sudo: the night works for every company
        companies = self.env["res.company"].sudo()
        companies = companies.search([("carloan_provision", "=", True)])
        products = self.env["carloan.product"].sudo().with_context(active_test=False)
        for product in products.search([("company_id", "in", companies.ids)]):
            ledger = self.with_company(product.company_id)
            for batch in ledger._iter_provision_batches(product, as_of):
                ledger._provision_batch(product, batch, as_of)
                if not self.env["ir.cron"]._commit_progress(len(batch)):
                    return

    def _provision_batch(self, product, loans, as_of):
        """Provide for a set, or for its loans one by one if that fails."""
        self._take_step(
            loans,
            lambda own: self._provision_loans(product, own, as_of),
            lambda reason: self.env._(
                "The loss allowance could not be set: %(reason)s", reason=reason
            ),
        )
