"""Loans that end otherwise than by their instalments, and who handles that."""

from odoo import Command

from .common_loan import LoanCase


class ClosingCase(LoanCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_staff(
            "c", "officer", "approver", "manager", "accountant", "auditor", "employee"
        )
        cls.ground = cls.env["carloan.evidence.type"].create(
            {
                "name": "Bankruptcy",
                "valid_from": "2020-01-01",
                "paper_ids": [
                    Command.create({"name": "Ruling"}),
                    Command.create({"name": "Letter", "required": False}),
                ],
            }
        )

    @classmethod
    def _create_a19(cls, allowance=35000.0):
        """38,000 not yet due and 1,520 of interest due, as worked case A19 has it."""
        loan = cls._create_active(
            principal=38000.0,
            annual_rate=0.48,
            method="interest_only",
            instalments=12,
            start_date="2026-05-15",
            first_due_date="2026-06-15",
        )
        cls._bill("2026-06-20")
        cls._provide(loan, allowance)
        return loan

    @classmethod
    def _provide(cls, loan, amount, key="test"):
        """Give a loan an allowance."""
        event = {
            "loan": loan,
            "event": "provision",
            "key": f"{key}:{loan.id}",
            "date": "2026-06-16",
            "amounts": {"charge": loan._to_minor([amount])[0]},
        }
        return cls.ledger._post_events([event])

    @classmethod
    def _document(cls, user=None):
        """A document as a user has just uploaded it."""
        Attachment = cls.env["ir.attachment"].with_user(user or cls.officer)
        return Attachment.create({"name": "ruling.pdf", "raw": b"%PDF-1.4 ruling"})

    @classmethod
    def _write_off_case(cls, loan, with_papers=True, **values):
        case = (
            cls.env["carloan.write.off"]
            .with_user(cls.officer)
            .create(
                {
                    "loan_id": loan.id,
                    "date": "2026-06-20",
                    "evidence_type_ids": [Command.set(cls.ground.ids)],
                    **values,
                }
            )
        )
        if with_papers:
            line = case.line_ids.filtered("required")
            line.attachment_ids = cls._document()
        return case

    @classmethod
    def _written_off(cls, loan, **values):
        case = cls._write_off_case(loan, **values)
        case.action_submit()
        case.with_user(cls.approver).action_approve()
        case.with_user(cls.accountant).action_write_off()
        return case

    def _undo(self, user=None, date="2026-06-20", **values):
        """Undo as a person does: by the window."""
        wizard = self.env["carloan.undo"].with_user(user or self.accountant)
        wizard.create({"date": date, "reason": "Mistake", **values}).action_confirm()

    def _moves(self, loan, event, live=True):
        """The entries of an event of a loan, in the order they were posted."""
        moves = self.env["account.move"].search(
            [("carloan_loan_id", "=", loan.id), ("carloan_event", "=", event)],
            order="id",
        )
        if live:
            moves = moves.filtered(
                lambda m: not m.reversed_entry_id and not m.reversal_move_ids
            )
        return moves

    def _memo(self, loan, kind="written_off"):
        lines = self.env["carloan.memo"].search(
            [("loan_id", "=", loan.id), ("kind", "=", kind)]
        )
        return round(sum(lines.mapped("amount")), 2)

    def assertEmptied(self, loan):
        """No control account holds anything of the loan."""
        roles = ("principal", "principal_due", "interest_due", "fee_due")
        roles += ("penalty_due", "interest_adjustment", "allowance")
        self.assertEqual(
            {role: self._sum(loan, role) for role in roles if self._sum(loan, role)}, {}
        )
