"""What only a person can say of a borrower: able to pay, difficulty over."""

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefPlan(models.Model):
    _inherit = "carloan.relief.plan"

    asked_word_for = fields.Date(
        help="End of the observation before which the officer was asked."
    )

    def _give_word(self, kind, note):
        """Put on file that the borrower is able to pay, or the difficulty over.

        :param str kind: able or resolved
        :param str note: what it rests on
        """
        self._check_staff("approver")
        if not (note or "").strip():
            raise UserError(
                self.env._(
                    "Say what it rests on: payslips seen, statement of which date, "
                    "talk with whom."
                )
            )
        today = fields.Date.context_today(self)
        for plan in self:
            plan._check_word(kind)
            plan._lock()
            # sudo: plans are written by their steps alone
            plan.sudo().write(
                {
                    f"{kind}_on": today,
                    f"{kind}_by_id": self.env.uid,
                    "followed_on": False,
                }
            )
            plan._add_event(kind, today, note=note.strip())

    def _check_word(self, kind):
        """Refuse a word on a plan that is over, or on one that is not kept now."""
        self.ensure_one()
        plan_sudo = self.sudo()  # approvers read plans of teams they are not in
        if plan_sudo.phase in ("replaced", "undone") or plan_sudo.left_on:
            raise UserError(
                self.env._(
                    "No clock runs on the plan of %(request)s any more: there is "
                    "nothing to find. Look at the later plan of the loan.",
                    request=plan_sudo.request_id.name,
                )
            )
        if kind == "resolved" and plan_sudo.loan_id.dpd:
            raise UserError(
                self.env._(
                    "Loan %(loan)s is %(days)s days past due: the difficulty cannot be "
                    "over while a payment is. Wait until it is made.",
                    loan=plan_sudo.loan_id.name,
                    days=plan_sudo.loan_id.dpd,
                )
            )
