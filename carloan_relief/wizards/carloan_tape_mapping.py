from odoo import api, fields, models


class CarloanTapeMapping(models.Model):
    """Which column of a tape holds what, as a person last said it."""

    _name = "carloan.tape.mapping"
    _description = "Remembered columns of a loan tape"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    columns = fields.Json(help="{file: {field: column title}}")

    _user_uniq = models.UniqueIndex(
        "(user_id, company_id)", "A person has one column mapping per company."
    )

    @api.model
    def _recall(self, company):
        """Return {file: {field: title}} of this user in a company."""
        mine = self.search(
            [("user_id", "=", self.env.uid), ("company_id", "=", company.id)], limit=1
        )
        return mine.columns or {}

    @api.model
    def _remember(self, company, columns):
        """Keep the columns for the next import of this user in a company."""
        mine = self.search(
            [("user_id", "=", self.env.uid), ("company_id", "=", company.id)], limit=1
        )
        if mine:
            mine.columns = columns
        else:
            self.create({"company_id": company.id, "columns": columns})
