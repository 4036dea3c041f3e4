"""The household of a case: what it can carry, now and with the plan."""

import numpy as np

from odoo import api, fields, models

from ...engine import affordability
from ..risk.carloan_financial_statement import SENSITIVE_GROUPS


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    budget_id = fields.Many2one(
        "carloan.financial.statement",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
        help="The statement of the case, else the borrower's newest.",
    )
    budget_income = fields.Monetary(
        "Net Income a Month",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
    )
    budget_affordable = fields.Monetary(
        "Can Carry a Month",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
    )
    budget_gap = fields.Monetary(
        "Left Over With the Instalment Now",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
        help="Negative: the instalment is more than the household can carry.",
    )
    burden_before = fields.Float(
        "Instalment Now in Income",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
    )
    burden_after = fields.Float(
        "Instalment After in Income",
        compute="_compute_budget",
        compute_sudo=True,
        groups=SENSITIVE_GROUPS,
    )
    budget_verified = fields.Boolean(
        compute="_compute_budget", compute_sudo=True, groups=SENSITIVE_GROUPS
    )
    budget_date = fields.Date(
        compute="_compute_budget", compute_sudo=True, groups=SENSITIVE_GROUPS
    )

    @api.depends(
        "statement_id",
        "partner_id",
        "before_instalment",
        "offer_id.instalment",
        "statement_id.affordable_instalment",
    )
    def _compute_budget(self):
        """Set the household against the instalments, in the currency of the loan."""
        today = fields.Date.context_today(self)
        for request in self:
            as_of = request.as_of or today
            budget = request.statement_id or request._get_last_statement(today)
            now, then = request.before_instalment, request.offer_id.instalment
            income = (
                budget.currency_id._convert(
                    budget.net_income, request.currency_id, budget.company_id, as_of
                )
                if budget and request.currency_id
                else 0.0
            )
            affordable = budget._get_affordable(request.currency_id, as_of)
            shares = affordability.ratio(np.array([now, then]), income)
            request.update(
                {
                    "budget_id": budget.id,
                    "budget_income": income,
                    "budget_affordable": affordable,
                    "budget_gap": affordable - now if budget and now else 0.0,
                    "burden_before": float(np.nan_to_num(shares[0])),
                    "burden_after": float(np.nan_to_num(shares[1])),
                    "budget_verified": bool(budget.verified_by),
                    "budget_date": budget.date,
                }
            )

    def action_open_budget(self):
        """Open the household's budget of the case, or begin one."""
        self.ensure_one()
        self.check_access("read")
        budget = self.budget_id
        return self._get_budget_action({"res_id": budget.id} if budget else {})

    def action_new_budget(self):
        """Begin a new budget: what was verified is not changed."""
        self.ensure_one()
        self._check_staff("officer")
        return self._get_budget_action({})

    def _get_budget_action(self, values):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Budget of %(partner)s", partner=self.partner_id.name),
            "res_model": "carloan.financial.statement",
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
            **values,
        }
