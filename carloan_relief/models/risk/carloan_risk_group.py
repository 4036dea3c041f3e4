import ast

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanRiskGroup(models.Model):
    """A group of borrowers that must not fare worse without a reason.

    A group is used to look at outcomes only: no score ever reads it.
    """

    _name = "carloan.risk.group"
    _description = "Group of borrowers watched for fairness"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: every company.")
    domain = fields.Char(
        string="Borrowers",
        required=True,
        default="[]",
        help="Who belongs to the group; the others are compared with it.",
    )
    note = fields.Text(help="Why the group is watched.")

    @api.constrains("domain")
    def _check_domain(self):
        """Refuse a filter that does not read as one."""
        for group in self:
            try:
                self.env["res.partner"].search_count(group._get_domain(), limit=1)
            except (ValueError, SyntaxError, KeyError, TypeError) as error:
                raise ValidationError(
                    self.env._(
                        "Group %(group)s: the filter %(filter)s cannot be read "
                        "(%(error)s). Build it with the filter editor.",
                        group=group.name,
                        filter=group.domain,
                        error=error,
                    )
                ) from error

    def _get_domain(self):
        """Return the filter on partners as a list."""
        return list(ast.literal_eval(self.domain or "[]"))

    def _get_members(self, partner_ids):
        """Return the ids among ``partner_ids`` that belong to the group."""
        # sudo: who is counted must not depend on who starts the count
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        found = partners.search([("id", "in", partner_ids), *self._get_domain()])
        return set(found.ids)
