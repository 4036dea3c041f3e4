from odoo import api, fields, models
from odoo.exceptions import AccessError


class CarloanPartnerRelation(models.Model):
    """Two people so close that neither may decide on the other's loan."""

    _name = "carloan.partner.relation"
    _description = "Relation between two persons"
    _order = "partner_id, other_id, id"
    _rec_name = "other_id"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, index=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "res.partner", "Related To", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("same", "The same person"),
            ("spouse", "Spouse or partner"),
            ("relative", "Relative"),
            ("household", "Same household"),
            ("business", "Business interest"),
        ],
        required=True,
        default="relative",
        help="An employee who is a customer under another contact is the same person.",
    )
    note = fields.Char()

    _pair_uniq = models.UniqueIndex(
        "(LEAST(partner_id, other_id), GREATEST(partner_id, other_id), kind)",
        "This relation is on file already.",
    )
    _two_check = models.Constraint(
        "CHECK (partner_id <> other_id)", "A relation is between two contacts."
    )

    def write(self, vals):
        """Nobody writes the own relations away."""
        self._check_not_own()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_own(self):
        self._check_not_own()

    def _check_not_own(self):
        if self.env.su:
            return
        own = self.env.user.partner_id
        for relation in self:
            if own in relation.partner_id | relation.other_id:
                raise AccessError(
                    self.env._(
                        "%(user)s may not change the own relation to %(other)s. Ask a "
                        "colleague.",
                        user=own.name,
                        other=((relation.partner_id | relation.other_id) - own).name,
                    )
                )

    def _find_related(self, partners):
        """Return the partners who have a relation with one of these, either way."""
        # sudo: who is related must be known whatever the user may read
        found_sudo = self.sudo().search(
            ["|", ("partner_id", "in", partners.ids), ("other_id", "in", partners.ids)]
        )
        return (found_sudo.partner_id | found_sudo.other_id).with_env(self.env)
