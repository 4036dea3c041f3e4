import base64

from odoo import fields, models
from odoo.fields import Command

from ..tools import bureau_file
from ..tools.tape import TapeError
from ..tools.words import say


class CarloanBureauImport(models.TransientModel):
    """Import bureau reports from a file: all of it, or a list of what is wrong."""

    _name = "carloan.bureau.import"
    _description = "Import of bureau reports"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    provider = fields.Char(string="Credit bureau", help="Who gave the file.")
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("draft", "Choose"), ("refused", "Refused")], default="draft", readonly=True
    )
    problem_ids = fields.One2many(
        "carloan.bureau.import.problem", "import_id", readonly=True
    )

    def action_import(self):
        """Check the file and import it; or list each row and column that is wrong."""
        self.ensure_one()
        reports = self.env["carloan.bureau.report"]
        reports.check_access("create")
        self.problem_ids.unlink()
        people = self._find_people()
        try:
            found = self._read(people)
        except TapeError as refusal:
            return self._show(refusal.problems)
        made = reports._receive([self._prepare_report(item, people) for item in found])
        title = self.env._("Imported bureau reports")
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "carloan.bureau.report",
            "view_mode": "list,form",
            "domain": [("id", "in", made.ids)],
        }

    def _read(self, people):
        options = bureau_file.Options(
            digits=self.company_id.currency_id.decimal_places,
            today=fields.Date.context_today(self),
        )
        name = self.file_name or self.env._("file")
        return bureau_file.read(base64.b64decode(self.file), name, options, people)

    def _find_people(self):
        """Return {reference: partner} by loan and by reference of the person."""
        loans = self.env["carloan.loan"].search(
            [("company_id", "=", self.company_id.id), ("state", "!=", "cancelled")]
        )
        people = {}
        for loan in loans:
            for reference in (loan.partner_id.ref, loan.import_ref, loan.name):
                if reference:
                    people[reference] = loan.partner_id
        return people

    def _prepare_report(self, item, people):
        """Return the values of a report of the file."""
        factor = 10**self.company_id.currency_id.decimal_places
        return {
            "partner_id": people[item.reference].id,
            "company_id": self.company_id.id,
            "date": item.date,
            "source": "imported",
            "provider": self.provider or self.file_name,
            "score": item.score,
            "line_ids": [
                Command.create(
                    {
                        name: value / factor if name in bureau_file.MONEY else value
                        for name, value in line.items()
                    }
                )
                for line in item.lines
            ],
        }

    def _show(self, problems):
        """Reopen the window with the list of what is wrong."""
        self.write(
            {
                "state": "refused",
                "problem_ids": [
                    Command.create(
                        {
                            "line": problem.line,
                            "column": problem.column,
                            "value": problem.value,
                            "reason": say(self.env, problem.reason),
                        }
                    )
                    for problem in problems
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
