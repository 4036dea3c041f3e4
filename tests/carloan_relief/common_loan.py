"""A company that lends, for the tests of loans and ledger."""

from contextlib import contextmanager

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.carloan_relief.models.loan.carloan_loan_late import LATE_TERMS

from .common_people import QUIET, make_users

#: Journal items that keep another event than their entry has.
OTHER_EVENT = """
    SELECT line.id, line.carloan_event, move.carloan_event
      FROM account_move_line line JOIN account_move move ON move.id = line.move_id
     WHERE line.carloan_event IS DISTINCT FROM move.carloan_event
"""


class LoanCase(TransactionCase):
    """One product mapped to the accounts of the main company, and a borrower."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(
            context={
                **cls.env.context,
                "tracking_disable": True,
                "mail_create_nolog": True,
                # the letter that tells somebody of an activity is Odoo's
                "mail_activity_quick_update": True,
            }
        )
        cls.company = cls.env.company
        cls.ledger = cls.env["carloan.ledger"]
        cls.product = cls._create_product(cls.company)
        cls.borrower = cls.env["res.partner"].create({"name": "Chen Lei"})
        # papers stop a case only in the tests that are about papers
        kinds = cls.env["carloan.relief.document.type"].search([])
        kinds.write({"needed_for": "advice"})

    @classmethod
    def _create_product(cls, company, **values):
        product = cls.env["carloan.product"].create(
            {
                "name": "New car",
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "annual_rate": 0.072,
                "instalments": 36,
                **values,
            }
        )
        product.action_map_accounts()
        return product

    @classmethod
    def _create_loan(cls, **values):
        """Create the base loan of the worked examples: 120,000 at 7.2 %, 36 months."""
        return cls.env["carloan.loan"].create(
            {
                "partner_id": cls.borrower.id,
                "product_id": cls.product.id,
                "principal": 120000.0,
                "start_date": "2026-01-15",
                "first_due_date": "2026-02-15",
                **values,
            }
        )

    @classmethod
    def _create_active(cls, **values):
        loan = cls._create_loan(**values)
        loan.action_disburse()
        return loan

    @classmethod
    def _agree(cls, **terms):
        """Let the product, and the loans that were signed, have agreed other terms.

        No borrower signs like that: it spares the tests the days before.
        """
        cls.product.write(terms)
        loans = cls.env["carloan.loan"].search([("product_id", "=", cls.product.id)])
        sources = {source: name for name, source in LATE_TERMS.items()}
        agreed = {sources[name]: terms[name] for name in sources if name in terms}
        loans.write(agreed)

    @classmethod
    def _bill(cls, as_of):
        return cls.ledger._bill_due(fields.Date.to_date(as_of))

    @classmethod
    def _pay(cls, loan, amount, date):
        return loan._register_repayment(amount, fields.Date.to_date(date))

    @classmethod
    def _user(cls, login, groups, **values):
        return new_test_user(
            cls.env, login=login, groups=groups, context=QUIET, **values
        ).with_env(cls.env)

    @classmethod
    def _make_staff(cls, prefix, *names):
        """Give the class a user under each of these names, which begin with a role."""
        for name, user in make_users(cls.env, prefix, names).items():
            setattr(cls, name, user)

    def _sum(self, loan, role):
        """What the ledger says of a role of a loan."""
        lines = loan.line_ids.filtered(
            lambda line: line.carloan_role == role and line.parent_state == "posted"
        )
        return round(sum(lines.mapped("balance")), 2)

    def _entry(self, move):
        """A posted entry as {role: balance}."""
        result = {}
        for line in move.line_ids:
            role = line.carloan_role or line.account_id.account_type
            result[role] = round(result.get(role, 0.0) + line.balance, 2)
        return result

    @contextmanager
    def assertRefused(self, text, exception=UserError):
        """The block is refused with a message that names `text`, and undone."""
        with self.assertRaises(exception) as caught:
            yield
        self.assertIn(text, str(caught.exception))

    def assertBooks(self, company=None):
        """Loans and ledger agree to the cent, and items say what their entries say."""
        self.assertEqual(self.ledger._check_books(company or self.company), [])
        self.assertItemEvents()

    def assertItemEvents(self):
        """Every journal item keeps the event of its entry."""
        self.env.flush_all()
        self.env.cr.execute(OTHER_EVENT)
        self.assertEqual(self.env.cr.fetchall(), [])
