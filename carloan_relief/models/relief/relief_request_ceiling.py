"""A case and the monthly ceilings on the book: nothing passes them unseen."""

from odoo import fields, models
from odoo.exceptions import UserError


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _move_to(self, state, allowed, **vals):
        """Override: a proposal and an activation keep within the ceilings."""
        res = super()._move_to(state, allowed, **vals)
        if state in ("to_approve", "active"):
            self._check_ceilings()
        return res

    def _get_ceilings_sudo(self):
        """Return the ceilings of the policy in force: they are of the month."""
        today = fields.Date.context_today(self)
        # sudo: ceilings hold whoever asks
        Policy_sudo = self.env["carloan.relief.policy"].sudo()
        return Policy_sudo._find_in_force(self.company_id, today).ceiling_ids

    def _get_case_principal(self):
        """Return the principal of the case in minor units, as it was assessed."""
        position = self.position or {}
        return position.get("principal", 0) + position.get("overdue_principal", 0)

    def _find_breaches(self, plan, position, box, offer):
        """Override: a ceiling of the month is a limit like the others."""
        codes = super()._find_breaches(plan, position, box, offer)
        passed_sudo = self._get_ceilings_sudo()._find_passed(
            self, plan, self._get_case_principal()
        )
        return codes + [f"ceiling.{one.measure}" for one in passed_sudo]

    def _check_ceilings(self):
        """Refuse what passes a ceiling, unless it was proposed as an exception."""
        self.ensure_one()
        ceilings_sudo = self._get_ceilings_sudo()
        if not ceilings_sudo:
            return
        ceilings_sudo._lock_check()
        offer_sudo = self.sudo().offer_id
        passed_sudo = ceilings_sudo._find_passed(
            self, offer_sudo.plan, self._get_case_principal()
        ).filtered(
            lambda one: f"ceiling.{one.measure}" not in (offer_sudo.binding or ())
        )
        for ceiling_sudo in passed_sudo:
            raise UserError(
                self.env._(
                    "Request %(request)s passes the monthly ceiling on reliefs with "
                    "%(measure)s: %(count)s loans and %(balance)s are still available "
                    "this month. Choose an offer without it, wait for the next month, "
                    "or make it with New Offer as an exception, with a reason.",
                    request=self.name,
                    measure=ceiling_sudo.display_name,
                    count=ceiling_sudo.left_count,
                    balance=ceiling_sudo.currency_id.format(ceiling_sudo.left_balance),
                )
            )
