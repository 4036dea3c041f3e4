"""Requests that a campaign begins, with their offers: N at once."""

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import frozen


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    @api.model
    def _make_for_campaign(self, campaign, chosen):
        """Make an offered request for each of N loans.

        What a case goes through one by one is done here in sets: the number of
        statements does not depend on the number of loans.

        :param campaign: carloan.relief.campaign, approved
        :param list chosen: (loan, Proposal, CampaignCase) of each
        :return: the requests, in the same order
        """
        # tracking of what is new tells nothing, and reviews are the campaign's
        quiet = self.with_context(
            tracking_disable=True,
            mail_create_nolog=True,
            mail_create_nosubscribe=True,
            skip_validation_check=True,
        )
        names = self._take_names(campaign.company_id, len(chosen))
        requests = quiet.create(
            [
                quiet._prepare_campaign_vals(campaign, name, *one)
                for name, one in zip(names, chosen, strict=True)
            ]
        )
        requests._make_consents()
        requests._make_campaign_offers(chosen)
        requests._message_log_batch(
            bodies={
                request.id: self.env._(
                    "Offered by campaign %(campaign)s, approved by %(approvers)s.",
                    campaign=campaign.name,
                    approvers=", ".join(campaign.approver_ids.mapped("name")),
                )
                for request in requests
            }
        )
        return requests

    @api.model
    def _take_names(self, company, count):
        """Return the next numbers of requests: one statement where gaps are allowed."""
        Sequence = self.env["ir.sequence"].with_company(company)
        sequence = Sequence.search(
            [
                ("code", "=", "carloan.relief.request"),
                ("company_id", "in", (company.id, False)),
            ],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [
                Sequence.next_by_code("carloan.relief.request") for _one in range(count)
            ]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]

    def _prepare_campaign_vals(self, campaign, name, loan, proposal, case):
        """Return the values of a request that was decided with its campaign."""
        now, at = fields.Datetime.now(), case.place(loan)
        assessment = loan.assessment_id
        return {
            "name": name,
            "state": "offered",
            "loan_id": loan.id,
            "user_id": (loan.user_id or campaign.user_id).id,
            "reason_id": campaign.reason_id.id,
            "channel": "campaign",
            "relief_campaign_id": campaign.id,
            "campaign_approved": True,
            "as_of": campaign.as_of,
            "policy_id": campaign.policy_id.id,
            "rule_id": proposal.rule.id,
            "assessment_id": assessment.id,
            "grade_id": assessment.grade_id.id,
            "closed": proposal.closed,
            "position": frozen.freeze(case.position, at),
            "proposer_id": campaign.proposer_id.id,
            "expiry_date": self._get_campaign_expiry(campaign, loan),
            "date_submitted": now,
            "date_assessed": now,
            "date_proposed": now,
            "date_decided": now,
            **case.prepare_expected_vals(at),
            **case.prepare_before_vals(at, self),
        }

    @api.model
    def _get_campaign_expiry(self, campaign, loan):
        """Return the last day of an offer: the first of what ends it."""
        days = [
            campaign.date_to,
            fields.Date.add(campaign.as_of, days=campaign.policy_id.offer_days),
        ]
        if loan.next_due_date:
            days.append(fields.Date.subtract(loan.next_due_date, days=1))
        return max(min(days), campaign.as_of)

    def _make_campaign_offers(self, chosen):
        """Make the offers of each request, and propose the one that was approved."""
        vals_list, proposed = [], []
        for request, (loan, proposal, case) in zip(self, chosen, strict=True):
            position = case.position.take(np.array([case.place(loan)]))
            for number, offer in enumerate(proposal.offers, start=1):
                if offer is proposal.offer:
                    proposed.append(len(vals_list))
                vals = request._prepare_offer_vals(position, offer)
                vals_list.append({"sequence": number, **vals})
        offers = self.env["carloan.relief.offer"].create(vals_list)
        for request, at in zip(self, proposed, strict=True):
            request.offer_id = offers[at]
        for request in self:
            request.proposal_hash = request._get_proposal_hash()
