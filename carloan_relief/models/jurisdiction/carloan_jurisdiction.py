from odoo import api, fields, models
from odoo.exceptions import UserError


class CarloanJurisdiction(models.Model):
    """A body of rules: the law of a country or union, a standard, or the house."""

    _name = "carloan.jurisdiction"
    _description = "Jurisdiction"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="What the codes of its rules begin with.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="A company in one of them is under this law unless it says otherwise.",
    )
    is_law = fields.Boolean(
        "Law of a Place",
        default=True,
        help="Off for standards and rules of the house, which hold everywhere.",
    )
    note = fields.Text(translate=True)
    rule_ids = fields.One2many("carloan.jurisdiction.rule", "jurisdiction_id")
    rule_count = fields.Integer(compute="_compute_counts")
    unconfirmed_count = fields.Integer("To Be Confirmed", compute="_compute_counts")

    _code_uniq = models.Constraint(
        "UNIQUE (code)", "Another jurisdiction already has this code."
    )

    def _compute_counts(self):
        groups = self.env["carloan.jurisdiction.rule"]._read_group(
            [("jurisdiction_id", "in", self.ids)],
            ["jurisdiction_id", "confirmed"],
            ["__count"],
        )
        counts = {(place, sure): number for place, sure, number in groups}
        for place in self:
            unsure = counts.get((place, False), 0)
            place.unconfirmed_count = unsure
            place.rule_count = unsure + counts.get((place, True), 0)

    def write(self, vals):
        """A law in force keeps its code and its place among the laws.

        The engine finds the law by its code: without it no cap would hold.
        """
        kept = {
            name: vals[name] for name in ("code", "active", "is_law") if name in vals
        }
        if not self.env.su and kept:
            self._check_not_in_force(kept)
        return super().write(vals)

    def _check_not_in_force(self, vals):
        """Refuse to rename or put away a law that has approved rules."""
        approved = self.rule_ids.filtered(lambda rule: rule.state == "approved")
        for place in approved.jurisdiction_id:
            if any(place[name] != value for name, value in vals.items()):
                raise UserError(
                    self.env._(
                        "%(jurisdiction)s has rules in force and keeps its code, and "
                        "is not archived. End a rule by New Value, with the number "
                        "that holds instead.",
                        jurisdiction=place.name,
                    )
                )

    @api.model
    def _get_for_country(self, country):
        """Return the law of a country; China's where no law is kept for it."""
        # sudo: which law holds is no secret, whoever makes a company
        places_sudo = self.sudo().search([("is_law", "=", True)])
        found_sudo = places_sudo.filtered(lambda place: country in place.country_ids)
        return found_sudo[:1] or places_sudo[:1]

    def action_view_rules(self):
        """Open the rules of this jurisdiction."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_jurisdiction_rule_action"
        )
        return dict(
            action,
            domain=[("jurisdiction_id", "=", self.id)],
            context={"default_jurisdiction_id": self.id},
        )
