"""What the proposed plan gives, by component and by measure."""

from odoo import api, fields, models

from ...engine import eligibility, frozen, given, measures
from ..relief.relief_request import MOVE_FIELDS
from .optional_float import OptionalFloat

AMOUNTS = {
    "given_interest": "interest",
    "given_fee": "fee",
    "given_penalty": "penalty",
    "given_time": "time",
    "given_on_completion": "conditional",
}
MOVE_FIELDS |= {*AMOUNTS, "measure_ids", "holiday_instalments", "rate_cut"}


def _amount(string, **options):
    return fields.Monetary(string, compute="_compute_given", store=True, **options)


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    given_interest = _amount("Interest Waived")
    given_fee = _amount("Fees Waived")
    given_penalty = _amount("Penalty Waived")
    given_time = _amount(
        "Given by Rate and Time",
        help="Present value given up by a lower rate or by paying later. With what is "
        "waived and forgiven it makes up the concession.",
    )
    given_on_completion = _amount(
        "Waived on Completion",
        help="Amounts that are waived once the plan is completed, at their face.",
    )
    measure_ids = fields.Many2many(
        "carloan.relief.measure",
        "carloan_relief_request_measure_rel",
        "request_id",
        "measure_id",
        "Measures",
        compute="_compute_given",
        store=True,
    )
    holiday_instalments = fields.Integer(
        compute="_compute_given", store=True, aggregator="avg"
    )
    rate_cut = OptionalFloat(
        "Cut of the Rate",
        compute="_compute_given",
        store=True,
        digits=(8, 6),
        aggregator="avg",
        help="Of the yearly rate; empty without a proposed offer.",
    )

    @api.depends("offer_id.plan", "position")
    def _compute_given(self):
        # sudo: parts of the concession, which whoever reads the case may know
        self_sudo = self.sudo()
        there = self_sudo.filtered(lambda one: one.offer_id and one.position)
        (self_sudo - there)._set_nothing_given()
        kinds = self.env["carloan.relief.measure"]._get_by_code()
        for requests in there.grouped(lambda one: one.currency_id).values():
            requests._set_given(kinds)

    def _set_nothing_given(self):
        for request in self:
            request.update(dict.fromkeys(AMOUNTS, 0.0))
            request.measure_ids = False
            request.holiday_instalments = 0
            request.rate_cut = None

    def _set_given(self, kinds):
        """Let the engine take the plans of cases in one currency apart, at once."""
        position = frozen.thaw_all([one.position for one in self], measures.Position)
        chosen = [one.offer_id.plan for one in self]
        plans = measures.Plans.from_dicts(chosen, self.currency_id.decimal_places)
        found = given.given(position, plans)
        cut = given.rate_cut(position, plans)
        amounts = {
            name: self._from_minor(getattr(found, part))
            for name, part in AMOUNTS.items()
        }
        for at, request in enumerate(self):
            request.update({name: values[at] for name, values in amounts.items()})
            request.holiday_instalments = int(plans.holiday[at])
            request.rate_cut = float(cut[at])
            codes = map(eligibility.measure_of, chosen[at])
            request.measure_ids = [kinds[code].id for code in codes if code in kinds]
