from odoo import fields, models
from odoo.tools import SQL

from ..loan.selections import DUE_ROLES

# penalties come on top of an instalment and are no part of it
ROLES = tuple(role for part, role in DUE_ROLES.items() if part != "penalty")

# One row per instalment in force, and one per due date of what is due beside them: what
# an imported loan owed, principal repaid ahead, fees, and a credit that was paid back
# before the payment behind it bounced. Repayments carry the instalment and maturity of
# what they settle.
INSTALMENT_MONTH = """
    SELECT inst.id, inst.loan_id, loan.product_id, loan.partner_id, inst.company_id,
           loan.currency_id, inst.id AS instalment_id, inst.move_id, inst.due_date,
           inst.state, inst.amount AS expected,
           CASE WHEN inst.state = 'billed' THEN inst.amount ELSE 0 END AS billed,
           COALESCE(booked.paid, 0) AS paid,
           CASE WHEN inst.state = 'billed'
                THEN inst.amount - COALESCE(booked.paid, 0) - due.residual
                ELSE 0 END AS relieved,
           due.residual,
           CASE WHEN inst.due_date < %(today)s THEN due.residual ELSE 0 END AS overdue
      FROM carloan_instalment inst
      JOIN carloan_loan loan ON loan.id = inst.loan_id
      LEFT JOIN LATERAL (
            SELECT sum(line.amount_currency) FILTER (
                       WHERE line.carloan_held IS NOT TRUE) AS residual,
                   -sum(line.amount_currency) FILTER (
                       WHERE line.carloan_event = 'repay') AS paid
              FROM account_move_line line
             -- nothing is booked on the others: they need no look at the ledger
             WHERE inst.state = 'billed'
               AND line.carloan_instalment_id = inst.id
               AND line.carloan_role IN %(roles)s
               AND line.carloan_component IS NOT NULL
               AND line.parent_state = 'posted'
           ) booked ON TRUE
      LEFT JOIN (
            -- what is suspended is due all the same: few, added up once for all
            SELECT instalment_id, sum(amount) AS residual FROM carloan_memo
             WHERE kind = 'suspended' AND component != 'penalty'
             GROUP BY instalment_id
           ) memo ON memo.instalment_id = inst.id AND inst.state = 'billed'
     CROSS JOIN LATERAL (
            SELECT COALESCE(booked.residual, 0) + COALESCE(memo.residual, 0) AS residual
           ) due
     WHERE inst.state = 'billed'
        OR (inst.state IN ('planned', 'drafted') AND loan.state = 'active'
            AND inst.schedule_id = loan.schedule_id)
     UNION ALL
    SELECT item.id, item.loan_id, loan.product_id, loan.partner_id, item.company_id,
           loan.currency_id, NULL, NULL, item.due_date,
           CASE WHEN item.opened THEN 'opened' WHEN item.prepaid THEN 'prepaid'
                WHEN item.charged THEN 'charged' ELSE 'refunded' END,
           item.billed, item.billed, item.paid,
           item.billed - item.paid - item.residual, item.residual,
           CASE WHEN item.due_date < %(today)s THEN item.residual ELSE 0 END
      FROM (
            SELECT -min(line.id) AS id, line.carloan_loan_id AS loan_id,
                   line.company_id, line.date_maturity AS due_date,
                   bool_or(line.carloan_event = 'open') AS opened,
                   bool_or(line.carloan_event = 'prepay') AS prepaid,
                   bool_or(line.carloan_event = 'fee') AS charged,
                   COALESCE(sum(line.amount_currency) FILTER (
                       WHERE line.carloan_event IN ('open', 'prepay', 'fee')), 0)
                       AS billed,
                   COALESCE(-sum(line.amount_currency) FILTER (
                       WHERE line.carloan_event = 'repay'), 0) AS paid,
                   COALESCE(sum(line.amount_currency) FILTER (
                       WHERE line.carloan_held IS NOT TRUE), 0)
                       + COALESCE(min(memo.residual), 0) AS residual
              FROM account_move_line line
              LEFT JOIN (
                    SELECT loan_id, due_date, sum(amount) AS residual
                      FROM carloan_memo
                     WHERE kind = 'suspended' AND component != 'penalty'
                       AND instalment_id IS NULL
                     GROUP BY loan_id, due_date
                   ) memo ON memo.loan_id = line.carloan_loan_id
                         AND memo.due_date = line.date_maturity
             WHERE line.carloan_role IN %(roles)s
               AND line.carloan_component IS NOT NULL
               AND line.carloan_instalment_id IS NULL
               AND line.parent_state = 'posted'
             GROUP BY line.carloan_loan_id, line.company_id, line.date_maturity
           ) item
      JOIN carloan_loan loan ON loan.id = item.loan_id
     -- not what was paid ahead and undone since
     WHERE item.opened OR item.billed != 0 OR item.residual != 0
"""


class CarloanInstalmentMonth(models.Model):
    """What was to come in by due date, and what became of it: read-only."""

    _name = "carloan.instalment.month"
    _description = "Instalments by month"
    _auto = False
    _order = "due_date, loan_id"
    _rec_name = "loan_id"
    _depends = {
        "carloan.loan": ["state", "schedule_id", "product_id", "partner_id"],
        "carloan.instalment": ["state", "amount", "due_date", "move_id"],
        "carloan.memo": ["amount", "component", "instalment_id", "kind"],
        "account.move.line": [
            "amount_currency",
            "carloan_component",
            "carloan_event",
            "carloan_held",
            "carloan_instalment_id",
            "carloan_loan_id",
            "carloan_role",
            "date_maturity",
            "parent_state",
        ],
    }

    loan_id = fields.Many2one("carloan.loan", readonly=True)
    product_id = fields.Many2one("carloan.product", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Borrower", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    instalment_id = fields.Many2one(
        "carloan.instalment", string="Scheduled Instalment", readonly=True
    )
    move_id = fields.Many2one("account.move", string="Bill", readonly=True)
    due_date = fields.Date(readonly=True)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("drafted", "Draft entry"),
            ("billed", "Billed"),
            ("opened", "Imported"),
            ("prepaid", "Prepayment"),
            ("charged", "Fee"),
            ("refunded", "Credit paid back"),
        ],
        readonly=True,
    )
    expected = fields.Monetary(
        readonly=True, help="By the schedule in force, penalties not included."
    )
    billed = fields.Monetary(readonly=True)
    paid = fields.Monetary(readonly=True)
    relieved = fields.Monetary(
        readonly=True,
        help="Billed, and not to be paid as billed: waived, capitalised, carried over, "
        "held until a plan is completed or written off.",
    )
    residual = fields.Monetary(string="Still due", readonly=True)
    overdue = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        # a query, not a view: what is overdue depends on the user's day
        today = fields.Date.context_today(self)
        return SQL(INSTALMENT_MONTH, today=today, roles=ROLES)

    def action_open_move(self):
        """Open the entry of this instalment, or those of the imported loan."""
        self.ensure_one()
        self.check_access("read")
        if self.move_id:
            return self.move_id._get_records_action()
        return self.loan_id.action_view_moves()
