from odoo import api, models
from odoo.exceptions import ValidationError

from ...engine.money import MAX_MINOR


class CarloanEngineMixin(models.AbstractModel):
    """Where records meet the engine: money crosses as whole minor units.

    The engine computes on int64 minor units (cents); Odoo keeps floats rounded
    to the currency. Both directions go through here, so that no other place
    multiplies or divides by a power of ten.
    """

    _name = "carloan.engine.mixin"
    _description = "Conversion between records and the car-loan engine"
    # names of the amounts that people enter and the engine works with
    _limited_amounts = ()

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

    @api.constrains(lambda self: self._limited_amounts)
    def _check_limited_amounts(self):
        for record in self:
            for name in self._limited_amounts:
                label = self._fields[name]._description_string(self.env)
                record._check_amount_limit(label, record[name])

    def _check_amount_limit(self, label, amount):
        """Refuse an amount beyond what the engine keeps to the last minor unit.

        :param str label: what the amount is, in words
        """
        limit = MAX_MINOR / self._get_minor_factor()
        if abs(amount) > limit:
            currency = self.currency_id[:1] or self.env.company.currency_id
            raise ValidationError(
                self.env._(
                    "%(record)s: %(label)s of %(amount)s is too much. Amounts up to "
                    "%(limit)s are kept exactly: look for a digit too many.",
                    record=self.display_name
                    or self.env["ir.model"]._get(self._name).name,
                    label=label,
                    amount=currency.format(amount),
                    limit=currency.format(limit),
                )
            )
