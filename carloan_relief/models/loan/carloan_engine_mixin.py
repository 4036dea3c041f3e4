from odoo import models


class CarloanEngineMixin(models.AbstractModel):
    """Where records meet the engine: money crosses as whole minor units.

    The engine computes on int64 minor units (cents); Odoo keeps floats rounded
    to the currency. Both directions go through here, so that no other place
    multiplies or divides by a power of ten.
    """

    _name = "carloan.engine.mixin"
    _description = "Conversion between records and the car-loan engine"

    def _get_minor_factor(self):
        """Return how many minor units make one unit of the currency."""
        currency = self.currency_id[:1] or self.env.company.currency_id
        return 10**currency.decimal_places

    def _to_minor(self, amounts):
        """Turn a list of amounts into a list of whole minor units."""
        factor = self._get_minor_factor()
        # a stored amount is a rounded decimal, so round() only undoes the binary
        # error of the float: it never decides a half cent
        return [round((amount or 0.0) * factor) for amount in amounts]

    def _from_minor(self, minor):
        """Turn a list of minor units into a list of amounts."""
        factor = self._get_minor_factor()
        return [int(value) / factor for value in minor]
