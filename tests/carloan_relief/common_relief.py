"""A late borrower, a company with its roles, and a case taken to each state."""

import base64

from odoo import Command, fields

from .common_loan import LoanCase

TODAY = "2026-06-20"
SCAN = base64.b64encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF")


class ReliefCase(LoanCase):
    """One loan with a guarantor, two instalments behind on ``TODAY``.

    Subclasses freeze the clock at ``TODAY``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # days of an offer end where the company is
        cls.company.partner_id.tz = "UTC"
        cls.Request = cls.env["carloan.relief.request"]
        cls._make_staff(
            "r",
            *("officer", "officer_2", "approver", "approver_2", "manager"),
            *("accountant", "auditor", "employee"),
        )
        cls.guarantor = cls.env["res.partner"].create({"name": "Guo Min"})
        cls.reason = cls.env.ref("carloan_relief.relief_reason_income_cut")
        cls.env["carloan.financial.statement"].create(
            {
                "partner_id": cls.borrower.id,
                "date": "2026-06-01",
                "net_income": 9800.0,
                "living_costs": 5000.0,
                "other_debt": 500.0,
            }
        )
        cls.vehicle = cls.env["carloan.vehicle"].create(
            {"make": "Aurora", "model": "Sedan", "condition": "new"}
        )
        cls.loan = cls._create_late()

    @classmethod
    def _create_late(cls, **values):
        """An active loan, billed up to today, the last two instalments unpaid."""
        loan = cls._create_active(
            vehicle_id=cls.vehicle.id,
            party_ids=[
                Command.create({"partner_id": cls.guarantor.id, "role": "guarantor"})
            ],
            **values,
        )
        cls._bill(TODAY)
        paid = sum(loan.instalment_ids[:3].mapped("amount"))
        cls._pay(loan, paid, TODAY)
        return loan

    @classmethod
    def _grade(cls, letter):
        return cls.env["carloan.risk.grade"].search([("name", "=", letter)])

    @classmethod
    def _draft(cls, loan=None, user=None, **values):
        return cls.Request.with_user(user or cls.officer).create(
            {
                "loan_id": (loan or cls.loan).id,
                "reason_id": cls.reason.id,
                **values,
            }
        )

    @classmethod
    def _assessed(cls, grade="C", **values):
        """A case assessed under the rule of a grade, whatever the scorecard says."""
        request = cls._draft(**values)
        request.action_submit()
        request.action_assess()
        cls._set_grade(request, grade)
        return request

    @classmethod
    def _set_grade(cls, request, letter):
        """Put a case under the rule of a grade and make its offers again."""
        grade = cls._grade(letter)
        request_sudo = request.sudo()
        rule = request_sudo.policy_id._get_rule(grade)
        request_sudo.write({"grade_id": grade.id, "rule_id": rule.id})
        request_sudo._generate_offers(request._get_position())

    @classmethod
    def _proposed(cls, grade="C", **values):
        request = cls._assessed(grade, **values)
        request.action_request_approval()
        return request

    @classmethod
    def _answer(cls, action, user, comment):
        """Fill in the comment, as the dialog does."""
        dialog = cls.env["comment.wizard"].with_user(user)
        dialog = dialog.with_context(action["context"]).create({"comment": comment})
        dialog.add_comment()

    @classmethod
    def _approve(cls, request, user, comment="Fine"):
        cls._answer(request.with_user(user).validate_tier(), user, comment)

    @classmethod
    def _reject(cls, request, user, comment="Income not shown"):
        cls._answer(request.with_user(user).reject_tier(), user, comment)

    @classmethod
    def _offered(cls, grade="C", **values):
        request = cls._proposed(grade, **values)
        cls._approve(request, cls.approver)
        return request

    @classmethod
    def _accepted(cls, grade="C", **values):
        request = cls._offered(grade, **values)
        request.consent_ids.with_user(cls.officer).action_give()
        request.action_accept()
        return request

    @classmethod
    def _sign_on_paper(cls, request, user, consent=None):
        """Record what the borrower, or another party, signed at the counter."""
        paper = cls.env["carloan.relief.paper"].with_user(user)
        paper.create(
            {
                "request_id": request.id,
                "consent_id": consent.id if consent else False,
                "scan": SCAN,
                "scan_name": "signed.pdf",
            }
        ).action_confirm()

    @classmethod
    def _active(cls, grade="C", **values):
        request = cls._accepted(grade, **values)
        request.with_user(cls.accountant).action_activate()
        return request

    @classmethod
    def _today(cls):
        return fields.Date.to_date(TODAY)

    def _logged(self, request):
        """Everything the chatter of a case says."""
        return " ".join(str(message.body) for message in request.sudo().message_ids)
