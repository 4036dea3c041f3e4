"""The one path through the whole product, from set-up to the ledger."""

from odoo import Command, fields
from odoo.tests import Form, freeze_time, tagged

from .common_relief import ReliefCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-20")
class TestFirstPath(ReliefCase):
    @classmethod
    def _create_late(cls, **values):
        """Override: this path makes its own loan, step by step."""
        return cls.env["carloan.loan"]

    def test_from_product_to_revised_schedule_in_the_ledger(self):
        loan = self._lend()
        self._let_time_pass(loan)
        request = self._ask_for_relief(loan)
        self._decide(request)
        self._agree(request)
        self._put_in_force(request)
        self._look_from_both_sides(request)

    def _lend(self):
        """Product, vehicle, parties, disbursement entry and schedule."""
        product = self._create_product(self.company, name="Used to first path")
        spouse = self.env["res.partner"].create({"name": "Chen Hong"})
        with freeze_time("2026-01-15"):
            loan = (
                self.env["carloan.loan"]
                .with_user(self.officer)
                .create(
                    {
                        "partner_id": self.borrower.id,
                        "product_id": product.id,
                        "vehicle_id": self.vehicle.id,
                        "principal": 120000.0,
                        "start_date": "2026-01-15",
                        "first_due_date": "2026-02-15",
                        "party_ids": [
                            Command.create(
                                {"partner_id": spouse.id, "role": "co_borrower"}
                            ),
                            Command.create(
                                {"partner_id": self.guarantor.id, "role": "guarantor"}
                            ),
                        ],
                    }
                )
            )
            loan.with_user(self.accountant).action_disburse()
        loan = loan.sudo()
        self.assertEqual(self._sum(loan, "principal"), 120000.0)
        self.assertEqual(len(loan.instalment_ids), 36)
        self.assertEqual(loan.instalment_ids[0].amount, 3716.23)
        return loan

    def _let_time_pass(self, loan):
        """Billed when due, three instalments paid, part of the fourth, then nothing."""
        payments = dict.fromkeys(("2026-02-15", "2026-03-15", "2026-04-15"), 3716.23)
        payments["2026-05-15"] = 1500.0
        for month in range(2, 7):
            day = f"2026-{month:02}-15"
            with freeze_time(day):
                self._bill(day)
                if day in payments:
                    self._pay(loan, payments[day], day)
        loan._refresh_position()
        self.assertEqual(loan.oldest_due_date, fields.Date.to_date("2026-05-15"))
        self.assertEqual(loan.dpd, 36)
        self.assertEqual(loan.bucket, "31-60")
        self.assertEqual(loan.cn_class, "special_mention")
        self.assertAlmostEqual(loan.overdue_amount, 2 * 3716.23 - 1500.0, places=2)
        self.assertBooks()

    def _ask_for_relief(self, loan):
        """Request, risk grade by the scorecard, offers within its rule."""
        action = loan.with_user(self.officer).action_request_relief()
        form = Form(
            self.Request.with_user(self.officer).with_context(action["context"])
        )
        form.reason_id = self.reason
        request = form.save()
        request.action_submit()
        self.assertEqual(len(request.consent_ids), 2)
        request.action_assess()
        self.assertEqual(request.state, "assessed")
        self.assertEqual(request.grade_id, loan.risk_grade_id)
        self.assertEqual(request.rule_id.grade_id, request.grade_id)
        self.assertTrue(request.assessment_id.reason_text)
        self.assertTrue(request.offer_ids)
        self.assertFalse(any(request.offer_ids.mapped("is_exception")))
        return request

    def _decide(self, request):
        """Every tier that the case climbs, each by another person."""
        request.action_request_approval()
        self.assertEqual(request.state, "to_approve")
        self._approve(request, self.approver)
        if request.state == "to_approve":
            self._approve(request, self.manager)
        self.assertEqual(request.state, "offered")
        self.assertTrue(
            all(review.status == "approved" for review in request.sudo().review_ids)
        )

    def _agree(self, request):
        """The borrower and every other party agree."""
        request.consent_ids.with_user(self.officer).action_give()
        request._accept("Chen Lei")
        self.assertEqual(request.state, "accepted")

    def _put_in_force(self, request):
        """Entries posted, revised schedule active, drafts replaced."""
        loan = request.loan_id.sudo()
        old, owed = loan.schedule_id, loan.principal_balance
        request.with_user(self.accountant).action_activate()
        self.assertEqual(request.state, "active")
        new, offer = loan.schedule_id, request.offer_id
        self.assertEqual((old.state, new.state), ("superseded", "active"))
        self.assertEqual(new.request_id, request)
        self.assertEqual(
            loan._to_minor(new.instalment_ids.mapped("amount")),
            [row["instalment"] for row in offer.rows],
        )
        moves = request.sudo().move_ids
        self.assertTrue(moves)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        for move in moves:
            self.assertAlmostEqual(sum(move.line_ids.mapped("balance")), 0.0, places=2)
        drafts = new.instalment_ids.filtered(lambda row: row.state == "drafted")
        self.assertTrue(drafts.move_id)
        self.assertFalse(
            old.instalment_ids.filtered(lambda row: row.state == "drafted")
        )
        capitalised = any(part["kind"] == "capitalise" for part in offer.plan)
        if capitalised:
            self.assertEqual(loan.overdue_amount, 0.0)
            self.assertGreater(loan.principal_balance, owed)
        # relief never hides lateness: the first schedule still tells it
        self.assertEqual(loan.dpd_original, 36)
        self.assertBooks()

    def _look_from_both_sides(self, request):
        """Old and new side by side, from the request, the loan and the entry."""
        request = request.with_user(self.auditor)
        self.assertGreater(request.before_instalment, request.after_instalment)
        self.assertGreater(request.after_instalments, request.before_instalments)
        self.assertTrue(request.chart["before"] and request.chart["after"])
        loan = request.loan_id
        self.assertEqual(loan.request_count, 1)
        self.assertTrue(loan.previous_instalment_ids and loan.instalment_ids)
        move = request.move_ids.with_user(self.accountant)[:1]
        action = move.action_view_carloan_request()
        self.assertEqual(action["res_id"], request.id)
        self.assertTrue(request.with_user(self.accountant).read(["state", "name"]))
        self.assertEqual(loan.partner_id.carloan_request_count, 1)
