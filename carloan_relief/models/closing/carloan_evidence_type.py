from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CarloanEvidenceType(models.Model):
    """A ground on which a loan may be written off, and the papers that prove it.

    Grounds, papers, days and amounts are data: the law names kinds of evidence, the
    lender's own rules set the limits, and both change.
    """

    _name = "carloan.evidence.type"
    _description = "Ground for writing a loan off"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for every company."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    legal_basis = fields.Char(translate=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(help="Empty: still in force.")
    min_dpd = fields.Integer(
        string="Days past due, at least",
        help="The loan must be this late. 0: no matter how late.",
    )
    max_amount = fields.Monetary(
        aggregator=None,
        string="Amount, at most",
        help="Only claims up to this amount, in the currency of the company. "
        "0: no limit.",
    )
    paper_ids = fields.One2many("carloan.evidence.paper", "type_id", string="Papers")
    note = fields.Text(translate=True, help="What the approver looks at.")

    _limits_positive = models.Constraint(
        "CHECK (min_dpd >= 0 AND max_amount >= 0)",
        "Days past due and amount of a ground cannot be negative.",
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for ground in self:
            company = ground.company_id or self.env.company
            ground.currency_id = company.currency_id

    @api.constrains("valid_from", "valid_to")
    def _check_validity(self):
        for ground in self:
            if ground.valid_to and ground.valid_to < ground.valid_from:
                raise ValidationError(
                    self.env._(
                        "Ground %(ground)s ends on %(end)s, before it begins on "
                        "%(start)s. Correct one of the two.",
                        ground=ground.name,
                        end=ground.valid_to,
                        start=ground.valid_from,
                    )
                )

    def _get_unmet(self, date, dpd, amount):
        """Return in words which limits of this ground a claim does not meet.

        :param date: day of the write-off
        :param int dpd: days past due on that day
        :param float amount: claim, in the currency of the company
        """
        self.ensure_one()
        unmet = []
        if date < self.valid_from or (self.valid_to and date > self.valid_to):
            unmet.append(
                self.env._(
                    "%(ground)s is not in force on %(date)s",
                    ground=self.name,
                    date=date,
                )
            )
        if dpd < self.min_dpd:
            unmet.append(
                self.env._(
                    "%(ground)s: %(dpd)s days past due, %(needed)s are needed",
                    ground=self.name,
                    dpd=dpd,
                    needed=self.min_dpd,
                )
            )
        if (
            self.max_amount
            and self.currency_id.compare_amounts(amount, self.max_amount) > 0
        ):
            unmet.append(
                self.env._(
                    "%(ground)s: the claim of %(amount)s is above %(limit)s",
                    ground=self.name,
                    amount=amount,
                    limit=self.max_amount,
                )
            )
        return unmet
