from odoo import fields, models

from .columns import KINDS


class CarloanRollforwardLine(models.TransientModel):
    """The balance of one loan from opening to closing, by what moved it."""

    _name = "carloan.rollforward.line"
    _description = "Line of a roll-forward"
    _transient_max_hours = 12.0
    _order = "loan_id, id"
    _rec_name = "loan_id"

    report_id = fields.Many2one(
        "carloan.rollforward", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(related="report_id.kind")
    loan_id = fields.Many2one("carloan.loan", readonly=True, ondelete="cascade")
    product_id = fields.Many2one("carloan.product", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Borrower", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    part = fields.Selection(
        [
            ("principal", "Not yet due"),
            ("principal_due", "Due"),
            ("credit", "Borrower's credit"),
            ("interest_adjustment", "Interest adjustment"),
            ("allowance", "Loss allowance"),
        ],
        readonly=True,
    )
    opening = fields.Monetary(readonly=True)
    disbursed = fields.Monetary(readonly=True)
    opened = fields.Monetary(string="Imported", readonly=True)
    billed = fields.Monetary(
        string="Fallen due",
        readonly=True,
        help="Leaves what is not yet due and joins what is due: together zero.",
    )
    repaid = fields.Monetary(readonly=True)
    refunded = fields.Monetary(
        string="Paid back",
        readonly=True,
        help="Credit that went back to the borrower, or to who paid it.",
    )
    capitalised = fields.Monetary(readonly=True)
    forgiven = fields.Monetary(readonly=True)
    waived = fields.Monetary(readonly=True)
    written_off = fields.Monetary(readonly=True)
    recovered = fields.Monetary(
        readonly=True, help="Written off or waived before, and in the books again."
    )
    repossessed = fields.Monetary(string="Vehicle taken", readonly=True)
    exchange = fields.Monetary(string="Exchange differences", readonly=True)
    modified = fields.Monetary(string="Modifications", readonly=True)
    unwound = fields.Monetary(string="Returned to income", readonly=True)
    charged = fields.Monetary(readonly=True)
    released = fields.Monetary(readonly=True)
    stage3 = fields.Monetary(string="Stage-3 interest", readonly=True)
    other = fields.Monetary(readonly=True)
    closing = fields.Monetary(readonly=True)

    def action_view_items(self):
        """Open the journal items behind the movements of this line."""
        self.ensure_one()
        self.check_access("read")
        report = self.report_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_line_carloan_action"
        )
        action["domain"] = [
            ("carloan_loan_id", "=", self.loan_id.id),
            ("carloan_role", "in", KINDS[report.kind][0]),
            ("parent_state", "=", "posted"),
            ("company_id", "=", self.company_id.id),
            ("date", ">=", report.date_from),
            ("date", "<=", report.date_to),
            *self._get_part_domain(),
        ]
        action["context"] = {}
        return action

    def _get_part_domain(self):
        """Return what tells the parts of one account apart."""
        if self.part == "credit":
            return [
                ("carloan_role", "=", "principal_due"),
                ("carloan_component", "=", False),
            ]
        if self.part == "principal_due":
            return [
                ("carloan_role", "=", "principal_due"),
                ("carloan_component", "!=", False),
            ]
        return [("carloan_role", "=", self.part)]
