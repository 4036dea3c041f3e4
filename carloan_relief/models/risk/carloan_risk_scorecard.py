from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.risk import scorecard


class CarloanRiskScorecard(models.Model):
    """A table of points that anyone may read, and an analyst may change."""

    _name = "carloan.risk.scorecard"
    _description = "Risk scorecard"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first active scorecard is used.")
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: for every company without a scorecard of its own."
    )
    base_points = fields.Float(
        default=600.0, tracking=True, help="Points of a loan before any bin counts."
    )
    base_odds = fields.Float(
        default=30.0,
        tracking=True,
        help="Good loans for one bad loan at the base points.",
    )
    points_to_double = fields.Float(
        string="Points that double the odds", default=40.0, tracking=True
    )
    depreciation = fields.Float(
        string="Yearly depreciation",
        default=0.15,
        tracking=True,
        help="Share of its value that a vehicle loses in a year after a valuation.",
    )
    bin_ids = fields.One2many(
        "carloan.risk.scorecard.bin", "scorecard_id", string="Points", copy=True
    )
    assessment_count = fields.Integer(compute="_compute_assessment_count")
    note = fields.Text(
        translate=True, help="What the card was built on, and its limits."
    )

    _scale = models.Constraint(
        "CHECK (base_odds > 0 AND points_to_double > 0)",
        "The base odds and the points that double the odds must be above zero.",
    )
    _depreciation_share = models.Constraint(
        "CHECK (depreciation >= 0 AND depreciation < 1)",
        "The yearly depreciation is a share between 0 and 1, such as 0.15.",
    )

    def _compute_assessment_count(self):
        counts = dict(
            self.env["carloan.risk.assessment"]._read_group(
                [("scorecard_id", "in", self.ids)], ["scorecard_id"], ["__count"]
            )
        )
        for card in self:
            card.assessment_count = counts.get(card, 0)

    @api.model
    def _get_for_company(self, company):
        """Return the scorecard in use in a company.

        :raise UserError: when there is none
        """
        card = self.search(
            [("company_id", "in", (company.id, False))],
            order="company_id, sequence, id",
            limit=1,
        )
        if not card.bin_ids:
            raise UserError(
                self.env._(
                    "Company %(company)s has no active scorecard with points. Open Car "
                    "Loans > Configuration > Scorecards and activate or fill one.",
                    company=company.display_name,
                )
            )
        return card

    def _get_engine_card(self):
        """Return the card as the engine reads it."""
        self.ensure_one()
        return scorecard.Card.of(
            [
                (row.feature, row._get_lower(), row._get_upper(), row.points, row.id)
                for row in self.bin_ids
            ],
            base_points=self.base_points,
            base_odds=self.base_odds,
            points_to_double=self.points_to_double,
            offset=self.base_points,
        )
