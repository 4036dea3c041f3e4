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
    reference = fields.Selection(
        [("max", "The best value"), ("mean", "The average loan")],
        string="Reasons against",
        default="max",
        required=True,
        tracking=True,
        help="A reason is what costs points against the best range of a feature, or "
        "against the average loan. The two disagree for many borrowers; what was in "
        "force is stored with each assessment.",
    )
    shares_date = fields.Date(
        string="Book measured on",
        readonly=True,
        copy=False,
        help="When the share of the loans in each range was measured, which the "
        "average loan is made of.",
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

    def action_measure(self):
        """Measure the share of the company's active loans in each range."""
        self.ensure_one()
        self.check_access("write")
        company = self.company_id or self.env.company
        # sudo: an analyst measures the whole book, whatever team a loan is of
        loans_sudo = self.env["carloan.loan"].sudo()
        loans_sudo = loans_sudo.search(
            [("company_id", "=", company.id), ("state", "=", "active")]
        )
        if not loans_sudo:
            raise UserError(
                self.env._(
                    "%(company)s has no active loan to measure. Reasons against the "
                    "average count each range alike until it has.",
                    company=company.display_name,
                )
            )
        today = fields.Date.context_today(self)
        features = (
            self.env["carloan.risk.features"]
            .sudo()
            ._gather(loans_sudo, today, self.depreciation)
        )
        share = scorecard.shares(features, self._get_engine_card())
        for row, part in zip(self.bin_ids, share.tolist(), strict=True):
            row.share = part
        self.shares_date = today
        return True

    def _get_engine_card(self):
        """Return the card as the engine reads it."""
        self.ensure_one()
        bins = [
            scorecard.Bin(
                row.feature, row._get_lower(), row._get_upper(), row.points, row.id
            )
            for row in self.bin_ids
        ]
        return scorecard.Card.of(
            bins,
            base_points=self.base_points,
            base_odds=self.base_odds,
            points_to_double=self.points_to_double,
            offset=self.base_points,
            reference=self.reference,
            averages=scorecard.averages_of(bins, self.bin_ids.mapped("share")),
        )
