from odoo import fields, models

from ...engine import suspension

# registers of what is owed outside the books
KINDS = ("suspended", "written_off")


class CarloanInstalment(models.Model):
    """What an instalment asks for in the books, and what it asks for beside them."""

    _inherit = "carloan.instalment"

    carloan_memo_ids = fields.One2many("carloan.memo", "instalment_id")
    carried = fields.Monetary(
        readonly=True,
        copy=False,
        help="Interest owed since before a relief and collected with this instalment: "
        "it was billed then, and is not billed again.",
    )
    suspended = fields.Monetary(
        readonly=True,
        copy=False,
        help="Interest that this instalment asks for and that is no income: it stands "
        "in the memo register.",
    )

    def _get_amount_in_books(self):
        """Return what the bill of this instalment claims."""
        self.ensure_one()
        amount = self.amount - self.carried - self.suspended
        return self.currency_id.round(amount)

    def _set_suspended(self):
        """Note what these instalments of suspended loans keep out of income."""
        for line in self:
            loan = line.loan_id
            names = ("principal", "interest", "carried", "unwind")
            register, _joins, unearned = suspension.of_bill(
                *([amount] for amount in loan._to_minor([line[n] for n in names]))
            )
            amounts = (int(register[0]), int(unearned[0]))
            line.suspended, line.unearned = loan._from_minor(amounts)

    def _get_residuals(self):
        """Override: what is suspended or was written off is due all the same."""
        residuals = super()._get_residuals()
        outside = self.env["carloan.memo"]._read_group(
            [("instalment_id", "in", self.ids), ("kind", "in", KINDS)],
            ["instalment_id"],
            ["amount:sum"],
        )
        for line, amount in outside:
            residuals[line] = line.currency_id.round(residuals.get(line, 0.0) + amount)
        return residuals
