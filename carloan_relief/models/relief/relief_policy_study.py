"""What a version would change, before it does: simulation and comparison."""

from odoo import fields, models


class CarloanReliefPolicy(models.Model):
    _inherit = "carloan.relief.policy"

    simulation_count = fields.Integer(compute="_compute_simulation_count")

    def _compute_simulation_count(self):
        # sudo: the number alone; opening the simulations asks for the right to
        counts = dict(
            self.env["carloan.relief.simulation"]
            .sudo()
            ._read_group([("policy_id", "in", self.ids)], ["policy_id"], ["__count"])
        )
        for policy in self:
            policy.simulation_count = counts.get(policy, 0)

    def action_simulate(self):
        """Open a new simulation of this version."""
        self.ensure_one()
        self.env["carloan.relief.simulation"]._check_may_simulate()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate %(policy)s", policy=self.display_name),
            "res_model": "carloan.relief.simulation",
            "view_mode": "form",
            "context": {
                "default_policy_id": self.id,
                "default_company_id": (self.company_id or self.env.company).id,
            },
        }

    def action_compare(self):
        """Open the choice of what this version is compared with.

        Proposed is the version in force; for that one, the one it replaced.
        """
        self.ensure_one()
        self.check_access("read")
        company = self.company_id or self.env.company
        today = fields.Date.context_today(self)
        other = self._find_in_force(company, today)
        if other == self:
            other = self.search(
                [
                    ("id", "!=", self.id),
                    ("company_id", "=", self.company_id.id),
                    ("date_from", "<", self.date_from),
                ],
                limit=1,
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Compare"),
            "res_model": "carloan.relief.policy.comparison",
            "view_mode": "form",
            "target": "new",
            "context": {"default_old_id": other.id, "default_new_id": self.id},
        }

    def action_view_simulations(self):
        """Open the simulations of this version."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "carloan_relief.carloan_relief_simulation_action"
        )
        return dict(action, domain=[("policy_id", "=", self.id)], context={})
