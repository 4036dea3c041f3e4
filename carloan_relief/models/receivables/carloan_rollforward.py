from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, date_utils, format_date

from .columns import COLUMNS, EXCHANGE, KINDS, OTHER, TURNED, get_steps

# what a loan had before the period, and each movement in it under its column
ROLLFORWARD = """
    INSERT INTO carloan_rollforward_line (
        report_id, loan_id, product_id, partner_id, company_id, currency_id, part,
        opening, %(columns)s, closing, create_uid, write_uid, create_date, write_date
    )
    WITH item AS (
        SELECT line.carloan_loan_id AS loan_id, %(part)s AS part,
               %(currency)s AS currency_id, 'opening' AS step,
               sum(%(amount)s) AS amount
          FROM account_move_line line
         WHERE %(filter)s AND line.date < %(date_from)s
         GROUP BY 1, 2, 3
         UNION ALL
        SELECT line.carloan_loan_id, %(part)s, %(currency)s, %(step)s,
               sum(%(amount)s)
          FROM account_move_line line
          -- few: found by the index of what is reversed, not entry by entry
          LEFT JOIN account_move undoing ON undoing.id = line.move_id
           AND undoing.reversed_entry_id IS NOT NULL
         WHERE %(filter)s AND line.date >= %(date_from)s
         GROUP BY 1, 2, 3, 4
    )
    SELECT %(report)s, loan.id, loan.product_id, loan.partner_id, loan.company_id,
           item.currency_id, item.part,
           %(sign)s * COALESCE(sum(amount) FILTER (WHERE step = 'opening'), 0),
           %(sums)s,
           %(sign)s * sum(amount),
           %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
      FROM item JOIN carloan_loan loan ON loan.id = item.loan_id
     GROUP BY loan.id, item.currency_id, item.part
    HAVING bool_or(amount != 0 AND step != 'opening')
        OR COALESCE(sum(amount) FILTER (WHERE step = 'opening'), 0) != 0
"""


class CarloanRollforward(models.TransientModel):
    """How a balance of the loans came from the start of a period to its end."""

    _name = "carloan.rollforward"
    _description = "Roll-forward of loan balances"
    _inherit = ["carloan.receivable.mixin"]
    _line_model = "carloan.rollforward.line"

    kind = fields.Selection(
        [
            ("principal", "Principal"),
            ("adjustment", "Interest adjustment"),
            ("allowance", "Loss allowance"),
        ],
        string="Balance of",
        required=True,
        default="principal",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._get_last_month()[0]
    )
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self._get_last_month()[1]
    )

    @api.model
    def _get_last_month(self):
        """Return first and last day of the month that is over."""
        start = date_utils.start_of(fields.Date.context_today(self), "month")
        end = date_utils.subtract(start, days=1)
        return date_utils.start_of(end, "month"), end

    @api.constrains("date_from", "date_to")
    def _check_period(self):
        for report in self:
            if report.date_from > report.date_to:
                raise ValidationError(
                    self.env._(
                        "The period begins on %(start)s, after its end on %(end)s. "
                        "Exchange the two days.",
                        start=report.date_from,
                        end=report.date_to,
                    )
                )

    def action_show(self):
        """Compute the roll-forward and open its lines."""
        self.ensure_one()
        self._fill()
        titles = {
            "principal": self.env._("Principal from %(start)s to %(end)s"),
            "adjustment": self.env._("Interest adjustment from %(start)s to %(end)s"),
            "allowance": self.env._("Loss allowance from %(start)s to %(end)s"),
        }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"carloan_relief.carloan_rollforward_line_{self.kind}_action"
        )
        action["domain"] = [("report_id", "=", self.id)]
        action["display_name"] = titles[self.kind] % {
            "start": format_date(self.env, self.date_from),
            "end": format_date(self.env, self.date_to),
        }
        return action

    def _get_insert_sql(self):
        """Override to explain a balance by the events behind it."""
        roles, sign = KINDS[self.kind]
        steps = get_steps(self.kind)
        return SQL(
            ROLLFORWARD,
            report=self.id,
            uid=self.env.uid,
            columns=SQL(", ").join(SQL.identifier(step) for step in steps),
            sums=SQL(", ").join(
                SQL(
                    "%s * COALESCE(sum(amount) FILTER (WHERE step = %s), 0)", sign, step
                )
                for step in steps
            ),
            sign=sign,
            part=self._get_part_sql(),
            step=self._get_step_sql(sign),
            currency=self._get_currency_sql(),
            amount=self._get_amount_sql(),
            filter=self._get_filter_sql(roles, self.date_to),
            date_from=self.date_from,
        )

    def _get_part_sql(self):
        """Return which part of a balance a journal item is of: a borrower's credit
        stands on the account of the principal due, and is none."""
        return SQL(
            "CASE WHEN line.carloan_role = 'principal_due'"
            " AND line.carloan_component IS NULL THEN 'credit'"
            " ELSE line.carloan_role END"
        )

    def _get_step_sql(self, sign):
        """Return the column of a movement, by the table of columns."""
        # the reversal of an event stands in the column of what it reverses
        direction = SQL(
            "(sign(line.balance) * %s * CASE WHEN undoing.id IS NULL"
            " THEN 1 ELSE -1 END)",
            sign,
        )
        cases = [
            SQL(
                "WHEN line.carloan_event IS NULL"
                " AND line.currency_id != line.company_currency_id THEN %s",
                EXCHANGE,
            )
        ]
        for event, step in COLUMNS[self.kind].items():
            if turned := TURNED[self.kind].get(step):
                cases.append(self._get_turned_sql(event, turned, direction))
            cases.append(SQL("WHEN line.carloan_event = %s THEN %s", event, step))
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), OTHER)

    def _get_turned_sql(self, event, turned, direction):
        """Return the case of an event whose sign tells that it is something else."""
        turned_sign, turned_step = turned
        role = "principal" if self.kind == "principal" else "allowance"
        return SQL(
            "WHEN line.carloan_event = %s AND line.carloan_role = %s"
            " AND %s = %s THEN %s",
            event,
            role,
            direction,
            turned_sign,
            turned_step,
        )
