from odoo import fields, models

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

    def _get_suspended_part(self):
        """Return the interest that goes to the register when this is billed.

        Interest that joins the principal is no claim of its own, so nothing of it
        can be suspended.
        """
        self.ensure_one()
        if not self.loan_id.suspended_since or self.principal < 0:
            return 0.0
        return self.currency_id.round(self.interest - self.carried)

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
