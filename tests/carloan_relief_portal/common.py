"""Two borrowers with a login each, their late loans, and a case in each state."""

import base64
import io

from dateutil.relativedelta import relativedelta
from PIL import Image

from odoo import fields
from odoo.tests import HttpCase, new_test_user

PASSWORD = "borrower-password"
#: nobody is invited by mail to choose a password, which takes as long as the rest
QUIET = {"no_reset_password": True}


def signature():
    """A drawn signature as the signature form sends it."""
    stream = io.BytesIO()
    Image.new("RGB", (60, 20), "white").save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


class PortalCase(HttpCase):
    """Borrowers `alice` and `bob`; the suite signs in as either or as nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env["res.partner"])
        cls.product = cls.env["carloan.product"].create(
            {"name": "New cars", "annual_rate": 0.072, "instalments": 36}
        )
        cls.product.action_map_accounts()
        cls.alice = cls._make_borrower("alice", "Alice Li")
        cls.bob = cls._make_borrower("bob", "Bob Wu")
        cls.officer = cls._make_staff("officer")
        cls.accountant = new_test_user(
            cls.env,
            login="portal-poster",
            groups="account.group_account_invoice",
            context=QUIET,
        ).with_env(cls.env)
        cls.approver = cls._make_staff("approver")
        cls.manager = cls._make_staff("manager")
        cls.reason = cls.env.ref("carloan_relief.relief_reason_income_cut")
        # papers stop a case only in the tests that are about papers
        kinds = cls.env["carloan.relief.document.type"].search([])
        kinds.write({"needed_for": "advice"})
        cls.loan = cls._make_loan(cls.alice.partner_id)
        cls.other_loan = cls._make_loan(cls.bob.partner_id)

    @classmethod
    def _make_borrower(cls, login, name):
        return new_test_user(
            cls.env,
            login=f"{login}@example.com",
            password=PASSWORD,
            name=name,
            groups="base.group_portal",
            email=f"{login}@example.com",
            context=QUIET,
        ).with_env(cls.env)

    @classmethod
    def _make_staff(cls, role, prefix="portal"):
        return new_test_user(
            cls.env,
            login=f"{prefix}-{role}",
            groups=f"carloan_relief.group_{role}",
            email=f"{prefix}-{role}@example.com",
            context=QUIET,
        ).with_env(cls.env)

    @classmethod
    def _make_loan(cls, partner, **vals):
        """A loan five months old: two instalments paid, the rest of them late."""
        vehicle = cls.env["carloan.vehicle"].create(
            {"make": "Aurora", "model": partner.name, "model_year": 2025}
        )
        loan = cls.env["carloan.loan"].create(
            {
                "partner_id": partner.id,
                "product_id": cls.product.id,
                "vehicle_id": vehicle.id,
                "user_id": cls.officer.id,
                "principal": 120000.0,
                "start_date": cls.today + relativedelta(months=-5),
                "first_due_date": cls.today + relativedelta(months=-4),
                **vals,
            }
        )
        loan.action_disburse()
        cls.env["carloan.ledger"]._bill_due(cls.today)
        paid = sum(loan.instalment_ids.sorted("sequence")[:2].mapped("amount"))
        loan._register_repayment(paid, cls.today)
        return loan

    # ------------------------------------------------------- CASES IN A STATE
    @classmethod
    def _submitted(cls, loan=None, **vals):
        loan = loan or cls.loan
        cls.env["carloan.financial.statement"].create(
            {
                "partner_id": loan.partner_id.id,
                "net_income": 9000.0,
                "living_costs": 5000.0,
            }
        )
        case = cls.env["carloan.relief.request"].create(
            {
                "loan_id": loan.id,
                "reason_id": cls.reason.id,
                "note": "The factory cut our hours.",
                "user_id": cls.officer.id,
                "channel": "portal",
                **vals,
            }
        )
        case._submit()
        return case

    @classmethod
    def _offered(cls, loan=None, letter="C"):
        """A case with an approved offer, under the rule of a grade."""
        case = cls._submitted(loan)
        case.with_user(cls.officer).action_assess()
        grade = cls.env["carloan.risk.grade"].search([("name", "=", letter)])
        rule = case.policy_id._get_rule(grade)
        case.write({"grade_id": grade.id, "rule_id": rule.id})
        case._generate_offers(case._get_position())
        case.with_user(cls.officer).action_request_approval()
        if case.state == "to_approve":
            case.with_user(cls.approver)._decide("validate", "Fine")
        if case.state == "to_approve":  # a large concession climbs a tier more
            case.with_user(cls.manager)._decide("validate", "Fine")
        return case

    @classmethod
    def _accepted(cls, loan=None):
        case = cls._offered(loan)
        cls._sign_all(case)
        return case

    @classmethod
    def _sign_all(cls, case):
        """The borrower signs every paper of a case, having read it."""
        documents = cls._read_all(case)
        name = case.partner_id.name
        case._sign_papers(documents, name, "portal", signature=signature())

    @classmethod
    def _read_all(cls, case):
        """The borrower opened the papers long enough ago to sign them."""
        documents = case._portal_open_documents()
        documents.opened_on = fields.Datetime.subtract(fields.Datetime.now(), hours=1)
        return documents

    # ------------------------------------------------------------------- HTTP
    def sign_in(self, user):
        self.authenticate(user.login, PASSWORD)

    def page(self, path, **options):
        return self.url_open(path, timeout=60, **options)

    def post(self, path, data=None, **options):
        """Post a form of the page with its anti-forgery token."""
        from odoo.http import Request

        data = {"csrf_token": Request.csrf_token(self), **(data or {})}
        return self.url_open(path, data=data, timeout=60, **options)
