from odoo import api, fields, models
from odoo.tools import format_date


class CarloanReliefOffer(models.Model):
    """The measures of a plan in words, as the borrower signs them."""

    _inherit = "carloan.relief.offer"

    @api.model
    def _get_plan_text(self, plan, currency):
        """Put the measures of a plan in words."""
        words = [self._get_measure_text(measure, currency) for measure in plan or ()]
        return "; ".join(words) or self.env._("No change")

    @api.model
    def _get_measure_text(self, measure, currency):
        """Put one measure in words."""
        kind = measure["kind"]
        if kind == "extend":
            return self.env._(
                "instalments added: %(count)s", count=measure["instalments"]
            )
        if kind == "rate":
            return self._get_rate_text(measure)
        if kind == "holiday":
            interest = {
                "pay": self.env._("interest paid"),
                "capitalise": self.env._("interest added to the balance"),
                "defer": self.env._("interest due afterwards"),
                "waive": self.env._("interest waived"),
            }[measure.get("interest", "pay")]
            return self.env._(
                "holiday: %(count)s without principal, %(interest)s",
                count=measure["instalments"],
                interest=interest,
            )
        if kind == "capitalise":
            return self.env._("overdue amounts added to the balance")
        if kind == "waive":
            return self._get_waive_text(measure, currency)
        if kind == "carry":
            return self.env._("overdue interest due with the first instalment")
        if kind in ("defer_principal", "forgive_principal"):
            return self._get_principal_text(measure, currency)
        if kind == "lower_instalment":
            return self._get_lower_text(measure, currency)
        if kind == "redate":
            day = fields.Date.to_date(measure["first_due_date"])
            return self.env._(
                "next instalment due on %(date)s, later ones on that day",
                date=format_date(self.env, day),
            )
        return kind

    @api.model
    def _get_rate_text(self, measure):
        """Put another rate in words."""
        rate = float(measure["annual_rate"]) * 100
        if not measure.get("instalments"):
            return self.env._("rate %(rate).3g%% a year", rate=rate)
        return self.env._(
            "rate %(rate).3g%% a year for the first instalments: %(count)s",
            rate=rate,
            count=measure["instalments"],
        )

    @api.model
    def _get_lower_text(self, measure, currency):
        """Put lowered instalments, and what follows them, in words."""
        then = {
            "reamortise": self.env._("higher ones to the same end"),
            "extend": self.env._("more of the usual ones"),
            "balloon": self.env._("the rest with the last one"),
        }[measure.get("then", "reamortise")]
        return self.env._(
            "instalments of %(amount)s: %(count)s, then %(then)s",
            amount=currency.format(float(measure["amount"])),
            count=measure["instalments"],
            then=then,
        )

    @api.model
    def _get_principal_text(self, measure, currency):
        """Put principal deferred or forgiven in words."""
        if "amount" in measure:
            part = currency.format(float(measure["amount"]))
        else:
            part = f"{float(measure['percent']):.3g}%"
        if measure["kind"] == "forgive_principal":
            return self.env._("%(part)s of the principal forgiven", part=part)
        return self.env._(
            "%(part)s of the principal due with the last instalment, without interest",
            part=part,
        )

    @api.model
    def _get_waive_text(self, measure, currency):
        """Put a waiver in words."""
        if measure.get("when") == "on_completion":
            now = self._get_waive_text({**measure, "when": "now"}, currency)
            return self.env._("%(waiver)s once the plan is completed", waiver=now)
        component = {
            "interest": self.env._("overdue interest"),
            "penalty": self.env._("penalty"),
            "fee": self.env._("fees"),
        }[measure["component"]]
        if "amount" in measure:
            return self.env._(
                "%(amount)s of %(component)s waived",
                amount=currency.format(float(measure["amount"])),
                component=component,
            )
        return self.env._(
            "%(percent).3g%% of %(component)s waived",
            percent=float(measure.get("percent", 100)),
            component=component,
        )
