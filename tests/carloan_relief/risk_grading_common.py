"""Loans to grade: flags, PDs that the model is made to give, grades set by hand."""

from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.tests import freeze_time

from .risk_common import AS_OF, RiskCase


class GradingCase(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env.ref("carloan_relief.carloan_risk_policy_start")
        cls.grades = {
            grade.name: grade for grade in cls.env["carloan.risk.grade"].search([])
        }

    def setUp(self):
        super().setUp()
        clock = freeze_time(f"{AS_OF} 09:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def flag(self, loan, kind, **vals):
        return self.env["carloan.risk.flag"].create(
            {
                "partner_id": loan.partner_id.id,
                "kind": kind,
                "date_from": AS_OF,
                "known_on": AS_OF,
                "reason": "Court file",
                **vals,
            }
        )

    def assess(self, loan, as_of=AS_OF, pd=None):
        """Assess; with a PD that the model is made to give."""
        if pd is None:
            return loan._assess(as_of)
        Card = type(
            self.env["carloan.risk.scorecard"]
            ._get_for_company(loan.company_id)
            ._get_engine_card()
        )
        real = Card.predict

        def predict(card, features, top=4):
            found = real(card, features, top)
            found.pd[:] = pd
            return found

        with patch.object(Card, "predict", predict):
            return loan._assess(as_of)

    def propose(self, loan, grade="B", user="officer", days=30, **vals):
        return (
            self.env["carloan.risk.override"]
            .with_user(self.users[user])
            .create(
                {
                    "loan_id": loan.id,
                    "grade_id": self.grades[grade].id,
                    "reason": "New job since Monday, contract seen",
                    "expiry": AS_OF + relativedelta(days=days),
                    **vals,
                }
            )
        )
