"""From a chart of accounts to a product that can be posted; and to more companies."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common_loan import LoanCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestLedgerAccounts(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls._create_company("Other Lender", "generic_coa")
        companies = [cls.company.id, cls.other_company.id]
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=companies))

    @classmethod
    def _create_company(cls, name, chart=None):
        company = cls.env["res.company"].create(
            {"name": name, "country_id": cls.env.ref("base.us").id}
        )
        cls.env.user.company_ids += company
        if chart:
            cls.env["account.chart.template"].try_loading(
                chart, company, install_demo=False
            )
        return company

    def test_every_role_is_mapped_and_a_second_click_changes_nothing(self):
        roles = self.product.account_ids.mapped("role")
        known = dict(self.product.account_ids._fields["role"].selection)
        self.assertEqual(sorted(roles), sorted(known))
        accounts = self.product.account_ids.account_id
        self.product.action_map_accounts()
        self.assertEqual(self.product.account_ids.account_id, accounts)
        due = self.product._get_account("interest_due")
        self.assertTrue(due.reconcile)
        self.assertEqual(due.account_type, "asset_receivable")

    def test_a_role_in_use_is_not_taken_off(self):
        """It would be mapped anew, and what settles a claim be elsewhere than it."""
        self._create_active()
        self._bill("2026-02-20")
        mapping = {line.role: line for line in self.product.account_ids}
        with self.assertRefused(self.product.name):
            mapping["interest_due"].unlink()
        mapping["penalty_due"].unlink()  # nothing stands on it
        self.product.action_map_accounts()
        self.assertFalse(self.product.unmapped_roles)

    def test_accounts_are_named_in_every_language_whoever_maps(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        company = self._create_company("Third Lender", "generic_coa")
        self.env = self.env(
            context=dict(self.env.context, allowed_company_ids=company.ids)
        )
        product = self.env["carloan.product"].create(
            {"name": "Plain", "code": "PLAIN", "company_id": company.id}
        )
        product.action_map_accounts()
        named = (product._get_account("interest_due"), product.journal_id)
        for record, english in zip(
            named, ("Car loans: interest due", "Car Loans"), strict=True
        ):
            self.assertEqual(record.name, english)
            self.assertNotEqual(record.with_context(lang="zh_CN").name, english)

    def test_each_known_chart_is_mapped_in_one_click(self):
        """Accounts that the chart has are used: (role, code, made or of the chart)."""
        expected = {
            "cn": {"interest_income": "500110", "output_vat": "222101"},
            "cn_large_bis": {
                "interest_income": "601100",
                "fee_income": "602100",
                "impairment": "672100",
                "repossessed_asset": "144100",
                "principal": "130310",
                "allowance": "130410",
                "output_vat": "222101",
            },
            "generic_coa": {"interest_income": "401110", "output_vat": "251000"},
        }
        for chart, codes in expected.items():
            with self.subTest(chart=chart):
                company = self._create_company(f"Lender {chart}", chart)
                before = self.env["account.account"].search(
                    [("company_ids", "in", company.ids)]
                )
                product = self._create_product(company)
                self.assertFalse(product.unmapped_roles)
                product.action_check_accounts()
                found = product._get_accounts_by_role()
                for role, code in codes.items():
                    account = found[role].with_company(company)
                    self.assertEqual(account.code, code, role)
                self.assertIn(found["output_vat"], before)
                if chart == "cn_large_bis":
                    for role in ("interest_income", "impairment", "repossessed_asset"):
                        self.assertIn(found[role], before)
                loan = self._create_loan(company_id=company.id, product_id=product.id)
                loan.action_disburse()
                self.ledger._bill(loan.instalment_ids[0])
                self.assertBooks(company)

    def test_unknown_chart_names_each_role_to_map_by_hand(self):
        company = self._create_company("Far Lender", "generic_coa")
        company.chart_template = "fr"
        with self.assertRefused("Interest due"):
            self._create_product(company)
        product = self.env["carloan.product"].create(
            {"name": "By hand", "company_id": company.id}
        )
        self.assertIn("Principal due", product.unmapped_roles)
        with self.assertRefused("Output VAT"):
            product.action_check_accounts()

    def test_receivable_of_the_wrong_kind_is_named(self):
        line = self.product.account_ids.filtered(lambda x: x.role == "fee_due")
        line.account_id = self.product._get_account("principal")
        with self.assertRefused("Fees due"):
            self.product.action_check_accounts()

    def test_branch_uses_the_accounts_of_its_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids += branch
        ids = [self.company.id, branch.id]
        self.env = self.env(context=dict(self.env.context, allowed_company_ids=ids))
        product = self._create_product(branch)
        self.assertEqual(
            product._get_account("interest_due"),
            self.product._get_account("interest_due"),
        )
        loan = self._create_loan(company_id=branch.id, product_id=product.id)
        loan.action_disburse()
        self.ledger._bill(loan.instalment_ids[0])
        self.assertEqual(loan.line_ids.company_id, branch)
        self.assertBooks(branch)
        self.assertBooks()

    def test_a_second_product_shares_the_accounts(self):
        other = self._create_product(self.company, name="Used car")
        self.assertEqual(
            other._get_accounts_by_role(), self.product._get_accounts_by_role()
        )

    def test_accounts_are_found_and_made_together(self):
        company = self._create_company("Quick Lender", "generic_coa")
        values = {"name": "Quick", "code": "QUICK", "company_id": company.id}
        product = self.env["carloan.product"].create(values)
        self.env.flush_all()
        before = self.cr.sql_log_count
        product.action_map_accounts()
        self.env.flush_all()
        roles = len(product.account_ids)
        self.assertLess(self.cr.sql_log_count - before, 8 * roles)

    def test_codes_that_are_taken_give_the_next_that_nobody_is_meant_to_get(self):
        company = self._create_company("Full Lender", "generic_coa")
        taken = [str(code) for code in range(130310, 130320)]
        self.env["account.account"].with_company(company).create(
            [
                {
                    "code": code,
                    "name": f"Taken {code}",
                    "account_type": "income",
                    "company_ids": company.ids,
                }
                for code in taken
            ]
        )
        found = self._create_product(company)._get_accounts_by_role()
        codes = {role: x.with_company(company).code for role, x in found.items()}
        self.assertEqual(codes["principal_due"], "130320")
        self.assertNotIn(codes["principal"], [*taken, "130320", "130330"])

    def test_selections_are_the_engines(self):
        from odoo.addons.carloan_relief.engine import ledger

        roles = self.env["carloan.product.account"]._fields["role"].selection
        events = self.env["account.move"]._fields["carloan_event"].selection
        self.assertEqual({code for code, _label in roles}, set(ledger.ROLES))
        self.assertEqual({code for code, _label in events}, set(ledger.EVENTS))

    def test_unmapped_role_names_product_role_and_menu(self):
        self.product.account_ids.filtered(
            lambda line: line.role == "principal"
        ).unlink()
        loan = self._create_loan()
        with self.assertRefused("Principal not yet due"):
            loan.action_disburse()
        self.assertEqual(loan.state, "draft")
        self.assertFalse(loan.schedule_ids)

    def test_company_without_chart_is_told_where_to_choose_one(self):
        company = self._create_company("No Books")
        with self.assertRefused("Fiscal Localization"):
            self._create_product(company)

    def test_generic_chart_and_another_company_keep_their_own_books(self):
        company = self.other_company
        product = self._create_product(company)
        self.assertFalse(
            product.account_ids.account_id & self.product.account_ids.account_id
        )
        mine = self._create_active()
        other = self._create_loan(company_id=company.id, product_id=product.id)
        other.action_disburse()
        self._bill("2026-06-20")
        self._pay(other, 3716.23, "2026-06-18")
        self.assertEqual(other.line_ids.company_id, company)
        self.assertEqual(mine.line_ids.company_id, self.company)
        self.assertEqual(other.dpd, 97)
        self.assertEqual(mine.dpd, 125)
        self.assertBooks()
        self.assertBooks(company)

    def test_loan_of_one_company_takes_no_product_of_another(self):
        product = self._create_product(self.other_company)
        with self.assertRaises(UserError):
            self._create_loan(product_id=product.id)

    def test_the_check_finds_an_entry_beside_the_loans(self):
        loan = self._create_active()
        account = self.product._get_account("principal")
        bank = self.product._get_account("bank")
        move = self._enter(account, bank, beside_loans=True)
        move.action_post()
        found = self.ledger._check_books(self.company)
        self.assertEqual([row["check"] for row in found], ["account"])
        self.assertEqual(found[0]["account_id"], account.id)
        action = self.env["carloan.books.check"].action_check()
        check = self.env["carloan.books.check"].browse(action["res_id"])
        self.assertEqual(check.line_ids.difference, 5.0)
        self.assertTrue(loan)
        move._reverse_moves([{"date": "2026-06-20"}], cancel=True)
        self.assertBooks()

    def _enter(self, account, other, user=None, **values):
        """Enter 5.00 on an account by hand."""
        return (
            self.env["account.move"]
            .with_user(user or self.env.user)
            .create(
                {
                    "journal_id": self.product.journal_id.id,
                    "date": "2026-06-20",
                    "line_ids": [
                        (0, 0, {"account_id": account.id, "balance": 5.0}),
                        (0, 0, {"account_id": other.id, "balance": -5.0}),
                    ],
                    **values,
                }
            )
        )

    def test_an_entry_beside_the_loans_is_refused(self):
        """Nobody would know of which loan it is; other accounts take what they may."""
        bank = self.product._get_account("bank")
        other = self.product._get_account("fee_income")
        companies = {"company_ids": [(6, 0, self.env.companies.ids)]}
        keeper = self._user("a_keeper", "account.group_account_manager", **companies)
        clerk = self._user("a_clerk", "account.group_account_invoice", **companies)
        for role in ("principal", "allowance", "interest_due"):
            account = self.product._get_account(role)
            for user in (keeper, clerk):
                move = self._enter(account, bank, user)
                with self.subTest(role=role), self.assertRefused(account.name):
                    move.action_post()
                self.assertEqual(move.state, "draft")
                with self.assertRaises(AccessError):
                    move.with_user(clerk).beside_loans = True
        with self.assertRaises(AccessError):
            self._enter(account, bank, clerk, beside_loans=True)
        move.with_user(keeper).beside_loans = True
        move.with_user(keeper).action_post()
        plain = self._enter(other, bank, clerk)
        plain.action_post()
        item = plain.line_ids.filtered(lambda line: line.account_id == other)
        with self.assertRefused(account.name):
            item.account_id = account

    def test_exchange_differences_and_undoing_stay_possible(self):
        """What belongs to a loan says so, whoever made it."""
        companies = {"company_ids": [(6, 0, self.env.companies.ids)]}
        clerk = self._user("a_clerk", "account.group_account_invoice", **companies)
        loan = self._create_active(start_date="2026-01-15")
        self._bill("2026-06-20")
        payment = self._pay(loan, 100.0, "2026-06-20")
        payment.move_id.with_user(clerk)._reverse_moves(
            [{"date": "2026-06-20"}], cancel=True
        )
        self.assertBooks()
