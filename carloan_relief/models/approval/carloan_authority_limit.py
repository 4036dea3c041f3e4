from odoo import api, fields, models

MEASURES = [
    ("concession", "Concession (present value)"),
    ("principal", "Principal forgiven"),
    ("instalments", "Instalments added"),
    ("dpd", "Days past due"),
    ("count", "Number of reliefs"),
]
MONEY = ("concession", "principal")


class CarloanAuthorityLimit(models.Model):
    """How much a tier may decide for one borrower, counted over a window.

    What passes the limit of a tier climbs to the next one. No row is no limit.
    """

    _name = "carloan.authority.limit"
    _description = "Limit of authority"
    _order = "definition_id, measure, id"

    definition_id = fields.Many2one(
        "tier.definition", "Tier", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="definition_id.company_id", store=True)
    measure = fields.Selection(MEASURES, required=True, default="concession")
    most = fields.Float(
        "Limit",
        digits=(16, 2),
        required=True,
        help="Most that the tier may decide for one borrower: an amount in the "
        "currency of the company, or a number. 0: nothing at all.",
    )
    window_months = fields.Integer(
        "Counted Over (Months)",
        default=12,
        required=True,
        help="Reliefs of the borrower that became active in so many months count, and "
        "whatever is being decided, so that one large case is not cut into small "
        "ones. Days past due are those of the case alone.",
    )

    _measure_uniq = models.UniqueIndex(
        "(definition_id, measure)", "A tier has one limit of each kind."
    )
    _limit_check = models.Constraint(
        "CHECK (most >= 0 AND window_months > 0)",
        "A limit of authority is not negative, and is counted over a month at least.",
    )

    @api.depends("measure", "definition_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for limit in self:
            limit.display_name = f"{limit.definition_id.name}: {labels[limit.measure]}"
