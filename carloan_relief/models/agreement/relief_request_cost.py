"""The cost of a plan as it is disclosed, and the fields of texts that speak of it."""

import math

from odoo import fields, models

from ...engine import disclosure, measures, penalty, rest


class CarloanReliefOffer(models.Model):
    _inherit = "carloan.relief.offer"

    def _get_revised(self):
        """Return (position, Revised) of the plan on the position it was made on."""
        self.ensure_one()
        request = self.request_id
        position = request._get_position()
        return position, measures.apply(position, request._get_engine_plans(self.plan))

    def _get_cost(self):
        """Return the cost of credit of the plan when it is kept.

        :return: amounts in the currency; ``nominal`` and ``effective`` are yearly
            fractions, None where the flows have no yield
        :rtype: dict
        """
        position, revised = self._get_revised()
        due = self._get_due_now(revised)
        cost = disclosure.cost(revised.after, due, position.period)
        from_minor = self.request_id._from_minor
        amounts = ("principal", "interest", "fees", "due_now", "total")
        found = {name: from_minor(getattr(cost, name))[0] for name in amounts}
        for name in ("nominal", "effective"):
            rate = float(getattr(cost, name)[0])
            found[name] = None if math.isnan(rate) else rate
        return found

    def _get_due_now(self, revised):
        """Return the overdue amounts that stay due beside the plan, minor units."""
        return sum(revised.remaining_overdue.values())

    def _get_contingent_cost(self):
        """Return what the plan costs when an instalment is not paid on its date.

        An uplift is on the rate that the plan has in force by then.

        :rtype: dict
        """
        _position, revised = self._get_revised()
        loan = self.loan_id
        past = disclosure.late_row(revised.after) + 1
        interest, rate = penalty.rates_on_top(
            [loan.penalty_rate],
            rest.rate_after(revised.terms, past),
            [loan.penalty_uplift],
            [loan.overdue_bears_interest],
        )
        found = disclosure.late(
            revised.after,
            interest,
            rate,
            [loan.grace_days],
            day_count=[loan.day_count],
            cap=[loan.penalty_cap],
        )
        from_minor = self.request_id._from_minor
        return {
            "overdue": from_minor(found.overdue)[0],
            "cost": from_minor(found.interest + found.penalty)[0],
            "days": int(found.days[0]),
            "rate": float(found.rate[0]),
            "penalty_rate": float(rate[0]),
            "grace_days": loan.grace_days,
        }


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def _get_plan_values(self):
        """Override: what the plan costs, kept and not kept."""
        values = super()._get_plan_values()
        offer = self.offer_id
        cost, late = offer._get_cost(), offer._get_contingent_cost()
        money = self.currency_id.format
        days = self.company_id._get_law_value(
            "cooling_off", self.company_id._get_carloan_day()
        )
        values.update(
            principal=money(cost["principal"]),
            interest=money(cost["interest"]),
            annual_cost=self._get_percent(cost["nominal"]),
            penalty_rate=self._get_percent(late["rate"]),
            grace_days=str(late["grace_days"]),
            cooling_off_days=f"{days:.0f}" if days else "",
            charges=lambda: self._render_block(
                "carloan_relief.document_charges",
                cost=cost,
                offer=offer,
                taker=self.company_id.name,
                currency=self.currency_id,
                effective=self._get_percent(cost["effective"]),
            ),
            contingent=lambda: self._render_block(
                "carloan_relief.document_contingent",
                late=late,
                rate=self._get_percent(late["rate"]),
                charges=self._get_contingent_charges(),
                taker=self.company_id.name,
                currency=self.currency_id,
            ),
        )
        return values

    def _get_percent(self, fraction):
        """Return a yearly rate as a text of two digits; a dash where there is none."""
        return "–" if fraction is None else f"{fraction * 100:.2f}"

    def _get_contingent_charges(self):
        """Return (what for, how much) of fees that only some events cost."""
        loan_sudo = self.loan_id.sudo()  # sudo: fees are part of the contract
        found = []
        fee = self.env["carloan.return.fee"]._get_for(loan_sudo)
        today = fields.Date.context_today(self)
        amount = fee._get_amount(loan_sudo, today) if fee else 0.0
        if amount:
            text = self.env._("for each direct debit that the bank returns")
            found.append((text, self.currency_id.format(amount)))
        fee = self.env["carloan.settlement.fee"]._get_for(loan_sudo)
        if fee and fee.kind == "percent" and fee.share:
            text = self.env._("of the principal repaid ahead, on early settlement")
            found.append((text, f"{fee.share * 100:.3g} %"))
        elif fee and fee.kind == "interest_months" and fee.months:
            text = self.env._("of interest on the principal repaid ahead")
            months = self.env._("%(count)s months", count=fee.months)
            found.append((text, months))
        return found
