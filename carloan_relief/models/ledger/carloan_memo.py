from odoo import api, fields, models
from odoo.exceptions import UserError

from ..loan.selections import COMPONENT_SELECTION

#: What a line carries in proportion to its amount.
SHARES = ("vat", "to_allowance")


class CarloanMemo(models.Model):
    """What a borrower owes outside the books: one line per change, never edited.

    The sum of the lines of a kind is what stands in that register. Suspended interest
    and penalties were never (or are no longer) income; what was written off is owed
    still. `held` is what was suspended and is waived once a plan is completed: neither
    due nor late while it is kept.

    Invariants: no balance by loan, kind, component, instalment and due date is ever
    negative; the suspended balances of a loan and its receivables together are what
    it owes.
    """

    _name = "carloan.memo"
    _description = "Line of a memo register of car loans"
    _inherit = ["carloan.engine.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _rec_name = "event_key"

    loan_id = fields.Many2one(
        "carloan.loan",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        related="loan_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="loan_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="loan_id.partner_id", store=True, precompute=True
    )
    instalment_id = fields.Many2one(
        "carloan.instalment",
        string="Scheduled Instalment",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("suspended", "Suspended"),
            ("held", "Suspended, waived on completion"),
            ("written_off", "Written off"),
        ],
        string="Register",
        required=True,
        readonly=True,
    )
    component = fields.Selection(COMPONENT_SELECTION, required=True, readonly=True)
    due_date = fields.Date(
        required=True, readonly=True, help="Day on which the borrower owed the amount."
    )
    amount = fields.Monetary(
        required=True, readonly=True, help="Added to the register, or taken out (-)."
    )
    vat = fields.Monetary(
        string="VAT included",
        readonly=True,
        help="Becomes due only when the amount is received.",
    )
    to_allowance = fields.Monetary(
        string="Of it from the allowance",
        readonly=True,
        help="Interest of an impaired loan that had raised its allowance instead of "
        "being income: it goes back there.",
    )
    plan_key = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="The relief that holds the amount until its plan is completed.",
    )
    date = fields.Date(required=True, readonly=True)
    event = fields.Selection(
        [
            ("suspend", "Suspended"),
            ("bill", "Instalment due"),
            ("penalty", "Penalty"),
            ("receipt", "Received"),
            ("resume", "Returned to the books"),
            ("waive", "Waived"),
            ("capitalise", "Added to the principal"),
            ("carry", "Carried into an instalment"),
            ("hold", "Held until the plan is completed"),
            ("release", "Due again after a break"),
            ("write_off", "Written off"),
            ("recovery", "Recovered"),
            ("reverse", "Undone"),
        ],
        required=True,
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move",
        string="Entry",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The entry that goes with it; a register alone needs none.",
    )
    reversed_id = fields.Many2one(
        "carloan.memo", string="Undoes", readonly=True, index="btree_not_null"
    )
    event_key = fields.Char(required=True, readonly=True)

    _event_key_uniq = models.UniqueIndex(
        "(company_id, event_key)", "This event is already in the register."
    )
    _amount_not_zero = models.Constraint(
        "CHECK (amount != 0)", "A line of a register changes it: 0 changes nothing."
    )
    _balance_idx = models.Index("(loan_id, kind, component, due_date)")

    # ------------------------------------------------------------------
    # WRITING
    # ------------------------------------------------------------------

    @api.model
    def _record(self, vals_list):
        """Add lines to the registers, each event key once.

        :param vals_list: values of lines; lines of 0 are left out
        :return: the lines added now
        """
        vals_list = [vals for vals in vals_list if vals["amount"]]
        if not vals_list:
            return self.sudo()
        # sudo: the registers are written by what happens to a loan, by no person
        self_sudo = self.sudo()
        known = set(
            self_sudo.search(
                [("event_key", "in", [vals["event_key"] for vals in vals_list])]
            ).mapped(lambda line: (line.company_id.id, line.event_key))
        )
        loans = self_sudo.env["carloan.loan"].browse([v["loan_id"] for v in vals_list])
        company_by_loan = {loan.id: loan.company_id.id for loan in loans}
        return self_sudo.create(
            [
                vals
                for vals in vals_list
                if (company_by_loan[vals["loan_id"]], vals["event_key"]) not in known
            ]
        )

    def _reverse(self, date):
        """Take these lines back, the last one first; a second time does nothing.

        :return: the lines added now
        """
        copied = ("kind", "component", "due_date", "plan_key")
        return self._record(
            [
                {
                    **{name: line[name] for name in copied},
                    "loan_id": line.loan_id.id,
                    "instalment_id": line.instalment_id.id,
                    "amount": -line.amount,
                    **{name: -line[name] for name in SHARES},
                    "date": date,
                    "event": "reverse",
                    "reversed_id": line.id,
                    "event_key": f"reverse:{line.id}",
                }
                for line in self.sorted("id", reverse=True)
            ]
        )

    def _find_standing(self, key):
        """Return the lines of an event (its key or what begins with it) not undone."""
        # sudo: see _record
        lines = self.sudo().search(
            ["|", ("event_key", "=", key), ("event_key", "=like", f"{key}:%")],
            order="id",
        )
        undone = self.sudo().search([("reversed_id", "in", lines.ids)])
        return lines - undone.reversed_id

    def write(self, vals):  # pylint: disable=method-required-super
        """Refuse: a register is added to, never edited."""
        raise UserError(
            self.env._(
                "Line %(line)s of the register stays as it is. Undo the event that "
                "made it: that adds a line with the opposite amount.",
                line=self[:1].event_key,
            )
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Refuse: a register is added to, never shortened."""
        self.write({})

    # ------------------------------------------------------------------
    # READING
    # ------------------------------------------------------------------

    @api.model
    def _get_balances(self, loans, kinds=("suspended",), plan_key=None):
        """Return what stands in the registers of loans, the oldest first.

        :param plan_key: only what this relief holds
        :return: list of dicts `loan`, `kind`, `component`, `instalment`, `due_date`,
            and `amount` and of it `vat` and `to_allowance` in minor units
        """
        domain = [("loan_id", "in", loans.ids), ("kind", "in", list(kinds))]
        if plan_key:
            domain.append(("plan_key", "=", plan_key))
        # sudo: see _record
        groups = self.sudo()._read_group(
            domain,
            ["loan_id", "kind", "component", "instalment_id", "due_date:day"],
            ["amount:sum", *(f"{name}:sum" for name in SHARES)],
        )
        names = ("loan", "kind", "component", "instalment", "due_date")
        result = []
        for group in groups:
            row = dict(zip(names, group, strict=False))
            sums = row["loan"]._to_minor(group[len(names) :])
            row.update(zip(("amount", *SHARES), sums, strict=True))
            if row["amount"]:
                result.append(row)
        result.sort(key=lambda row: (row["due_date"], row["instalment"].id))
        return result

    def action_open_move(self):
        """Open the entry that goes with this line."""
        self.ensure_one()
        return self.move_id._get_records_action()
