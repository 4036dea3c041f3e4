from odoo import fields, models
from odoo.tools import SQL

# what the bills of the schedule in force kept out of income, and nothing released yet
UNEARNED_QUERY = """
    SELECT inst.loan_id, inst.id
      FROM carloan_instalment inst
      JOIN carloan_loan loan ON loan.schedule_id = inst.schedule_id
     WHERE loan.id IN %(ids)s AND inst.state = 'billed'
       AND inst.unearned != 0 AND inst.unearned_released IS NOT TRUE
     ORDER BY inst.loan_id, inst.id
"""


class CarloanInstalment(models.Model):
    """Income that an instalment would bring and that stays in the adjustment."""

    _inherit = "carloan.instalment"

    unearned = fields.Monetary(
        string="Kept out of income",
        readonly=True,
        copy=False,
        help="Interest that joined the principal, and unwinding of a modification, "
        "while interest was suspended: it stands in the interest adjustment until the "
        "loan is cured.",
    )
    unearned_released = fields.Boolean(
        string="Income since the cure", readonly=True, copy=False
    )


class CarloanLedger(models.AbstractModel):
    """Income kept in the interest adjustment while a loan is suspended."""

    _inherit = "carloan.ledger"

    def _find_unearned(self, loans):
        """Return {loan: instalments} whose bills kept something out of income."""
        if not loans:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(SQL(UNEARNED_QUERY, ids=tuple(loans.ids)))
        # sudo: what is income follows from the policy, whoever looks
        lines_sudo = self.env["carloan.instalment"].sudo()
        lines_sudo = lines_sudo.browse([line_id for _loan_id, line_id in rows])
        return lines_sudo.grouped("loan_id")

    @staticmethod
    def _get_unearned_key(rows):
        """Return what tells a release from one that an undone bill had before."""
        return "".join(f":{row.id}.{row.undo_count}" for row in rows[-1:])

    def _get_unearned_amounts(self, loan, rows, date):
        """Return the engine's amounts that bring back what was kept out of income.

        Interest that joined the principal bears its tax when it is income; the
        unwinding of a modification bears none.
        """
        unearned = sum(loan._to_minor(rows.mapped("unearned")))
        joined = sum(loan._to_minor([max(-row.principal, 0.0) for row in rows]))
        taxes = self._add_vat(
            loan.product_id, date, {"interest": joined}, ("interest",)
        )
        return {"unearned": unearned, "unearned_vat": taxes.get("interest", 0)}

    def _release_unearned(self, rows_by_loan):
        """Note that what was kept out of income has become income."""
        rows = self.env["carloan.instalment"].sudo().union(*rows_by_loan.values())
        rows.write({"unearned_released": True})

    def _retract_unearned(self, line, date):
        """Take back what a bill brought to income on a cure: the bill is undone."""
        if not line.unearned_released:
            return self.env["account.move"]
        loan = line.loan_id
        amounts = self._get_unearned_amounts(loan, line, date)
        return self._post_events(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "key": f"unearned:{line.id}:{line.undo_count}",
                    "date": date,
                    "amounts": {name: -amount for name, amount in amounts.items()},
                }
            ]
        )
