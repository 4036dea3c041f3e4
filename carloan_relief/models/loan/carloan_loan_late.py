"""What a contract agrees on late payment: penalties, and what money pays first."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .selections import ALLOCATION_MODE_SELECTION, COMPONENT_SELECTION

# terms of the contract when money comes late, by their names on the product
LATE_TERMS = {
    "penalty_rate": "penalty_rate",
    "penalty_uplift": "penalty_uplift",
    # a loan has an amount of the name that the product uses
    "overdue_bears_interest": "overdue_interest",
    "grace_days": "grace_days",
    "penalty_cap": "penalty_cap",
    "allocation_order": "allocation_order",
    "allocation_mode": "allocation_mode",
    "principal_first_days": "principal_first_days",
}
AGREED = {
    "compute": "_compute_late_terms",
    "store": True,
    "readonly": False,
    "precompute": True,
}


def split_order(text):
    """Return an allocation order as a tuple of component codes."""
    return tuple(part.strip() for part in (text or "").split(","))


def is_order(text):
    """Tell whether an allocation order names each component once."""
    return sorted(split_order(text)) == sorted(code for code, _ in COMPONENT_SELECTION)


class CarloanLoan(models.Model):
    """Terms when late: the product proposes them, the contract fixes them.

    What was signed holds to the end of the loan, for days not yet charged too. How
    often the night charges, and when interest is no income any more, is no term of the
    contract but a policy of the company: that stays on the product.
    """

    _inherit = "carloan.loan"

    penalty_rate = fields.Float(
        **AGREED,
        digits=(10, 8),
        help="Rate a year on overdue amounts, as agreed: 10.8 % is 0.108.",
    )
    penalty_uplift = fields.Float(
        string="Penalty above the contract rate",
        **AGREED,
        digits=(10, 8),
        help="Share by which the penalty rate exceeds the rate of the loan in force. "
        "It takes the place of the penalty rate; 0: the penalty rate holds.",
    )
    overdue_bears_interest = fields.Boolean(
        string="Overdue principal bears interest",
        **AGREED,
        help="Overdue principal goes on bearing the interest of the contract from its "
        "due date on; the penalty comes on top of it.",
    )
    grace_days = fields.Integer(
        **AGREED, help="Days after the due date before penalties are charged."
    )
    penalty_cap = fields.Float(
        **AGREED,
        digits=(10, 8),
        help="Penalties on one instalment never exceed this share of its principal. "
        "0: no cap.",
    )
    allocation_order = fields.Char(
        **AGREED,
        required=True,
        help="Order in which a repayment pays the components, separated by commas.",
    )
    allocation_mode = fields.Selection(
        ALLOCATION_MODE_SELECTION, **AGREED, required=True
    )
    principal_first_days = fields.Integer(
        string="Principal first when later than (days)",
        **AGREED,
        help="As agreed in the contract: when the loan is more days past due than "
        "this, money pays all principal due before anything else. 0: never.",
    )

    _late_terms_positive = models.Constraint(
        "CHECK (penalty_uplift >= 0 AND penalty_cap >= 0 AND grace_days >= 0"
        " AND principal_first_days >= 0)",
        "Uplift, cap and days of a loan cannot be negative.",
    )

    @api.depends("product_id")
    def _compute_late_terms(self):
        for loan in self:
            for name, source in LATE_TERMS.items():
                # draft only: a signed loan never follows its product
                if loan.state in (False, "draft") and loan.product_id:
                    loan[name] = loan.product_id[source]
                else:
                    loan[name] = loan[name]

    @api.constrains("penalty_rate")
    def _check_penalty_rate(self):
        for loan in self:
            if not 0.0 <= loan.penalty_rate <= 1.0:
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: a penalty rate of %(rate)s %% a year is "
                        "outside 0 to 100 %%. Enter the rate as a fraction: 0.108 for "
                        "10.8 %%.",
                        loan=loan._get_label(),
                        rate=f"{loan.penalty_rate * 100:g}",
                    )
                )

    @api.constrains("allocation_order")
    def _check_allocation_order(self):
        for loan in self:
            if not is_order(loan.allocation_order):
                raise ValidationError(
                    self.env._(
                        "Loan %(loan)s: the allocation order %(order)s must name fee, "
                        "penalty, interest and principal once each, separated by "
                        "commas.",
                        loan=loan._get_label(),
                        order=loan.allocation_order,
                    )
                )

    def _get_allocation_rule(self):
        """Return the agreed order of this loan, as the engine takes it."""
        self.ensure_one()
        return {
            "order": split_order(self.allocation_order),
            "mode": self.allocation_mode,
            "late_days": self.principal_first_days,
        }
