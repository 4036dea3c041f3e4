from collections import defaultdict

from odoo import models

from ...engine import suspension, vat
from ..loan.selections import DUE_ROLES
from .carloan_memo import SHARES


class CarloanLoan(models.Model):
    """Repayments allocated anew, and what is suspended beside them.

    What borrowers owe is what stands in the books and in the register together. A
    replay allocates over both; where it pays more of a suspended claim than before,
    that much becomes income, where it pays less (a bounce), it stops being income.
    """

    _inherit = "carloan.loan"

    def _get_register(self):
        """Return the register of this loan by the key of a receivable."""
        return self._get_registers()[self]

    def _get_registers(self):
        """Return the registers of these loans, each by the key of a receivable.

        :return: {loan: {(role, component, instalment, maturity): {amount, received, and
            of each the shares}}} in minor units; `received` is income on a cash basis,
            `since` the day of the first line
        """
        # sudo: the register is read for the posting
        groups = self.env["carloan.memo"].sudo()
        groups = groups._read_group(
            [("loan_id", "in", self.ids), ("kind", "=", "suspended")],
            ["loan_id", "component", "instalment_id", "due_date:day", "event"],
            ["date:min", "amount:sum", *(f"{name}:sum" for name in SHARES)],
        )
        names = ("amount", *SHARES)
        zero = dict.fromkeys((*names, *(f"received_{n}" for n in names)), 0)
        result = defaultdict(lambda: defaultdict(zero.copy))
        for loan, component, instalment, due_date, event, day, *sums in groups:
            key = (DUE_ROLES[component], component, instalment, due_date)
            row = result[loan][key]
            row["since"] = min(day, row.get("since", day))
            for name, value in zip(names, loan._to_minor(sums), strict=True):
                row[name] += value
                if event == "receipt":
                    row[f"received_{name}"] -= value
        return result

    def _has_lapsed(self, dues, target):
        """Tell whether what is paid now never cured a loan that was thought cured.

        :param dues: [(key, day, minor units)] that is owed
        :param target: {key: minor units} that repayments settle
        """
        if not self.resumed_on:
            return False
        owed = defaultdict(int)
        for line_key, _day, amount in dues:
            owed[line_key] += amount
        unpaid = [key[3] for key, amount in owed.items() if amount > target[key]]
        if not unpaid:
            return False
        late = (self.resumed_on - min(unpaid)).days
        product = self.product_id.sudo()  # its policy is part of the contract
        if not product.suspend_days:
            return False
        return bool(suspension.lapsed(late, self.resumed_dpd, product.resume_days))

    def _shift_register(self, due, target, date, key, suspended):
        """Move claims so that what is paid, and no more than that, is income.

        :param due: {key: minor units} in the books, whether paid or not
        :param target: {key: minor units} that repayments settle
        :param bool suspended: what is unpaid is no income
        """
        register = self._get_register()
        if not register:
            return
        rows = list(register.items())
        columns = [
            [due.get(line_key, 0) for line_key, _row in rows],
            [row["amount"] for _key, row in rows],
            [target.get(line_key, 0) for line_key, _row in rows],
            [row["received_amount"] for _key, row in rows],
            [suspended] * len(rows),
        ]
        shifts = suspension.shift(*columns).tolist()
        parts = [
            self._prepare_shift(line_key, row, amount)
            for (line_key, row), amount in zip(rows, shifts, strict=True)
            if amount
        ]
        made = self.env["carloan.ledger"]._post_receipt(self, parts, date, key)
        self._cover_allowance(date, made)

    def _prepare_shift(self, line_key, row, amount):
        """Return the part of a receipt that moves `amount` into the register."""
        _role, component, instalment, due_date = line_key
        prefix = "received_" if amount > 0 and row["received_amount"] else ""
        whole = abs(row[f"{prefix}amount"])
        shares = {
            name: int(vat.part([abs(row[prefix + name])], [abs(amount)], [whole])[0])
            for name in SHARES
        }
        sign = -1 if amount > 0 else 1
        return {
            "component": component,
            "instalment": instalment,
            "due_date": due_date,
            "amount": -amount,
            **{name: sign * share for name, share in shares.items()},
        }
