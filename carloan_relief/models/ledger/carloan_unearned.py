from odoo import fields, models
from odoo.tools import SQL

from ...engine import suspension, vat

# what the bills that count kept out of income: what nothing released yet, or what the
# last cure did
UNEARNED_QUERY = """
    SELECT inst.loan_id, inst.id
      FROM carloan_instalment inst
      JOIN carloan_loan loan ON loan.id = inst.loan_id
      JOIN carloan_schedule active ON active.id = loan.schedule_id
     WHERE loan.id IN %(ids)s AND inst.state = 'billed'
       AND inst.schedule_id = COALESCE(active.unearned_schedule_id, active.id)
       AND inst.unearned != 0
       AND CASE WHEN %(released)s THEN inst.unearned_released_on = loan.resumed_on
                ELSE inst.unearned_released_on IS NULL END
     ORDER BY inst.loan_id, inst.id
"""


class CarloanSchedule(models.Model):
    """A schedule without instalments, and what those before it kept out of income."""

    _inherit = "carloan.schedule"

    unearned_schedule_id = fields.Many2one(
        "carloan.schedule",
        string="Income kept by the bills of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="A relief after the last instalment has none of its own that what stands "
        "in the interest adjustment could return to income with: it waits for the "
        "cure with the bills of this version, as before.",
    )

    def _get_unearned_link(self, revised, index):
        """Return the values of the schedule of a relief that follows this one.

        With an instalment to come, the new schedule unwinds the whole adjustment; with
        none before and after, the adjustment stays with the bills that made it.

        :param Revised revised: engine result, `index` the row of this loan
        """
        coming = self.instalment_ids.filtered(
            lambda line: line.state in ("planned", "drafted")
        )
        if coming or revised.after.count[index]:
            return {}
        return {"unearned_schedule_id": (self.unearned_schedule_id or self).id}


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
    unearned_released_on = fields.Date(
        string="Income since the cure of", readonly=True, copy=False
    )


class CarloanLedger(models.AbstractModel):
    """Income kept in the interest adjustment while a loan is suspended."""

    _inherit = "carloan.ledger"

    def _find_unearned(self, loans, released=False):
        """Return {loan: instalments} whose bills kept something out of income.

        :param bool released: those of which the last cure made income, instead of
            those that wait for one
        """
        if not loans:
            return {}
        self.env.flush_all()
        query = SQL(UNEARNED_QUERY, ids=tuple(loans.ids), released=released)
        rows = self.env.execute_query(query)
        # sudo: what is income follows from the policy, whoever looks
        lines_sudo = self.env["carloan.instalment"].sudo()
        lines_sudo = lines_sudo.browse([line_id for _loan_id, line_id in rows])
        return lines_sudo.grouped("loan_id")

    def _get_unearned_amounts(self, loan, rows, date):
        """Return the engine's amounts that bring back what was kept out of income.

        Interest that joined the principal bears its tax when it is income; the
        unwinding of a modification bears none.
        """
        unearned = sum(loan._to_minor(rows.mapped("unearned")))
        rate, _days = self._get_vat(loan.product_id, date)
        # row by row: one of them may be undone alone
        amounts = (loan._to_minor(rows.mapped(n)) for n in ("principal", "interest"))
        _register, joined, _unearned = suspension.of_bill(*amounts, 0, 0)
        tax = vat.included(joined, rate).sum() if rate else 0
        return {"unearned": unearned, "unearned_vat": int(tax)}

    def _release_unearned(self, rows_by_loan, date):
        """Note that what was kept out of income has become income."""
        # sudo: what is income is written by the ledger alone
        rows = self.env["carloan.instalment"].sudo().union(*rows_by_loan.values())
        rows.write({"unearned_released_on": date})

    def _release_restored(self, loan, date):
        """Release what bills of a restored schedule kept out before a cure.

        The loan was cured while another schedule was in force, which had taken it all.
        It counts as part of that cure, and goes with it should that lapse.

        :return: the entries made
        """
        rows = self._find_unearned(loan).get(loan)
        if not rows or loan.suspended_since or not loan.resumed_on:
            return self.env["account.move"]
        last = self._find_last_resumed(loan).get(loan, 0)
        made = self._post_events(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "key": f"restored:{loan.id}:{max(rows.ids)}:{last}",
                    "date": date,
                    "amounts": self._get_unearned_amounts(loan, rows, loan.resumed_on),
                }
            ]
        )
        self._release_unearned({loan: rows}, loan.resumed_on)
        return made

    def _find_last_resumed(self, loans):
        """Return {loan: id of its last return to income}, for the keys of others."""
        groups = self.env["account.move"].sudo()  # see _find_unearned
        groups = groups._read_group(
            [("carloan_loan_id", "in", loans.ids), ("carloan_event", "=", "resume")],
            ["carloan_loan_id"],
            ["id:max"],
        )
        return dict(groups)

    def _retract_cure(self, loans, date):
        """Take back what a cure that never was brought to income."""
        released = self._find_unearned(loans, released=True)
        last = self._find_last_resumed(loans.browse(loan.id for loan in released))
        self = self.with_context(carloan_keep_suspension=True)  # noqa: PLW0642
        self._post_events(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "key": f"lapse:{loan.id}:{last.get(loan, 0)}",
                    "date": date,
                    "amounts": self._get_retracted(loan, rows),
                }
                for loan, rows in released.items()
            ]
        )
        # sudo: what is income is written by the ledger alone
        rows = self.env["carloan.instalment"].sudo().union(*released.values())
        rows.write({"unearned_released_on": False})

    def _get_retracted(self, loan, rows):
        """Return the amounts of a cure, turned: at the rate of its own day."""
        day = rows[:1].unearned_released_on
        amounts = self._get_unearned_amounts(loan, rows, day)
        return {name: -amount for name, amount in amounts.items()}

    def _retract_unearned(self, line, date):
        """Take back what a bill brought to income on a cure: the bill is undone."""
        if not line.unearned_released_on:
            return self.env["account.move"]
        loan = line.loan_id
        return self._post_events(
            [
                {
                    "loan": loan,
                    "event": "resume",
                    "key": f"unearned:{line.id}:{line.undo_count}",
                    "date": date,
                    "amounts": self._get_retracted(loan, line),
                }
            ]
        )
