"""Loans of which a campaign may write to some, and not to others."""

from odoo import fields

from .common_relief import TODAY
from .test_relief_policy import PolicyCase


class CampaignCase(PolicyCase):
    """Six late loans, each of a borrower of its own who agreed to offers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Campaign = cls.env["carloan.relief.campaign"]
        cls.analyst = cls._user("c_analyst", "carloan_relief.group_risk_analyst")
        cls.loans = cls.env["carloan.loan"]
        for number in range(6):
            partner = cls.env["res.partner"].create(
                {
                    "name": f"Borrower {number}",
                    "email": f"borrower{number}@example.com",
                    "carloan_offers_consent_on": "2026-01-02",
                }
            )
            cls.loans |= cls._create_active(
                vehicle_id=cls.vehicle.id, partner_id=partner.id
            )
        cls._bill(TODAY)
        for loan in cls.loans:
            cls._pay(loan, sum(loan.instalment_ids[:3].mapped("amount")), TODAY)
        cls.ledger._charge_penalties(cls.loans, cls._today())
        cls.loans._refresh_position(cls._today())
        cls.loans._assess(cls._today())
        for loan, letter in zip(cls.loans, "AABBCD", strict=True):
            cls._put_grade(loan, letter)

    @classmethod
    def _put_grade(cls, loan, letter):
        grade = cls._grade(letter)
        pd = (grade.pd_min + min(grade.pd_max, 1)) / 2
        loan.write({"risk_grade_id": grade.id, "risk_pd": pd})
        loan.assessment_id.sudo().write({"grade_id": grade.id, "pd": pd})

    @classmethod
    def _campaign(cls, loans=None, user=None, **values):
        loans = cls.loans if loans is None else loans
        return cls.Campaign.with_user(user or cls.analyst).create(
            {
                "name": "Flood of June",
                "reason_id": cls.env.ref("carloan_relief.relief_reason_disaster").id,
                "loan_domain": f"[('id', 'in', {loans.ids})]",
                "date_to": "2026-07-10",
                "only_affordable": False,
                "only_gain": False,
                "min_cut": 0.0,
                **values,
            }
        )

    @classmethod
    def _preview(cls, campaign, limit=250):
        campaign.action_preview()
        campaign_sudo = campaign.sudo()
        while campaign_sudo._run_preview_batch(limit):
            pass
        campaign_sudo._finish_preview()
        campaign.invalidate_recordset()
        return campaign

    @classmethod
    def _previewed(cls, loans=None, **values):
        return cls._preview(cls._campaign(loans, **values))

    @classmethod
    def _line(cls, campaign, loan):
        return campaign.line_ids.filtered(lambda line: line.loan_id == loan)

    @classmethod
    def _codes(cls, campaign):
        """{place of the loan: why it is left out}"""
        places = {loan: at for at, loan in enumerate(cls.loans)}
        return {
            places[line.loan_id]: line.exclusion
            for line in campaign.line_ids
            if line.exclusion
        }

    @classmethod
    def _now(cls):
        return fields.Datetime.now()
