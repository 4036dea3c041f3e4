from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ....engine.fields import FieldError
from ....engine.risk import tables


class CarloanRiskTable(models.Model):
    """A table to predict with where no history is there to learn from."""

    _name = "carloan.risk.table"
    _description = "Table of odds"
    _inherit = ["carloan.kept.mixin", "mail.thread"]
    _order = "kind, valid_from desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("redefault", "Default again after a relief"),
            ("prepayment", "Repayment ahead of time"),
        ],
        required=True,
        tracking=True,
    )
    base = fields.Float(
        string="Base probability",
        digits=(8, 6),
        required=True,
        tracking=True,
        help="Within a year. 5 % is 0.05. Of a default again, it counts only where the "
        "loan has no probability of default of its own.",
    )
    row_ids = fields.One2many(
        "carloan.risk.table.row", "table_id", string="Factors", copy=True
    )
    note = fields.Text(
        translate=True, help="What the figures rest on, and when they were checked."
    )
    request_count = fields.Integer(compute="_compute_request_count")

    _base_check = models.Constraint(
        "CHECK (base > 0 AND base < 1)",
        "The base is a probability above 0 and below 1: 5 % is 0.05.",
    )
    _valid_uniq = models.UniqueIndex(
        "(kind, COALESCE(company_id, 0), valid_from)",
        "Another table of this kind and company begins on the same day: change that "
        "one, or begin later.",
    )

    def _compute_request_count(self):
        counts = self._count_uses()
        for table in self:
            table.request_count = counts.get(table, 0)

    def _count_uses(self):
        """Override: the requests whose offers were valued with it."""
        counts = {}
        for kind, tables_of_kind in self.grouped("kind").items():
            counts |= tables_of_kind._count_references(
                "carloan.relief.request", f"{kind}_table_id"
            )
        return counts

    @api.constrains("base", "row_ids")
    def _check_engine(self):
        """Refuse a table that the engine cannot read."""
        for table in self:
            try:
                table._get_engine_table()
            except (FieldError, ValueError) as error:
                raise ValidationError(
                    self.env._(
                        "Table %(table)s: %(error)s. Correct that row; leave an end "
                        "empty to keep it open.",
                        table=table.name,
                        error=str(error),
                    )
                ) from error

    def _get_used_message(self, count):
        return self.env._(
            "The offers of %(count)s requests were valued with table %(table)s, so it "
            "stays as it is. Duplicate it, give the copy a later first day, and change "
            "that one.",
            count=count,
            table=self.name,
        )

    @api.model
    def _get_in_force(self, kind, company, day):
        """Return the table of a kind on a day, the company's own first; or none."""
        return self._find_in_force(company, day, [("kind", "=", kind)])[-1:]

    def _get_engine_table(self):
        """Return the table as the engine takes it."""
        self.ensure_one()
        rows = [row._get_engine_row() for row in self.row_ids]
        return tables.FactorTable.of(self.kind, self.base, rows)
