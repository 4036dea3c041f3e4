from odoo import api, fields, models
from odoo.exceptions import UserError

from ..loan.selections import DUE_ROLES, ROLE_SELECTION
from .account_specs import (
    CHARTS,
    CURRENCY_ROLES,
    LOAN_JOURNAL_CODE,
    LOAN_JOURNAL_NAME,
    SPECS,
    get_spec,
)


class CarloanProduct(models.Model):
    """One click from a chart of accounts to a product that can be posted."""

    _inherit = "carloan.product"

    unmapped_roles = fields.Char(
        string="Roles without account", compute="_compute_unmapped_roles"
    )

    @api.depends("account_ids.role")
    def _compute_unmapped_roles(self):
        for product in self:
            mapped = set(product.sudo().account_ids.mapped("role"))
            product.unmapped_roles = product._get_role_labels(
                role for role, _label in ROLE_SELECTION if role not in mapped
            )

    def _get_role_labels(self, roles):
        """Return the names of roles, separated by commas."""
        field = self.env["carloan.product.account"]._fields["role"]
        labels = dict(field._description_selection(self.env))
        return ", ".join(labels[role] for role in roles)

    def action_map_accounts(self):
        """Give every role without account one of the company's chart.

        What is mapped already stays. Accounts that are missing are made. On a chart
        that is not known the roles are named, to be mapped by hand.
        """
        self.check_access("write")
        for product in self:
            product._check_chart()
            product._map_journals()
            product._map_accounts()
        return True

    def action_check_accounts(self):
        """Say which roles have no account, or one of the wrong kind."""
        self.check_access("read")
        for product in self:
            product._check_mapping()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Every role has an account that fits."),
            },
        }

    def _check_mapping(self):
        """Refuse a mapping with which a loan could not be posted or matched."""
        if self.unmapped_roles:
            self._raise_unmapped()
        # sudo: the mapping is checked for people who do not read the accounts
        lines = self.sudo().account_ids
        wrong = lines.filtered(
            lambda line: (
                line.role in DUE_ROLES.values()
                and not (
                    line.account_id.account_type == "asset_receivable"
                    and line.account_id.reconcile
                )
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "Loan product %(product)s: %(roles)s must be receivable accounts "
                    "that allow reconciliation, for a payment is matched with what it "
                    "pays. Choose others on the Accounts page.",
                    product=self.display_name,
                    roles=self._get_role_labels(wrong.mapped("role")),
                )
            )

    def _raise_unmapped(self):
        """Raise the message about roles that have no account."""
        raise UserError(
            self.env._(
                "Loan product %(product)s has no account for: %(roles)s. Choose them "
                "on the Accounts page, or press Map accounts where %(company)s keeps "
                "its books on a chart that is known (%(charts)s).",
                product=self.display_name,
                roles=self.unmapped_roles,
                company=self.company_id.display_name,
                charts=", ".join(CHARTS),
            )
        )

    def _check_chart(self):
        """Refuse when the company keeps no books yet."""
        company = self.company_id.sudo()
        if not company.root_id.chart_template:
            raise UserError(
                self.env._(
                    "Company %(company)s has no chart of accounts, so product "
                    "%(product)s cannot be mapped. Choose one under Settings > "
                    "Invoicing > Fiscal Localization, then press Map accounts again.",
                    company=company.display_name,
                    product=self.display_name,
                )
            )

    def _map_journals(self):
        """Fill in the journals that are empty."""
        if not self.journal_id:
            self.journal_id = self._find_loan_journal() or self._create_loan_journal()
        if not self.bank_journal_id:
            self.bank_journal_id = self._find_bank_journal()

    def _find_loan_journal(self):
        """Return the company's journal of car loans, empty when there is none."""
        # sudo: a manager maps without reading the accounting set-up
        Journal = self.env["account.journal"].sudo()
        return Journal.search(
            [
                *Journal._check_company_domain(self.company_id),
                ("type", "=", "general"),
                ("code", "=", LOAN_JOURNAL_CODE),
            ],
            limit=1,
        )

    def _create_loan_journal(self):
        """Create the company's journal of car loans: their entries stand apart."""
        # sudo: only this one journal is made
        journal = (
            self.env["account.journal"]
            .sudo()
            .create(
                {
                    "name": self.env._(LOAN_JOURNAL_NAME),
                    "code": LOAN_JOURNAL_CODE,
                    "type": "general",
                    "company_id": self.company_id.id,
                    "show_on_dashboard": True,
                }
            )
        )
        self._name_in_every_language({journal: (LOAN_JOURNAL_NAME, "")})
        return journal

    def _name_in_every_language(self, names):
        """Let each reader see names in their own language, whoever mapped.

        :param dict names: {record: (name to translate, what follows it)}
        """
        for code, _label in self.env["res.lang"].get_installed():
            translate = self.with_context(lang=code).env._
            for record, (name, suffix) in names.items():
                record.with_context(lang=code).name = translate(name) + suffix

    def _find_bank_journal(self):
        """Return the first bank journal of the company.

        :raise UserError: when there is none
        """
        # sudo: as for the loan journal
        Journal = self.env["account.journal"].sudo()
        domain = [
            *Journal._check_company_domain(self.company_id),
            ("type", "=", "bank"),
            ("currency_id", "in", self._get_bank_currency_ids()),
        ]
        journals = Journal.search(domain)
        # one in the product's own currency, where there is one
        journal = journals.filtered("currency_id")[:1] or journals[:1]
        if not journal:
            raise UserError(
                self.env._(
                    "Company %(company)s has no bank journal, so product %(product)s "
                    "cannot pay out. Create one under Accounting > Configuration > "
                    "Journals.",
                    company=self.company_id.display_name,
                    product=self.display_name,
                )
            )
        return journal

    def _map_accounts(self):
        """Map the roles that have no account."""
        mapped = self._get_accounts_by_role()
        if self._get_chart() not in CHARTS:
            if self.unmapped_roles:
                self._raise_unmapped()
            return
        chart = self._get_chart()
        accounts = self._find_or_create_accounts(
            [get_spec(spec, chart) for spec in SPECS if spec.role not in mapped]
        )
        if "bank" not in mapped:
            accounts["bank"] = self.bank_journal_id.sudo().default_account_id
        self.env["carloan.product.account"].sudo().create(
            [
                {"product_id": self.id, "role": role, "account_id": account.id}
                for role, account in accounts.items()
            ]
        )

    def _find_or_create_accounts(self, specs):
        """Return {role: account} of the chart; those that are missing are made."""
        # sudo: a manager of loans may not edit the chart; only these accounts are made
        Account = self.env["account.account"].with_company(self.company_id).sudo()
        accounts = self._find_accounts(Account, specs)
        missing = [spec for spec in specs if spec.role not in accounts]
        made = Account.create(self._prepare_accounts_vals(Account, missing))
        new = dict(zip((spec.role for spec in missing), made, strict=True))
        self._name_in_every_language(
            {
                new[spec.role]: (spec.name, self._get_account_suffix(spec))
                for spec in missing
            }
        )
        return accounts | new

    def _find_accounts(self, Account, specs):
        """Return {role: account} of what the chart has, by code and then by name."""
        found = Account.search(
            [
                *Account._check_company_domain(self.company_id),
                ("account_type", "in", [spec.account_type for spec in specs]),
                "|",
                ("code", "in", [spec.code for spec in specs]),
                ("name", "in", [self._get_account_name(spec) for spec in specs]),
            ]
        )
        by_code, by_name = {}, {}
        for account in found:
            by_code.setdefault((account.account_type, account.code), account)
            by_name.setdefault((account.account_type, account.name), account)
        accounts = {}
        for spec in specs:
            account = by_name.get((spec.account_type, self._get_account_name(spec)))
            if not self._get_account_suffix(spec):
                # the usual account is found by its code first, whatever its name
                account = by_code.get((spec.account_type, spec.code)) or account
            if account:
                accounts[spec.role] = account
        return accounts

    def _get_account_name(self, spec):
        return f"{spec.name}{self._get_account_suffix(spec)}"

    def _get_account_suffix(self, spec):
        """Return what names the account of a foreign currency beside the usual one."""
        foreign = self.currency_id != self.company_id.currency_id
        return (
            f" {self.currency_id.name}"
            if foreign and spec.role in CURRENCY_ROLES
            else ""
        )

    def _get_chart(self):
        """Return the chart of accounts of the company, empty when there is none."""
        return self.company_id.sudo().root_id.chart_template or ""

    def _prepare_accounts_vals(self, Account, specs):
        """Return the values of new accounts; a code that is taken gives the next."""
        codes = [spec.code for spec in specs]
        domain = [
            *Account._check_company_domain(self.company_id),
            ("code", "in", codes),
        ]
        taken = set(Account.search(domain).mapped("code"))
        vals_list = []
        for spec in specs:
            code = spec.code
            if code in taken:
                # nor one that another account of these is about to get
                code = Account._search_new_account_code(code, {*codes, *taken})
                taken.add(code)
            vals_list.append(self._prepare_account_vals(spec, code))
        return vals_list

    def _prepare_account_vals(self, spec, code):
        return {
            "code": code,
            "name": self._get_account_name(spec),
            "account_type": spec.account_type,
            "reconcile": spec.reconcile or bool(self._get_account_suffix(spec)),
            "company_ids": [(6, 0, self.company_id.root_id.ids)],
        }
