from odoo import fields, models
from odoo.exceptions import UserError

PURPOSE_SELECTION = [
    ("private", "Private"),
    ("commute", "Way to work"),
    ("business", "Own business"),
    ("ride_hailing", "Ride-hailing"),
    ("goods", "Carrying goods"),
    ("rental", "Renting out"),
    ("other", "Other"),
]


class CarloanLoan(models.Model):
    """What risk knows of a loan beside its terms; loans kept for their past alone."""

    _inherit = "carloan.loan"

    # readonly: nobody is offered what `write` refuses
    active = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="Not active: kept for its payment history alone; it never was in these "
        "books. Only an import makes such loans.",
    )
    purpose = fields.Selection(
        PURPOSE_SELECTION,
        string="Purpose of the car",
        tracking=True,
        help="What the borrower uses the car for; earning money with it carries more "
        "risk.",
    )
    contact_ids = fields.One2many("carloan.contact", "loan_id", string="Contacts")
    contact_count = fields.Integer(compute="_compute_contact_count")
    history_end = fields.Selection(
        [
            ("repaid", "Repaid"),
            ("charged_off", "Charged off"),
            ("stopped", "No more reported"),
        ],
        string="How it ended elsewhere",
        readonly=True,
        copy=False,
    )
    history_end_date = fields.Date(
        string="Ended elsewhere on", readonly=True, copy=False
    )

    def _read_owing(self, as_of):
        """Return (ids, principal owed, days past due) of loans in the books on a day.

        Of the position only what risk needs: a register that was brought up to date
        later than the day cannot stand in the way of the past.
        """
        rows = self._read_position_rows(as_of)
        owed = [
            (row["principal"] + row["overdue_principal"]) / 10 ** row["digits"]
            for row in rows
        ]
        dpd = self._get_dpd([row["oldest_due_date"] for row in rows], as_of)
        return [row["id"] for row in rows], owed, dpd.tolist()

    def _compute_contact_count(self):
        counts = dict(
            self.env["carloan.contact"]._read_group(
                [("loan_id", "in", self.ids)], ["loan_id"], ["__count"]
            )
        )
        for loan in self:
            loan.contact_count = counts.get(loan, 0)

    def action_view_contacts(self):
        """Open the contacts about this loan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_contact_action"
        )
        action["domain"] = [("loan_id", "=", self.id)]
        action["context"] = {"default_loan_id": self.id}
        return action

    def write(self, vals):
        """Override: a loan in the books cannot be hidden from those who look at it."""
        if "active" in vals and not self.env.su:
            raise UserError(
                self.env._(
                    "A loan cannot be archived or brought back: it leaves the lists "
                    "when it is closed, and loans that are kept for their history "
                    "alone stay apart."
                )
            )
        return super().write(vals)
