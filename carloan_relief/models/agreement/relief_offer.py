from odoo import models


class CarloanReliefOffer(models.Model):
    _inherit = "carloan.relief.offer"

    def _get_sentences(self):
        """Return what the plan changes, one sentence each, for a document."""
        self.ensure_one()
        plan = self.plan or ()
        return [self._get_measure_text(one, self.currency_id) for one in plan]

    def _get_money_rows(self):
        """Return the frozen rows of the plan with amounts as texts."""
        self.ensure_one()
        digits = self.currency_id.decimal_places
        names = ("instalment", "principal", "interest", "fee", "balance")
        return [
            {
                name: self.currency_id.format(value / 10**digits)
                if name in names
                else value
                for name, value in row.items()
            }
            for row in self.rows or ()
        ]
