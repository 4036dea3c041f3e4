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
    #: What rests on such a policy: model, and name of its field to the policy.
    _kept_use = ("", "policy_id")

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: for every company that has none of its own.",
    )
    valid_from = fields.Date(required=True, default=fields.Date.context_today)

    def _count_uses(self):
        """Return {record: how much rests on it}; what is left out is unused."""
        model, name = self._kept_use
        return self._count_references(model, name)

    def _count_references(self, model, name):
        """Return {policy: number of records of a model whose field leads to it}."""
        # sudo: the number alone, whatever the reader may see
        users_sudo = self.env[model].sudo()
        return dict(
            users_sudo._read_group([(name, "in", self.ids)], [name], ["__count"])
        )

    @api.model
    def _find_in_force(self, company, day, domain=()):
        """Return what fits a company on a day, the closest and latest last.

        :param domain: what else it must fit
        """
        return self.search(
            [
                *domain,
                ("company_id", "in", [False, company.id]),
                ("valid_from", "<=", day),
            ]
        ).sorted(lambda policy: (bool(policy.company_id), policy.valid_from))

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
