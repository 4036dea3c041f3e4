from odoo import api, models
from odoo.exceptions import AccessError


class CarloanRecordedMixin(models.AbstractModel):
    """What buttons and jobs record as privileged code; nobody writes it by hand."""

    _name = "carloan.recorded.mixin"
    _description = "Record that nobody writes by hand"

    def _get_recorded_message(self):
        """Return who records it instead, and what to do."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        """Override: recorded by its buttons and jobs alone."""
        self._check_recorded()
        return super().create(vals_list)

    def write(self, vals):
        """Override: it stays as it was recorded."""
        self._check_recorded()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_recorded(self):
        self._check_recorded()

    def _check_recorded(self):
        if not self.env.su:
            raise AccessError(self._get_recorded_message())
