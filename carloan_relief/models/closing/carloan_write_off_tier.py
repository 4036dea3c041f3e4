from odoo import api, fields, models
from odoo.exceptions import ValidationError

ROLE_SELECTION = [("approver", "An approver"), ("manager", "A manager")]


class CarloanWriteOffTier(models.Model):
    """Who may approve a write-off, by its amount: rows of policy, dated."""

    _name = "carloan.write.off.tier"
    _description = "Authority to write off"
    _order = "amount_from, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: for every company."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    amount_from = fields.Monetary(
        string="Amount from",
        aggregator=None,
        help="This row decides on claims of so much or more, in the currency of the "
        "company, up to the next row.",
    )
    role = fields.Selection(
        ROLE_SELECTION, string="Approved by", required=True, default="approver"
    )
    second_role = fields.Selection(
        ROLE_SELECTION,
        string="And by",
        help="A second person, who is neither the first nor the proposer. Empty: one "
        "approval is enough.",
    )
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(help="Empty: still in force.")

    _amount_positive = models.Constraint(
        "CHECK (amount_from >= 0)", "The amount of a row cannot be negative."
    )

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for tier in self:
            company = tier.company_id or self.env.company
            tier.currency_id = company.currency_id

    @api.constrains("valid_from", "valid_to")
    def _check_validity(self):
        for tier in self:
            if tier.valid_to and tier.valid_to < tier.valid_from:
                raise ValidationError(
                    self.env._(
                        "Row %(row)s ends on %(end)s, before it begins on %(start)s. "
                        "Correct one of the two.",
                        row=tier.name,
                        end=tier.valid_to,
                        start=tier.valid_from,
                    )
                )

    @api.model
    def _get_for(self, company, date, amount):
        """Return the row that decides on an amount; a company's own comes first.

        :param float amount: in the currency of the company
        :return: empty where no row is in force
        """
        # sudo: the authority is the same, whoever proposes
        rows = self.sudo().search(
            [
                ("company_id", "in", (False, company.id)),
                ("valid_from", "<=", date),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", date),
            ]
        )
        own = rows.filtered("company_id") or rows
        compare = company.currency_id.compare_amounts
        fitting = own.filtered(lambda row: compare(amount, row.amount_from) >= 0)
        return fitting.sorted("amount_from")[-1:]

    def _get_roles(self):
        """Return the roles whose approval it takes, in turn."""
        self.ensure_one()
        return [role for role in (self.role, self.second_role) if role]
