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
        self._name_in_every_language(journal, LOAN_JOURNAL_NAME)
        return journal

    def _name_in_every_language(self, record, name, suffix=""):
        """Let each reader see the name in their own language, whoever mapped."""
        names = {
            code: self.with_context(lang=code).env._(name) + suffix
            for code, _label in self.env["res.lang"].get_installed()
        }
        record.update_field_translations("name", names)

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
        accounts = {
            spec.role: self._find_or_create_account(spec)
            for spec in SPECS
            if spec.role not in mapped
        }
        if "bank" not in mapped:
            accounts["bank"] = self.bank_journal_id.sudo().default_account_id
        self.env["carloan.product.account"].sudo().create(
            [
                {"product_id": self.id, "role": role, "account_id": account.id}
                for role, account in accounts.items()
            ]
        )

    def _find_or_create_account(self, spec):
        """Return the account of the chart for a role."""
        # sudo: a manager of loans may not edit the chart; only these accounts are made
        Account = self.env["account.account"].with_company(self.company_id).sudo()
        spec = get_spec(spec, self._get_chart())
        domain = [
            *Account._check_company_domain(self.company_id),
            ("account_type", "=", spec.account_type),
        ]
        suffix = self._get_account_suffix(spec)
        terms = [("name", "=", f"{spec.name}{suffix}")]
        if not suffix:  # the usual account is found by its code first
            terms.insert(0, ("code", "=", spec.code))
        found = Account
        for term in terms:
            found = found or Account.search([*domain, term], limit=1)
        if not found:
            found = Account.create(self._prepare_account_vals(Account, spec, suffix))
            self._name_in_every_language(found, spec.name, suffix)
        return found

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

    def _prepare_account_vals(self, Account, spec, suffix=""):
        """Return the values of a new account; a code that is taken gives the next."""
        taken = Account.search_count(
            [*Account._check_company_domain(self.company_id), ("code", "=", spec.code)],
            limit=1,
        )
        return {
            "code": Account._search_new_account_code(spec.code) if taken else spec.code,
            "name": f"{spec.name}{suffix}",
            "account_type": spec.account_type,
            "reconcile": spec.reconcile or bool(suffix),
            "company_ids": [(6, 0, self.company_id.root_id.ids)],
        }
