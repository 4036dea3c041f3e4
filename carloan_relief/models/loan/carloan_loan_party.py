from odoo import fields, models


class CarloanLoanParty(models.Model):
    """A person beside the borrower whose consent a change of the loan needs."""

    _name = "carloan.loan.party"
    _description = "Party of a car loan"
    _order = "loan_id, role, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="loan_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, index=True, check_company=True
    )
    role = fields.Selection(
        [
            ("co_borrower", "Co-borrower"),
            ("guarantor", "Guarantor"),
            ("mortgagor", "Mortgagor"),
        ],
        required=True,
        default="co_borrower",
    )

    _role_uniq = models.UniqueIndex(
        "(loan_id, partner_id, role)",
        "This person already has that role on the loan.",
    )
