"""Fields that the moves of a case alone write, beside those of the case itself."""

from odoo import api, models
from odoo.exceptions import AccessError

from ..relief.relief_request import MOVE_FIELDS


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    @api.model
    def _get_move_fields(self):
        """Return the names of fields that no form and no RPC call may write.

        Every concern adds its own by super.
        """
        return MOVE_FIELDS | {"expiry_at", "cooling_off_until", "document_ids"}

    @api.model_create_multi
    def create(self, vals_list):
        """Leave out what a form may not say, nor a default of the context."""
        if self.env.su:
            return super().create(vals_list)
        closed = self._get_move_fields()
        vals_list = [
            {name: value for name, value in vals.items() if name not in closed}
            for vals in vals_list
        ]
        context = {
            key: value
            for key, value in self.env.context.items()
            if not (key.startswith("default_") and key[8:] in closed)
        }
        # the whole context anew: what is left out must not come back
        plain = self.with_context(context)  # pylint: disable=context-overridden
        made = super(CarloanReliefRequest, plain).create(vals_list)
        return made.with_env(self.env)

    def write(self, vals):
        """Guard what only the moves of the case may write."""
        closed = (self._get_move_fields() - MOVE_FIELDS) & set(vals)
        if not self.env.su and closed:
            raise AccessError(
                self.env._(
                    "%(fields)s of a relief request are set by its buttons, not by "
                    "writing them. Nothing was changed on %(request)s.",
                    fields=", ".join(sorted(closed)),
                    request=", ".join(self.mapped("display_name")),
                )
            )
        return super().write(vals)
