from odoo import fields, models


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

    def _find_related(self, partners):
        """Return the partners who have a relation with one of these, either way."""
        # sudo: who is related must be known whatever the user may read
        found_sudo = self.sudo().search(
            ["|", ("partner_id", "in", partners.ids), ("other_id", "in", partners.ids)]
        )
        return (found_sudo.partner_id | found_sudo.other_id).with_env(self.env)
