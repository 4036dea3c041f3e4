from odoo import api, fields, models


class CarloanInstalment(models.Model):
    _name = "carloan.instalment"
    _description = "Instalment of a schedule"
    _order = "schedule_id, sequence"
    _check_company_auto = True

    schedule_id = fields.Many2one(
        "carloan.schedule", required=True, index=True, ondelete="cascade"
    )
    loan_id = fields.Many2one(
        "carloan.loan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one(related="loan_id.currency_id")
    sequence = fields.Integer(string="No.", required=True)
    due_date = fields.Date(required=True)
    principal = fields.Monetary()
    interest = fields.Monetary()
    fee = fields.Monetary()
    amount = fields.Monetary(compute="_compute_amount", store=True)
    balance = fields.Monetary(help="Principal that remains after this instalment.")
    unwind = fields.Monetary(
        help="Part of a modification gain or loss that returns to income with this "
        "instalment."
    )
    move_id = fields.Many2one(
        "account.move",
        string="Bill",
        index="btree_not_null",
        copy=False,
        check_company=True,
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("drafted", "Draft entry"),
            ("billed", "Billed"),
            ("replaced", "Replaced"),
        ],
        required=True,
        default="planned",
    )
    undo_count = fields.Integer(
        readonly=True, copy=False, help="How often a bill of this was reversed."
    )
    amount_residual = fields.Monetary(
        string="Still due", compute="_compute_paid_state", compute_sudo=True
    )
    paid_state = fields.Selection(
        [
            ("planned", "Planned"),
            ("due", "Due"),
            ("partial", "Partly paid"),
            ("paid", "Paid"),
            ("overdue", "Overdue"),
        ],
        string="Payment",
        compute="_compute_paid_state",
        compute_sudo=True,
    )

    _sequence_uniq = models.UniqueIndex(
        "(schedule_id, sequence)", "An instalment number is used once per schedule."
    )
    _to_bill_idx = models.Index("(due_date) WHERE state IN ('planned', 'drafted')")

    @api.depends("principal", "interest", "fee")
    def _compute_amount(self):
        for line in self:
            line.amount = line.principal + line.interest + line.fee

    @api.depends("loan_id.name", "sequence")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.loan_id.name} #{line.sequence}"

    @api.depends("state", "amount", "move_id.line_ids.amount_residual_currency")
    def _compute_paid_state(self):
        """Read what is still due from the receivable lines of the ledger."""
        residuals = self._get_residuals()
        today = fields.Date.context_today(self)
        for line in self:
            billed = line.state == "billed"
            line.amount_residual = residuals.get(line, 0.0) if billed else line.amount
            line.paid_state = line._get_paid_state(today) if billed else "planned"

    def _get_residuals(self):
        """Return {instalment: amount} of what is billed and not settled."""
        return dict(
            self.env["account.move.line"]._read_group(
                [
                    ("carloan_instalment_id", "in", self.ids),
                    ("carloan_component", "!=", False),
                    ("carloan_held", "=", False),
                    ("parent_state", "=", "posted"),
                    ("amount_residual_currency", ">", 0),
                ],
                ["carloan_instalment_id"],
                ["amount_residual_currency:sum"],
            )
        )

    def _get_bill_key(self):
        """Return what makes the bill unique: one that was undone leaves its own."""
        self.ensure_one()
        return f"bill:{self.id}" + (f":{self.undo_count}" if self.undo_count else "")

    def _get_paid_state(self, today):
        """Return the payment state of a billed instalment."""
        if not self.amount_residual:
            return "paid"
        if self.due_date < today:
            return "overdue"
        return "partial" if self.amount_residual < self.amount else "due"

    def _get_summary(self):
        """Return what a person compares: instalment, number, interest, total."""
        regular = self[:-1] or self  # the last one takes the residue
        return {
            "instalment": max(regular.mapped("amount"), default=0.0),
            "count": len(self),
            "interest": sum(self.mapped("interest")),
            "total": sum(self.mapped("amount")),
        }
