import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...tools import bank
from ...tools.bank.titles import guess_columns
from ...tools.words import say

# the columns of a CSV, as fields of the form
COLUMNS = tuple(bank.FIELDS)
# what the bank says of a booking in words
SAID = ("payer_name", "payer_account", "reference")
FORMAT_FIELDS = ("date_format", "decimal_mark", "encoding")


class CarloanBankImport(models.Model):
    """A bank statement file and what became of its lines."""

    _name = "carloan.bank.import"
    _description = "Import of a bank statement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _rec_name = "file_name"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank",
        required=True,
        check_company=True,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        default=lambda self: self._default_journal_id(),
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_currency_id", store=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
    )
    file = fields.Binary(attachment=True, required=True)
    file_name = fields.Char(string="File name", required=True, default="statement")
    checksum = fields.Char(readonly=True, copy=False, index=True)
    kind = fields.Selection(
        [("csv", "CSV"), ("camt", "CAMT.053"), ("ofx", "OFX")],
        string="Format",
        readonly=True,
        copy=False,
    )
    column_date = fields.Char(string="Date")
    column_amount = fields.Char(string="Amount with sign")
    column_credit = fields.Char(string="Money received")
    column_debit = fields.Char(string="Money paid")
    column_side = fields.Char(
        string="Received or paid",
        help="Where the amount has no sign: the column that says which way it went, as "
        "in Credit and Debit or 贷 and 借.",
    )
    column_balance = fields.Char(
        string="Balance after it",
        help="Proves that no booking is missing; empty where the bank does not list "
        "them one after the other.",
    )
    column_currency = fields.Char(string="Currency of the booking")
    column_payer = fields.Char(string="Name of the payer")
    column_account = fields.Char(string="Account of the payer")
    column_reference = fields.Char(string="Text")
    column_reason = fields.Char(string="Reason of a return")
    column_uid = fields.Char(
        string="Number of the booking",
        help="By this number a line is known again; without it by all that it says.",
    )
    date_format = fields.Char(
        help="As in %d/%m/%Y. Empty: 2026-03-31, 2026/03/31, 20260331 or 31.03.2026."
    )
    decimal_mark = fields.Selection(
        [(".", "Point (1,234.56)"), (",", "Comma (1.234,56)")],
        required=True,
        default=".",
    )
    encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8"),
            ("gb18030", "GB 18030"),
            ("cp1252", "Windows 1252"),
        ],
        help="Empty: UTF-8, else GB 18030.",
    )
    titles = fields.Char(string="Titles found in the file", readonly=True)
    state = fields.Selection(
        [
            ("draft", "Choose"),
            ("refused", "Refused"),
            ("checked", "Checked"),
            ("done", "Imported"),
        ],
        required=True,
        readonly=True,
        copy=False,
        default="draft",
        tracking=True,
    )
    summary = fields.Text(readonly=True, copy=False)
    problem_ids = fields.One2many(
        "carloan.bank.problem", "import_id", string="Problems", readonly=True
    )
    line_ids = fields.One2many("carloan.bank.line", "import_id", readonly=True)
    line_count = fields.Integer(compute="_compute_counts")
    open_count = fields.Integer(string="To do", compute="_compute_counts")
    ready_count = fields.Integer(string="Ready to post", compute="_compute_counts")
    posted_amount = fields.Monetary(compute="_compute_counts")

    @api.model
    def _default_journal_id(self):
        return self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        )

    @api.depends("journal_id")
    def _compute_currency_id(self):
        for one in self:
            company_currency = one.journal_id.company_id.currency_id
            one.currency_id = one.journal_id.currency_id or company_currency

    @api.depends("line_ids.state", "line_ids.amount")
    def _compute_counts(self):
        groups = self.env["carloan.bank.line"]._read_group(
            [("import_id", "in", self.ids)],
            ["import_id", "state"],
            ["__count", "amount:sum"],
        )
        found = {(one.id, state): sums for one, state, *sums in groups}
        for one in self:
            counts = {
                state: found.get((one.id, state), [0, 0.0])
                for state in ("matched", "to_check", "unmatched", "ignored", "posted")
            }
            one.line_count = sum(count for count, _amount in counts.values())
            one.open_count = counts["to_check"][0] + counts["unmatched"][0]
            one.ready_count = counts["matched"][0]
            one.posted_amount = counts["posted"][1]

    @api.onchange("journal_id", "file")
    def _onchange_file(self):
        """Propose the columns: as the journal's bank writes them, else by guess."""
        known = self.journal_id.carloan_bank_format or {}
        for name in FORMAT_FIELDS:
            self[name] = known.get(name) or self._fields[name].default and "." or False
        data = base64.b64decode(self.file or b"")
        columns = known.get("columns", {})
        self.titles = False
        try:
            if data and bank.detect(data) == "csv":
                titles = bank.guess_titles(data, self.encoding or "")
                self.titles = " | ".join(titles)[:500]
                if not columns or not set(columns.values()) <= set(titles):
                    columns = guess_columns(titles)
        except bank.BankFileError:
            # the check names what is wrong with the file
            columns = {}
        for name in COLUMNS:
            self[f"column_{name}"] = columns.get(name, False)

    @api.model_create_multi
    def create(self, vals_list):
        """Override to keep what the import finds out of reach of who imports."""
        for vals in vals_list:
            self._check_system_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override: what has been imported stays as it is."""
        self._check_system_fields(vals)
        inputs = {"file", "journal_id", "company_id"} & set(vals)
        if inputs and "done" in self.mapped("state"):
            raise UserError(
                self.env._(
                    "%(name)s is imported. Import another file as a new one.",
                    name=self[:1].file_name,
                )
            )
        return super().write(vals)

    def _check_system_fields(self, vals):
        """Refuse values that only the import itself may write."""
        forged = {"state", "checksum", "kind", "summary", "line_ids"}
        forged = (forged | {"closing_balance", "closing_date"}) & set(vals)
        forged = {name for name in forged if vals[name] not in (False, "draft", [])}
        if forged and not self.env.su:
            raise UserError(
                self.env._("%(fields)s follow from the file.", fields=", ".join(forged))
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_posted(self):
        for one in self:
            if "posted" in one.line_ids.mapped("state"):
                raise UserError(
                    self.env._(
                        "Lines of %(name)s are posted, so it is kept as evidence. "
                        "Undo a repayment from the loan.",
                        name=one.file_name,
                    )
                )

    # ------------------------------------------------------------------
    # READ
    # ------------------------------------------------------------------

    def action_check(self):
        """Read the file and say what an import would do; write no line."""
        return self._run(dry_run=True)

    def action_import(self):
        """Read the file, take its new lines and match them to loans."""
        return self._run(dry_run=False)

    def _run(self, dry_run):
        self.ensure_one()
        self.check_access("write")
        self.env["carloan.loan"]._check_may_post()
        if self.state == "done":
            raise UserError(
                self.env._("%(name)s is imported already.", name=self.file_name)
            )
        # sudo: the result of an import is written by the system, see write
        import_sudo = self.sudo()
        import_sudo.problem_ids.unlink()
        self._remember_format()
        data = base64.b64decode(self.with_context(bin_size=False).file or b"")
        try:
            kind = bank.detect(data)
            lines, others = self._read_file(data)
        except bank.BankFileError as refusal:
            import_sudo.write(self._prepare_refusal(refusal.problems))
            return True
        import_sudo.write({"kind": kind, "checksum": hashlib.sha256(data).hexdigest()})
        import_sudo._take(lines, dry_run, others)
        return True

    def _read_file(self, data):
        """Return (lines of the account of the journal, lines of others).

        :raises BankFileError: for a file that cannot be taken as a whole
        """
        lines = bank.read_statement(data, self._get_options())
        return bank.split_own(lines, self._get_account())

    def _get_account(self):
        """Return the number of the account of the journal; empty where not entered."""
        # sudo: the accounts of the company's own journals
        return self.journal_id.sudo().bank_account_id.acc_number or ""

    def _get_options(self):
        """Return how the file is to be read."""
        # archived currencies are unknown: nobody keeps their rates
        known = self.env["res.currency"].search([("active", "=", True)])
        digits = {one.name: one.decimal_places for one in known}
        return bank.Options(
            currency=self.currency_id.name,
            currencies=frozenset(digits),
            digits=digits,
            columns={name: self[f"column_{name}"] or "" for name in COLUMNS},
            date_format=self.date_format or "",
            decimal=self.decimal_mark,
            encoding=self.encoding or "",
        )

    def _remember_format(self):
        """Keep columns and marks for the next file of this bank."""
        columns = {
            name: self[f"column_{name}"] for name in COLUMNS if self[f"column_{name}"]
        }
        if not columns:
            return
        known = {name: self[name] or "" for name in FORMAT_FIELDS}
        # sudo: who imports keeps no journals; only this one value is written
        self.journal_id.sudo().carloan_bank_format = {**known, "columns": columns}

    def _prepare_refusal(self, problems):
        return {
            "state": "refused",
            "summary": self.env._(
                "Nothing was imported: %(count)s problems stop the import. Correct "
                "the columns or the file, and try again.",
                count=len(problems),
            ),
            "problem_ids": [
                fields.Command.create(
                    {
                        "line": problem.line,
                        "column": say(self.env, problem.column),
                        "value": problem.value,
                        "reason": say(self.env, problem.reason),
                    }
                )
                for problem in problems
            ],
        }

    def _take(self, lines, dry_run, others=()):
        """Take the lines that are new, and say what was found."""
        new = self._find_new(lines)
        if not dry_run and new:
            # two people with one file: the second waits here, begins again with what
            # the first has written, and finds nothing new. A lock alone would let it
            # go on with what it saw before.
            self.env.cr.execute(
                "UPDATE account_journal SET write_date = write_date WHERE id = %s",
                [self.journal_id.id],
            )
            new = self._find_new(lines)
            self._create_lines(new)
        self.write(
            {
                "state": "checked" if dry_run else "done",
                "summary": self._get_summary(lines, new, dry_run, others),
            }
        )
        if not dry_run:
            self._schedule_work()

    def _find_new(self, lines):
        """Return the lines that the journal does not have yet, each once."""
        known = (
            self.env["carloan.bank.line"]
            .sudo()
            .search_fetch(
                [
                    ("journal_id", "=", self.journal_id.id),
                    ("bank_uid", "in", list(bank.get_possible_uids(lines))),
                ],
                ["bank_uid", "date", "amount", "currency_id", *SAID],
            )
        )
        return bank.find_new(lines, {one.bank_uid: one._get_read() for one in known})

    def _get_summary(self, lines, new, dry_run, others=()):
        """Return in words what is in the file."""
        parts = [
            self.env._(
                "%(count)s bookings in the file, %(new)s of them new: %(received)s "
                "received, %(returned)s paid or returned.",
                count=len(lines),
                new=len(new),
                received=self._sum_in_words(line for line in new if line.amount > 0),
                returned=self._sum_in_words(line for line in new if line.amount < 0),
            )
        ]
        if len(new) < len(lines):
            parts.append(
                self.env._(
                    "%(count)s were imported before, or stand in the file twice, and "
                    "are not taken again.",
                    count=len(lines) - len(new),
                )
            )
        if others:
            parts.append(
                self.env._(
                    "%(count)s more are of other accounts (%(accounts)s): import the "
                    "file for their journals, too.",
                    count=len(others),
                    accounts=", ".join(sorted({line.own for line in others})),
                )
            )
        if not new:
            parts.append(self.env._("There is nothing new in this file."))
        elif dry_run:
            parts.append(self.env._("Nothing is written yet: press Import."))
        return "\n".join(parts)

    def _sum_in_words(self, lines):
        """Return what bookings come to, each currency by itself."""
        own = self.currency_id.name
        totals = {own: 0}
        for line in lines:
            code = line.currency or own
            totals[code] = totals.get(code, 0) + abs(line.amount)
        if len(totals) == 1:
            return f"{totals[own]:,.2f}"
        return " + ".join(f"{total:,.2f} {code}" for code, total in totals.items())

    def _create_lines(self, lines):
        """Create the lines and match them; all or nothing."""
        currencies = dict(
            self.env["res.currency"]
            .search([("name", "in", list({line.currency for line in lines}))])
            .mapped(lambda one: (one.name, one.id))
        )
        records = self.env["carloan.bank.line"].create(
            [
                {
                    "import_id": self.id,
                    "number": line.number,
                    "date": line.date,
                    "amount": float(line.amount),
                    "currency_id": currencies[line.currency],
                    "payer_name": line.payer,
                    "payer_account": line.account,
                    "reference": line.reference,
                    "return_code": line.reason,
                    "bank_uid": line.uid,
                }
                for line in lines
            ]
        )
        records._match()

    def _schedule_work(self):
        """Ask the responsible person to look at what was not recognised."""
        if self.open_count:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "%(count)s bank lines to assign", count=self.open_count
                ),
                user_id=self.user_id.id,
            )

    # ------------------------------------------------------------------
    # ACTION
    # ------------------------------------------------------------------

    def action_view_lines(self):
        """Open the work list of this file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_bank_line_action"
        )
        action["domain"] = [("import_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_post(self):
        """Post the lines that were recognised."""
        self.check_access("write")
        ready = self.line_ids.filtered(lambda line: line.state == "matched")
        return ready.action_post()
