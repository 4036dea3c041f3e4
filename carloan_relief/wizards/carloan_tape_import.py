import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import tape as tape_reader
from ..tools.words import say


class CarloanTapeImport(models.TransientModel):
    """Import a loan tape from two files, after looking at them."""

    _name = "carloan.tape.import"
    _description = "Import of a loan tape"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    product_id = fields.Many2one(
        "carloan.product",
        required=True,
        domain="[('company_id', '=', company_id)]",
        default=lambda self: self.env["carloan.product"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        ),
        help="Its accounts and conventions hold for the imported loans.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        string="Currency of the tape",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    as_of = fields.Date(
        required=True,
        help="Month end whose balances come in. Nothing after it is looked at.",
    )
    due_day = fields.Integer(
        default=15,
        required=True,
        help="Day on which instalments fall due where the tape gives months only.",
    )
    term_rule = fields.Selection(
        [
            ("origination", "Months since origination (73 means 72 instalments)"),
            ("instalments", "Number of instalments"),
        ],
        string="The term counts",
        default="origination",
        required=True,
    )
    account_id = fields.Many2one(
        "account.account",
        string="Contra account",
        domain="[('account_type', '=', 'equity'), ('company_ids', 'in', company_id)]",
        help="Equity account of the opening entry; empty: the one for opening "
        "balances, made when it is missing.",
    )
    loans_file = fields.Binary(string="Loans", required=True, attachment=False)
    loans_name = fields.Char()
    payments_file = fields.Binary(
        string="Payment history", required=True, attachment=False
    )
    payments_name = fields.Char()
    column_ids = fields.One2many(
        "carloan.tape.import.column",
        "import_id",
        string="Columns",
        compute="_compute_column_ids",
        store=True,
        readonly=False,
    )
    state = fields.Selection(
        [
            ("draft", "Choose"),
            ("checked", "Checked"),
            ("refused", "Refused"),
            ("done", "Imported"),
        ],
        default="draft",
        readonly=True,
    )
    summary = fields.Text(readonly=True)
    rejection_ids = fields.One2many(
        "carloan.tape.import.rejection", "import_id", string="Not taken", readonly=True
    )
    rejection_count = fields.Integer(compute="_compute_rejection_count")
    loan_ids = fields.Many2many("carloan.loan", readonly=True)

    @api.depends("rejection_ids")
    def _compute_rejection_count(self):
        for wizard in self:
            wizard.rejection_count = len(wizard.rejection_ids)

    @api.depends("company_id")
    def _compute_column_ids(self):
        """Propose the columns that this person used last in the company."""
        for wizard in self:
            known = self.env["carloan.tape.mapping"]._recall(wizard.company_id)
            wizard.column_ids = [fields.Command.clear()] + [
                fields.Command.create(
                    {
                        "file": file,
                        "field": name,
                        "required": required,
                        "title": known.get(file, {}).get(name, name),
                    }
                )
                for file, names in tape_reader.FIELDS.items()
                for name, (_kind, required) in names.items()
            ]

    # ------------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------------

    def action_check(self):
        """Read both files and say what an import would do; write nothing."""
        return self._run(dry_run=True)

    def action_import(self):
        """Read both files and bring the open loans into the books."""
        return self._run(dry_run=False)

    def _run(self, dry_run):
        self.ensure_one()
        self.env["carloan.tape.loader"]._check_may_load()
        self.rejection_ids.unlink()
        try:
            tape = self._read()
            result = self.env["carloan.tape.loader"]._load(
                tape, self.product_id, self.account_id, dry_run
            )
        except tape_reader.TapeError as refusal:
            self._show_refusal(refusal.problems)
        else:
            self._show_result(result, tape.rejected)
        return self._reopen()

    def _read(self):
        """Return the tape of both files, checked."""
        if not 1 <= self.due_day <= 31:
            raise UserError(
                self.env._("The due day %(day)s is outside 1 to 31.", day=self.due_day)
            )
        columns = self._get_columns()
        # remembered before the files are read: a refusal must not lose the typing
        self.env["carloan.tape.mapping"]._remember(self.company_id, columns)
        options = tape_reader.Options(
            as_of=self.as_of,
            currency=self.currency_id.name,
            currencies=frozenset(self._get_currencies()),
            digits=self.currency_id.decimal_places,
            due_day=self.due_day,
            term_rule=self.term_rule,
            loan_columns=columns["loans"],
            payment_columns=columns["payments"],
        )
        return tape_reader.read_tape(
            base64.b64decode(self.loans_file),
            base64.b64decode(self.payments_file),
            options,
            names=(self.loans_name or "loans", self.payments_name or "payments"),
        )

    def _get_currencies(self):
        """Return the codes of the active currencies."""
        return self.env["res.currency"].search([("active", "=", True)]).mapped("name")

    def _get_columns(self):
        """Return {file: {field: title}} as it stands on the form."""
        columns = {file: {} for file in tape_reader.FIELDS}
        for row in self.column_ids:
            columns[row.file][row.field] = row.title or ""
        return columns

    def _show_refusal(self, problems):
        self.write(
            {
                "state": "refused",
                "summary": self.env._(
                    "Nothing was imported: %(count)s problems stop the import. "
                    "Correct them in the file and try again.",
                    count=len(problems),
                ),
                "rejection_ids": self._prepare_rejections(problems),
            }
        )

    def _show_result(self, result, rejected):
        self.write(
            {
                "state": "checked" if result.dry_run else "done",
                "summary": "\n".join(result.lines),
                "rejection_ids": self._prepare_rejections(rejected),
                "loan_ids": [fields.Command.set(result.loan_ids)],
            }
        )

    def _prepare_rejections(self, problems):
        return [
            fields.Command.create(
                {
                    "file": problem.file,
                    "line": problem.line,
                    "column": problem.column,
                    "value": problem.value,
                    "reason": say(self.env, problem.reason),
                }
            )
            for problem in problems
        ]

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a Loan Tape"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_view_loans(self):
        """Open the loans that came in."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_loan_action"
        )
        action["domain"] = [("id", "in", self.loan_ids.ids)]
        return action
