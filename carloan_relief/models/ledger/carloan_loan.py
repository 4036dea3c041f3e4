import numpy as np

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import allocation, valuation
from ...tools.bank.matching import is_same_name, name_keys

ACCOUNTING_GROUPS = "account.group_account_readonly,account.group_account_invoice"
# who may let money of a loan enter the books
POSTING_GROUPS = "carloan_relief.group_manager,account.group_account_invoice"


class CarloanLoan(models.Model):
    """What a loan does in the ledger."""

    _inherit = "carloan.loan"

    line_ids = fields.One2many(
        "account.move.line",
        "carloan_loan_id",
        string="Journal items",
        groups=ACCOUNTING_GROUPS,
    )
    payment_ids = fields.One2many(
        "account.payment",
        "carloan_loan_id",
        string="Repayments",
        groups=ACCOUNTING_GROUPS,
    )
    move_count = fields.Integer(
        string="Entries", compute="_compute_move_count", groups=ACCOUNTING_GROUPS
    )

    payment_count = fields.Integer(
        compute="_compute_payment_count", groups=ACCOUNTING_GROUPS
    )

    def _compute_payment_count(self):
        """Count what stands: neither bounced nor cancelled."""
        counts = dict(
            self.env["account.payment"]._read_group(
                [
                    ("carloan_loan_id", "in", self.ids),
                    ("state", "not in", ("canceled", "rejected")),
                ],
                ["carloan_loan_id"],
                ["__count"],
            )
        )
        for loan in self:
            loan.payment_count = counts.get(loan, 0)

    def _compute_move_count(self):
        counts = dict(
            # by items: accruals, openings and allowances hold many loans each
            self.env["account.move.line"]._read_group(
                [("carloan_loan_id", "in", self.ids)],
                ["carloan_loan_id"],
                ["move_id:count_distinct"],
            )
        )
        for loan in self:
            loan.move_count = counts.get(loan, 0)

    # ------------------------------------------------------------------
    # DISBURSEMENT
    # ------------------------------------------------------------------

    def action_disburse(self, date=None):
        """Pay the loans out: schedule, entry and the first drafts.

        :param date: start date of the loans, where it differs from the one entered.
        """
        self.check_access("read")
        self._check_may_post()
        self._lock()
        for loan in self:
            loan._check_state("draft")
        loans_sudo = self.sudo()  # accountants disburse, and edit no loan otherwise
        if date:
            loans_sudo.write({"start_date": date})
        for loan in loans_sudo:
            loan._check_day_has_come(loan.start_date)
        built = loans_sudo._build_schedules()
        loans_sudo._start(built)
        ledger = self.env["carloan.ledger"]
        ledger._post_events([loan._prepare_disburse_event() for loan in loans_sudo])
        ledger._draft_horizon(loans_sudo)
        return True

    def _check_may_post(self):
        """Refuse who may not let money of a loan enter the books."""
        if not self.env.su and not self.env.user.has_groups(POSTING_GROUPS):
            raise AccessError(
                self.env._(
                    "Only a manager or an accountant may post money of a loan: "
                    "ask one of them."
                )
            )

    def _start(self, built):
        """Make drafts active with the origination schedule `built`."""
        self.schedule_ids.filtered(lambda s: s.state == "draft").unlink()
        paid_out = [loan._to_minor([loan.principal])[0] for loan in self]
        rates = valuation.eir(built, np.array(paid_out, dtype=np.int64))
        for loan, rate in zip(self, rates.tolist(), strict=True):
            loan.write({"state": "active", "eir_period": rate})
        schedules = self.env["carloan.schedule"]._create_batch(
            self, built, "origination"
        )
        schedules._activate()

    def _prepare_disburse_event(self):
        """Return the event of paying out one loan."""
        return {
            "loan": self,
            "event": "disburse",
            "key": f"disburse:{self.id}",
            "date": self.start_date,
            "amounts": {"principal": self._to_minor([self.principal])[0]},
        }

    # ------------------------------------------------------------------
    # ALLOCATION
    # ------------------------------------------------------------------

    def _allocate(self, amount, lines=None, date=None):
        """Split an amount over what the loan owes, in the agreed order.

        :param int amount: minor units
        :param lines: the open lines of the loan, when already at hand
        :param date: day of the money; today where it is not given
        :return: [(open receivable line, minor units)]; what is left is a credit
        """
        self.ensure_one()
        if lines is None:
            lines = self.env["carloan.ledger"]._get_open_lines(self)
        lines = lines.filtered(
            lambda line: line.carloan_component and line.amount_residual_currency > 0
        )
        owed = self._to_minor(lines.mapped("amount_residual_currency"))
        rows = [
            (line.carloan_component, line.date_maturity, residual)
            for line, residual in zip(lines, owed, strict=True)
        ]
        shares = self._split(amount, rows, date)
        return [
            (line, share) for line, share in zip(lines, shares, strict=True) if share
        ]

    def _split(self, amount, rows, date=None):
        """Split an amount over rows of what is owed, by the engine.

        :param rows: [(component, due date, minor units)]
        :return: a list of minor units, one per row
        """
        if not rows:
            return []
        date = date or fields.Date.context_today(self)
        days_late = (date - min(due for _component, due, _owed in rows)).days
        rule = allocation.agreed(days_late=days_late, **self._get_allocation_rule())
        return allocation.allocate(
            [amount],
            [[owed for _component, _due, owed in rows]],
            [[component for component, _due, _owed in rows]],
            [[due.toordinal() for _component, due, _owed in rows]],
            **rule,
        )[0].tolist()

    def _spread(self, amounts):
        """Spread amounts by component over the open lines, oldest first.

        :param dict amounts: {component: minor units}
        :return: {component: [(open line, minor units)]}
        :raise UserError: when a component is owed less than its amount
        """
        lines = self.env["carloan.ledger"]._get_open_lines(self)
        spread = {}
        for component, amount in amounts.items():
            own = lines.filtered(
                lambda line, component=component: (
                    line.carloan_component == component
                    and line.amount_residual_currency > 0
                )
            )
            spread[component] = self._spread_component(own, component, amount)
        return spread

    def _spread_component(self, lines, component, amount):
        """Spread one amount over lines that are sorted oldest first."""
        if not amount:
            return []
        due = self._to_minor(lines.mapped("amount_residual_currency"))
        if amount > sum(due):
            labels = dict(
                self.env["account.move.line"]
                ._fields["carloan_component"]
                ._description_selection(self.env)
            )
            raise UserError(
                self.env._(
                    "Loan %(loan)s: %(amount)s of %(component)s cannot be relieved, "
                    "because only %(owed)s is owed. Compute the offer again.",
                    loan=self.name,
                    amount=self._from_minor([amount])[0],
                    component=labels[component].lower(),
                    owed=self._from_minor([sum(due)])[0],
                )
            )
        shares = allocation.allocate(
            [amount], [due], [[component] * len(due)], [list(range(len(due)))]
        )[0]
        return [
            (line, share)
            for line, share in zip(lines, shares.tolist(), strict=True)
            if share
        ]

    # ------------------------------------------------------------------
    # REPAYMENT
    # ------------------------------------------------------------------

    def _register_repayment(self, amount, date, journal=None, memo=None, **payer):
        """Post a repayment of this loan and return the payment.

        The caller has checked who may do that.

        :param payer: ``payer`` (partner), ``payer_name`` and ``payer_note`` when
            somebody else than the borrower pays
        """
        self.ensure_one()
        row = {"amount": amount, "date": date, "journal": journal, "memo": memo}
        return self._register_repayments([{**row, **payer}])

    def _register_repayments(self, rows):
        """Post one repayment of each of these loans: all of them, or none.

        The caller has checked who may do that.

        :param rows: a dict for each loan, as `_register_repayment` takes it
        :return: the payments, in the order of the loans
        """
        self._lock()  # two cashiers allocate one after the other
        vals_list = []
        for loan, row in zip(self, rows, strict=True):
            loan._check_state("active", "written_off")
            loan._check_repaid(row["amount"])
            vals_list.append(loan._prepare_repayment_vals(**row))
        # sudo: managers take repayments without being accountants
        payments = self.env["account.payment"].sudo().create(vals_list)
        payments.action_post()
        return payments.sudo(self.env.su)

    def _check_repaid(self, amount):
        """Refuse a repayment of nothing, and one that nobody pays."""
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                self.env._(
                    "Loan %(loan)s: a repayment of %(amount)s is not possible. Enter "
                    "an amount above zero.",
                    loan=self.name,
                    amount=amount,
                )
            )
        self._check_amount_limit(self.env._("a repayment"), amount)

    def _prepare_repayment_vals(
        self,
        amount,
        date,
        journal=None,
        memo=None,
        payer=None,
        payer_name="",
        payer_note="",
    ):
        """Return the values of the payment of a repayment."""
        journal = journal or self.product_id.bank_journal_id
        if not journal:
            raise UserError(
                self.env._(
                    "Loan product %(product)s has no bank journal. Open Car Loans > "
                    "Configuration > Loan Products, and choose one.",
                    product=self.product_id.display_name,
                )
            )
        return {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "journal_id": journal.id,
            "amount": amount,
            "date": date,
            "memo": memo or self.name,
            "carloan_loan_id": self.id,
            "carloan_payer_id": payer.id if payer else False,
            "carloan_payer_name": payer_name,
            "carloan_payer_note": payer_note,
        }

    def _is_other_payer(self, name):
        """Tell whether a name is not the borrower's."""
        self.ensure_one()
        return bool(name_keys(name)) and not is_same_name(name, self.partner_id.name)

    def _find_party(self, name):
        """Return the guarantor or co-borrower of that name."""
        return self.party_ids.filtered(
            lambda party: is_same_name(name, party.partner_id.name)
        )[:1]

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_view_moves(self):
        """Open the entries of these loans."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.account_move_carloan_action"
        )
        action["domain"] = [("line_ids.carloan_loan_id", "in", self.ids)]
        action["context"] = {"create": False}
        return action

    def action_view_repayments(self):
        """Open the repayments of these loans."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "view_mode": "list,form",
            "domain": [("carloan_loan_id", "in", self.ids)],
            # what the button counts; the rest is one click away
            "context": {"create": False, "search_default_carloan_standing": 1},
            # last: the export of terms takes a tuple after it for a second term
            "name": self.env._("Repayments"),
        }

    def action_register_repayment(self):
        """Open the window that takes a repayment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Register repayment"),
            "res_model": "carloan.repayment",
            "view_mode": "form",
            "target": "new",
            "context": {"default_loan_id": self.id},
        }
