"""What the expected value of an offer rests on, and where each number comes from."""

import numpy as np

from odoo import api, fields, models

from ...engine import offers


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    pd_no_relief = fields.Float(
        "PD Without Relief", digits=(8, 6), readonly=True, copy=False
    )
    lgd = fields.Float("Loss Given Default", digits=(8, 6), readonly=True, copy=False)
    prepayment = fields.Float(
        "Repaid Ahead Within a Year", digits=(8, 6), readonly=True, copy=False
    )
    expected_facts = fields.Json(readonly=True, copy=False)
    lgd_policy_id = fields.Many2one(
        "carloan.provision.policy", readonly=True, copy=False, ondelete="restrict"
    )
    redefault_table_id = fields.Many2one(
        "carloan.risk.table",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    prepayment_table_id = fields.Many2one(
        "carloan.risk.table",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    risk_override_text = fields.Char(related="loan_id.risk_override_text")
    expected_text = fields.Text(
        "What Values Rest On", compute="_compute_expected_text", compute_sudo=True
    )

    @api.depends("assessment_id", "policy_id", "lgd_policy_id", "redefault_table_id")
    @api.depends_context("lang")
    def _compute_expected_text(self):
        """Say each assumption and its source; empty before the assessment."""
        for request in self:
            lines = request._get_expected_lines() if request.assessment_id else []
            request.expected_text = "\n".join(lines)

    def _get_expected_lines(self):
        """Return a sentence for each number that offers are valued with."""
        policy = self.policy_id.display_name
        redefault, ahead = self.redefault_table_id, self.prepayment_table_id
        return [
            self.env._(
                "Default within a year without relief: %(pd)s (assessment of %(date)s, "
                "%(version)s).",
                pd=f"{self.pd_no_relief:.1%}",
                date=self.assessment_id.date,
                version=self.assessment_id.version or "",
            ),
            self.env._(
                "With a plan: by its measures, table %(table)s.",
                table=redefault.display_name,
            )
            if redefault
            else self.env._(
                "With a plan: %(share)s of that (relief policy %(policy)s).",
                share=f"{self.policy_id.pd_relief_factor:.0%}",
                policy=policy,
            ),
            self.env._(
                "Loss on a default: %(lgd)s (%(origin)s).",
                lgd=f"{self.lgd:.1%}",
                origin=self.lgd_policy_id.display_name or policy,
            ),
            self.env._(
                "Repaid ahead within a year: %(share)s (%(origin)s).",
                share=f"{self.prepayment:.1%}",
                origin=ahead.display_name or self.env._("no table"),
            ),
        ]

    def _prepare_expected_vals(self, assessment, as_of):
        """Return what offers of the case are valued with, frozen with its sources."""
        # sudo: tables and policies are read for the figures alone
        Expected_sudo = self.env["carloan.risk.expected"].sudo()
        loan_sudo = self.loan_id.sudo()
        company = loan_sudo.company_id
        facts = Expected_sudo._get_facts(assessment.sudo())
        lgd, lgd_policy = Expected_sudo._get_lgd(loan_sudo, facts, as_of)
        ahead, table = Expected_sudo._get_prepayment(company, facts, as_of)
        redefault = Expected_sudo._get_table("redefault", company, as_of)
        return {
            "pd_no_relief": assessment.pd,
            "lgd": self._get_policy_lgd(as_of) if lgd is None else float(lgd[0]),
            "lgd_policy_id": lgd_policy.id,
            "prepayment": float(ahead[0]),
            "prepayment_table_id": table.id,
            "redefault_table_id": redefault.id,
            "expected_facts": {
                name: None if np.isnan(values[0]) else float(values[0])
                for name, values in facts.items()
            },
        }

    def _get_policy_lgd(self, as_of):
        """Return the loss of the relief policy, where no provisioning policy is."""
        # sudo: the figure alone
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        return Policy_sudo._get_in_force(self.company_id, as_of).lgd

    def _prepare_assumptions(self, position):
        """Return what offers are valued with: policy data, tables and the case's PD."""
        # sudo: policy and tables are read for the figures alone
        self_sudo = self.sudo()
        policy_sudo, table_sudo = self_sudo.policy_id, self_sudo.redefault_table_id
        facts = self_sudo.expected_facts or {}
        return offers.Assume.under(
            self_sudo.pd_no_relief,
            policy_sudo.pd_relief_factor,
            policy_sudo.discount_rate,
            position.annual_rate,
            lgd=self_sudo.lgd,
            prepayment=self_sudo.prepayment,
            redefault=table_sudo._get_engine_table() if table_sudo else None,
            facts={
                name: np.nan if value is None else value
                for name, value in facts.items()
            },
        )
