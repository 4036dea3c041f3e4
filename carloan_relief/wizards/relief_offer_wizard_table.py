"""The offers of the case side by side with the plan being set, and where limits are."""

from odoo import api, fields, models
from odoo.exceptions import UserError

#: inputs that say nothing when they are empty, and what empty is
EMPTY = {
    "extend": 0,
    "holiday": 0,
    "rate_cut": 0.0,
    "rate_instalments": 0,
    "waive_interest": 0.0,
    "waive_penalty": 0.0,
    "waive_fee": 0.0,
    "waive_when": "now",
    "capitalise": False,
    "carry_interest": False,
    "defer_principal": 0.0,
    "forgive_principal": 0.0,
    "low_amount": 0.0,
    "low_instalments": 6,
    "low_then": "reamortise",
    "first_due_date": False,
}
#: input -> limit of the box that bounds it
LIMIT_OF = {
    "extend": "max_extend",
    "holiday": "max_holiday",
    "rate_cut": "max_rate_cut",
    "rate_instalments": "max_rate_rows",
    "waive_interest": "max_waive_interest",
    "waive_penalty": "max_waive_penalty",
    "waive_fee": "max_waive_fee",
    "defer_principal": "max_forbear",
    "forgive_principal": "max_forgive",
}


class CarloanReliefOfferWizard(models.TransientModel):
    _inherit = "carloan.relief.offer.wizard"

    offers = fields.Json("Offers Side by Side", compute="_compute_offers")
    limits = fields.Json("Limits of the Policy", compute="_compute_limits")

    @api.depends("request_id")
    def _compute_offers(self):
        """Each offer as a column; texts as the screen shows them, money as numbers."""
        for wizard in self:
            request = wizard.request_id
            wizard.offers = {
                "currency_id": wizard.currency_id.id,
                "before": wizard._prepare_before_column(),
                "columns": [
                    wizard._prepare_offer_column(offer) for offer in request.offer_ids
                ],
            }

    def _prepare_before_column(self):
        """Return the figures of the loan as it is."""
        request = self.request_id
        rows = request.before_rows or ()
        return {
            "instalment": request.before_instalment,
            "instalments": request.before_instalments,
            "last_date": rows[-1]["due_date"] if rows else False,
            "total_cost": request.before_total,
        }

    def _prepare_offer_column(self, offer):
        """Return the figures of one offer and the inputs that lead to it."""
        picks = dict(offer._fields["pick"]._description_selection(self.env))
        return {
            "id": offer.id,
            "title": picks.get(offer.pick) or self.env._("Alternative"),
            "proposed": offer.is_proposed,
            "exception": offer.is_exception,
            "affordable": offer.affordable,
            "plan": offer.plan_text,
            "instalment": offer.instalment,
            "instalments": offer.instalments,
            "last_date": offer.rows[-1]["due_date"] if offer.rows else False,
            "total_cost": offer.total_cost,
            "apr": offer.apr,
            "concession": offer.concession,
            "npv": offer.npv,
            "npv_gain": offer.npv_gain,
            "why": offer.reason_text or "",
            "limits": offer.binding_text or "",
            "inputs": self._get_inputs(offer.plan),
        }

    def _get_inputs(self, plan):
        """Return the inputs that set a plan, None where they cannot say it."""
        inputs = dict(EMPTY)
        for measure in plan or ():
            said = self._get_inputs_of(measure)
            if said is None:
                return None
            inputs.update(said)
        return inputs

    def _get_inputs_of(self, measure):
        """Return what one measure sets, None where the inputs cannot say it."""
        kind = measure["kind"]
        share = float(measure.get("percent") or 0) / 100
        if kind in ("defer_principal", "forgive_principal", "waive") and not share:
            return None
        if kind == "waive":
            name = f"waive_{measure['component']}"
            return {name: share, "waive_when": measure.get("when", "now")}
        if kind in ("defer_principal", "forgive_principal"):
            return {kind: share}
        if kind == "extend":
            return {"extend": int(measure["instalments"])}
        if kind == "holiday":
            return {
                "holiday": int(measure["instalments"]),
                "holiday_interest": measure.get("interest", "pay"),
            }
        if kind == "rate":
            position = self.request_id._get_position()
            cut = float(position.annual_rate[0]) - float(measure["annual_rate"])
            return {
                "rate_cut": round(cut, 6),
                "rate_instalments": int(measure.get("instalments") or 0),
            }
        if kind == "lower_instalment":
            return {
                "low_amount": float(measure["amount"]),
                "low_instalments": int(measure["instalments"]),
                "low_then": measure.get("then", "reamortise"),
            }
        return {
            "capitalise": {"capitalise": True},
            "redate": {"first_due_date": measure.get("first_due_date")},
            "carry": {"carry_interest": True},
        }.get(kind)

    @api.depends("request_id")
    def _compute_limits(self):
        """Say how far the policy lets each input go, and how far its slider goes.

        Beyond the policy a plan is an exception, so a slider goes on to there.
        """
        for wizard in self:
            try:
                position = wizard.request_id._get_position()
            except UserError:
                # the preview says what is missing
                wizard.limits = {}
                continue
            box = wizard.request_id._prepare_box(position)
            ends = wizard._get_slider_ends(position, box)
            wizard.limits = {
                name: {
                    "policy": self._plain(box.get(limit)),
                    "end": ends.get(name, 1.0),
                }
                for name, limit in LIMIT_OF.items()
            }

    def _get_slider_ends(self, position, box):
        """Return where sliders end: twice the policy, within what the loan has."""
        left = int(position.instalments[0])
        return {
            "extend": max(2 * int(box["max_extend"]), left),
            "holiday": max(left - 1, 0),
            "rate_instalments": left,
            "rate_cut": float(position.annual_rate[0]),
        }

    @api.model
    def _plain(self, value):
        """Return a limit of the box, which may be an array of one, as JSON has it."""
        value = value[0] if hasattr(value, "__len__") else value
        return getattr(value, "item", lambda: value)()
