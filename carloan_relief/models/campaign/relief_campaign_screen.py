"""Who is not written to, whatever could be offered: facts of N loans in sets."""

from odoo import fields, models

from ...engine import campaign as engine
from ..relief.relief_request import OPEN_STATES

PERSON_FIELDS = [
    "carloan_deceased_on",
    "carloan_no_offers",
    "carloan_offers_consent_on",
    "commercial_partner_id",
    "email_normalized",
]
#: Campaigns that still write to their borrowers.
BUSY = ("approved", "running", "paused")


class CarloanReliefCampaign(models.Model):
    _inherit = "carloan.relief.campaign"

    def _screen(self, loans):
        """Return {loan: code of why it is left out}; who may be written to is not in.

        The number of queries does not depend on the number of loans.

        :param loans: carloan.loan
        """
        self.ensure_one()
        # sudo: borrowers are screened whoever may read what is known of them
        loans_sudo = loans.sudo()
        flags = {
            "not_active": [loan.state != "active" for loan in loans_sudo],
            **self._get_person_flags(loans_sudo),
            **self._get_case_flags(loans_sudo),
        }
        return {
            loan: code
            for loan, code in zip(loans, engine.first_reason(flags), strict=True)
            if code
        }

    def _get_person_flags(self, loans_sudo):
        """Return {code: N bools} of what is known of the borrowers."""
        partners = loans_sudo.partner_id
        people = [loan.partner_id for loan in loans_sudo]
        # all at once: people are read one by one below
        partners.fetch(PERSON_FIELDS)
        blocked = self._find_blocked(partners)
        flagged = self._find_flagged(partners)
        related = self._find_related(loans_sudo)
        return {
            "related": [loan in related for loan in loans_sudo],
            "deceased": [bool(one.carloan_deceased_on) for one in people],
            "litigation": [bool(loan.litigation_since) for loan in loans_sudo],
            "risk_flag": [one in flagged for one in people],
            "no_contact": [
                one.carloan_no_offers or one.email_normalized in blocked
                for one in people
            ],
            "no_consent": [
                self.requires_consent and not one.carloan_offers_consent_on
                for one in people
            ],
            "no_address": [not one.email_normalized for one in people],
        }

    def _get_case_flags(self, loans_sudo):
        """Return {code: N bools} of what is under way with the loans."""
        # sudo: what is under way counts whichever team has it
        Request = self.env["carloan.relief.request"].sudo()
        Line = self.env["carloan.relief.campaign.line"].sudo()
        others = [("campaign_id", "!=", self.id), ("loan_id", "in", loans_sudo.ids)]
        busy = Line.search(
            [
                *others,
                ("campaign_id.state", "in", BUSY),
                ("exclusion", "=", False),
                ("request_id", "=", False),
            ]
        ).loan_id
        cases = Request.search(
            [
                ("loan_id", "in", loans_sudo.ids),
                ("state", "in", (*OPEN_STATES, "active")),
            ]
        )
        # a second relief is talked over, not sent
        running = cases.filtered(lambda one: one.state == "active")
        open_cases = (cases - running).loan_id
        # a trial that failed lately: the loan rests
        resting = (
            self.env["carloan.relief.plan"]
            .sudo()
            .search(
                [
                    ("loan_id", "in", loans_sudo.ids),
                    ("pause_until", ">", self._get_today()),
                ]
            )
            .loan_id
        )
        in_plan = running.loan_id
        often = self._find_often_written(loans_sudo.partner_id)
        return {
            "open_request": [loan in open_cases for loan in loans_sudo],
            "running_plan": [loan in in_plan for loan in loans_sudo],
            "pause": [loan in resting for loan in loans_sudo],
            "other_campaign": [loan in busy for loan in loans_sudo],
            "frequency": [loan.partner_id in often for loan in loans_sudo],
        }

    def _find_blocked(self, partners):
        """Return the addresses that asked for no more mail of any kind."""
        # sudo: an objection holds though the list is for mailing staff
        blacklist_sudo = self.env["mail.blacklist"].sudo()
        addresses = partners.mapped("email_normalized")
        return set(blacklist_sudo.search([("email", "in", addresses)]).mapped("email"))

    def _find_flagged(self, partners):
        """Return the borrowers who are bankrupt or suspected of fraud today."""
        today = self._get_today()
        # sudo: a flag excludes whoever may read it
        flags_sudo = self.env["carloan.risk.flag"].sudo()
        found = flags_sudo.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", self.company_id.id),
                ("date_from", "<=", today),
            ]
        )
        return found.filtered(lambda one: (one.date_to or today) >= today).partner_id

    def _find_related(self, loans_sudo):
        """Return the loans of those who drafted this campaign, and of their house."""
        # sudo: users of other companies draft, too
        users_sudo = self.sudo().editor_ids | self.sudo().user_id
        own = users_sudo.partner_id.commercial_partner_id
        return loans_sudo.filtered(
            lambda loan: (
                loan.partner_id | loan.party_ids.partner_id
            ).commercial_partner_id
            & own
        )

    def _find_often_written(self, partners):
        """Return the borrowers whom campaigns wrote to as often as is allowed."""
        # sudo: the cap is set by the company, whoever runs the campaign
        company_sudo = self.sudo().company_id
        if not company_sudo.carloan_offer_cap:
            return partners.browse()
        since = fields.Datetime.subtract(
            fields.Datetime.now(), days=company_sudo.carloan_offer_cap_days
        )
        counts = (
            self.env["carloan.relief.campaign.line"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", partners.ids),
                    ("company_id", "=", company_sudo.id),
                    ("campaign_id", "!=", self.id),
                    ("sent_on", ">=", since),
                ],
                ["partner_id"],
                ["campaign_id:count_distinct"],
            )
        )
        return partners.browse(
            partner.id
            for partner, count in counts
            if count >= company_sudo.carloan_offer_cap
        )
