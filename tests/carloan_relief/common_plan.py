"""Plans in force, and days that go by."""

from contextlib import contextmanager

from odoo import fields
from odoo.tests import freeze_time

from .common_relief import ReliefCase


class PlanCase(ReliefCase):
    """One loan with a plan since 2026-06-20, its payments due on the 15th."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.borrower.email = "chen.lei@example.com"
        cls.policy = cls.env["carloan.relief.policy"]._find_in_force(
            cls.company, cls._today()
        )

        request = cls._with_measures("C", extend=6, capitalise=True)
        cls.plan = request.relief_plan_ids.sudo()
        cls.env.flush_all()

    def _plan(self, trial=0, **policy):
        """The plan, on trial if asked for, under a policy with these figures."""
        self.policy.sudo().write(policy)
        if trial:
            self.plan.write({"trial_payments": trial, "phase": "trial"})
        return self.plan

    @classmethod
    def _with_measures(cls, grade, loan=None, **measures):
        """A request in force whose plan was set by staff."""
        request = cls._assessed(grade, loan=loan)
        wizard = cls.env["carloan.relief.offer.wizard"].with_user(cls.officer)
        wizard.create({"request_id": request.id, **measures}).action_add()
        request.action_request_approval()
        approvers = [cls.approver, cls.manager, cls.approver_2]
        while request.state == "to_approve" and approvers:
            cls._approve(request, approvers.pop(0))
        request.consent_ids.with_user(cls.officer).action_give()
        request.action_accept()
        request.with_user(cls.accountant).action_activate()
        return request

    @contextmanager
    def on(self, date):
        """Live on a day: what is due by then is billed."""
        with freeze_time(date):
            self._bill(date)
            yield fields.Date.to_date(date)

    def _night(self, plans, date, pay=None):
        """One night on a day, after a payment of what is overdue (or an amount)."""
        with self.on(date) as today:
            loan = plans.loan_id
            loan._refresh_position(today)
            if pay:
                owed = loan.overdue_amount if pay is True else pay
                self._pay(loan, owed, date)
            plans.sudo()._follow(today)
            self.env.flush_all()

    def _kept_until(self, plan, dates):
        """Pay on each of these days what is due."""
        for date in dates:
            self._night(plan, date, pay=True)

    def _kinds(self, plan):
        """What happened, from the first to the last."""
        return plan.event_ids.sorted("id").mapped("kind")
