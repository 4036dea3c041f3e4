from odoo import fields, models

FIELD_SELECTION = [
    ("loan_ref", "Loan reference"),
    ("originated", "Month of origination"),
    ("original_amount", "Amount lent"),
    ("original_term", "Original term"),
    ("annual_rate", "Annual rate"),
    ("first_payment", "Month of the first payment"),
    ("scheduled_payment", "Scheduled payment"),
    ("tape_date", "Date of the tape"),
    ("maturity", "Month of the last payment"),
    ("borrower", "Name of the borrower"),
    ("currency", "Currency"),
    ("make", "Make of the vehicle"),
    ("model", "Model of the vehicle"),
    ("condition", "New or used"),
    ("model_year", "Model year"),
    ("vehicle_value", "Value of the vehicle"),
    ("credit_score", "Credit bureau score"),
    ("payment_to_income", "Instalment to income"),
    ("state", "Region of the borrower"),
    ("month_end", "Month end"),
    ("balance", "Principal owed"),
    ("principal_paid", "Principal paid"),
    ("total_paid", "Paid in all"),
    ("recovered", "Recovered after the charge-off"),
    ("repossession_proceeds", "Proceeds of the vehicle"),
]


class CarloanTapeImportColumn(models.TransientModel):
    _name = "carloan.tape.import.column"
    _description = "Column of a loan tape"
    _order = "file, required desc, id"

    import_id = fields.Many2one(
        "carloan.tape.import", required=True, ondelete="cascade"
    )
    file = fields.Selection(
        [("loans", "Loans"), ("payments", "Payment history")],
        required=True,
        readonly=True,
    )
    field = fields.Selection(
        FIELD_SELECTION, string="What", required=True, readonly=True
    )
    required = fields.Boolean(readonly=True)
    title = fields.Char(
        string="Column of the file", help="Empty: the file has no such column."
    )
