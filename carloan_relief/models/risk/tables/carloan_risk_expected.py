import numpy as np

from odoo import api, models
from odoo.exceptions import UserError

from ....engine.risk import tables


class CarloanRiskExpected(models.AbstractModel):
    """Loss on a default and repayment ahead of time, for the loans of assessments.

    Answers come with the table or policy they were read from, so that a page can say
    where a number comes from.
    """

    _name = "carloan.risk.expected"
    _description = "Expected losses and prepayments"

    @api.model
    def _get_facts(self, assessments):
        """Return {feature: (N,)} of what N assessments saw, and the grade's rank."""
        rows = [item.features or {} for item in assessments]
        names = dict.fromkeys(name for row in rows for name in row)
        facts = {
            name: np.array([row.get(name) for row in rows], np.float64)
            for name in names
        }
        ranks = self.env["carloan.risk.grade"]._get_sorted().ids
        facts["grade"] = np.array(
            [ranks.index(item.grade_id.id) + 1 for item in assessments], np.float64
        )
        return facts

    @api.model
    def _get_table(self, kind, company, day):
        """Return the table of a kind in force; an empty record when there is none."""
        return self.env["carloan.risk.table"]._get_in_force(kind, company, day)

    @api.model
    def _get_prepayment(self, company, facts, day):
        """Return (probability within a year (N,), table); zero without a table."""
        table = self._get_table("prepayment", company, day)
        if not table:
            return np.zeros(len(facts["grade"])), table
        return table._get_engine_table().share(facts), table

    @api.model
    def _get_lgd(self, loans, facts, day):
        """Return (loss on a default (N,), provisioning policy) of one product's loans.

        (None, empty) where the product has no provisioning policy.
        """
        policies = self.env["carloan.provision.policy"]
        try:
            policy = policies._get_for_product(loans.product_id, day)
        except UserError:
            return None, policies
        table = tables.LossTable([row._get_engine_row() for row in policy.lgd_ids])
        missing = np.full(len(loans), np.nan)
        columns = {
            "stage": [int(loan.ifrs_stage or 1) for loan in loans],
            "used": [loan.vehicle_id.condition == "used" for loan in loans],
            "ltv": facts.get("ltv", missing),
            "months": facts.get("seasoning", missing),
        }
        return table.share(columns), policy
