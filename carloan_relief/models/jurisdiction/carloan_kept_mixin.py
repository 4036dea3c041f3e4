from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanKeptMixin(models.AbstractModel):
    """Dated policy that stays as it was once something rests on it.

    A change is a copy with a later first day, so that every old figure can still be
    proved by what was in force then.
    """

    _name = "carloan.kept.mixin"
    _description = "Dated policy that is kept once it was used"

    #: Fields that may change all the same: they say what it is, not what it does.
    _kept_free = ("name", "note", "message_follower_ids")

    def _count_uses(self):
        """Return {record: how much rests on it}; what is left out is unused."""
        raise NotImplementedError

    def _get_used_message(self, count):
        """Return why this record stays as it is."""
        raise NotImplementedError

    def write(self, vals):
        """Override to keep what other figures must be proved from."""
        if set(vals) - set(self._kept_free):
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        self._check_unused()

    def _check_unused(self):
        """Refuse to change what something rests on."""
        uses = self._count_uses() if self else {}
        for record in self:
            if uses.get(record):
                raise UserError(record._get_used_message(uses[record]))

    def copy_data(self, default=None):
        """Override to let a copy begin today: two of one day are refused."""
        default = dict(default or {})
        default.setdefault("valid_from", fields.Date.context_today(self))
        return super().copy_data(default)


class CarloanKeptRowMixin(models.AbstractModel):
    """A row of such a policy: part of it, so it stays as well."""

    _name = "carloan.kept.row.mixin"
    _description = "Row of a dated policy that is kept once it was used"

    #: Name of the field that leads to the policy.
    _kept_parent = "policy_id"

    @api.model_create_multi
    def create(self, vals_list):
        """Override to add no row to a policy that was used."""
        rows = super().create(vals_list)
        rows[self._kept_parent]._check_unused()
        return rows

    def write(self, vals):
        """Override to change no row of a policy that was used, nor move one to it."""
        self[self._kept_parent]._check_unused()
        result = super().write(vals)
        if self._kept_parent in vals:
            self[self._kept_parent]._check_unused()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        self[self._kept_parent]._check_unused()
