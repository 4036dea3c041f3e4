"""Loans of one product, and what a campaign would offer them, by the engine."""

from dataclasses import dataclass, field

import numpy as np

from ...engine import campaign as engine
from ...engine import measures, simulation
from ..relief.simulation_case import SimulationCase


@dataclass
class Proposal:
    """What one loan is offered: ``code`` says why nothing, ``details`` which limits.

    ``offers`` are all that the borrower may see, ``offer`` the one proposed. Money is
    in minor units.
    """

    code: str | None = None
    details: list = field(default_factory=list)
    offers: list = field(default_factory=list)
    offer: object = None
    rule: object = None
    closed: list = field(default_factory=list)
    cut: float = 0.0
    forgiven: int = 0


class CampaignCase(SimulationCase):
    """Loans of a campaign that may be written to, as they stand today."""

    def __init__(self, run, loans):
        super().__init__(run, loans)
        self.places = {loan_id: at for at, loan_id in enumerate(self.loans.ids)}
        #: what plans are compared with: the instalment after a holiday that runs
        self.regular = simulation.regular_of_today(self.position)
        #: what one of their currency is in the company's
        self.rate = self.currency._get_conversion_rate(
            self.currency, run.company_id.currency_id, run.company_id, run.as_of
        )

    @staticmethod
    def nothing(code, *details):
        """Return the proposal of a loan that is left out."""
        return Proposal(code, list(details))

    def place(self, loan):
        """Return the place of a loan in the arrays."""
        return self.places[loan.id]

    def propose(self, limit):
        """Return a :class:`Proposal` for each of the N loans.

        :param int limit: offers shown to a borrower
        """
        found = [None] * len(self.loans)
        for rule, places in self.by_rule(self.run.policy_id):
            if not rule:
                made = [Proposal("no_rule") for _place in places]
            else:
                made = self._propose(rule, np.array(places), limit)
            for place, proposal in zip(places, made, strict=True):
                found[place] = proposal
        return found

    def _propose(self, rule, at, limit):
        """Return the proposals to loans ``at`` under one rule of the policy."""
        box, position = self._box(rule, at)
        found, picked, details = self._search(rule, at, position, box, limit)
        cuts = self._cuts(picked, at)
        codes = self._exclude(picked, details, at)
        forgiven = self._forgiven(position, picked)
        return [
            Proposal(
                code=codes[k],
                details=list(details[k]),
                offers=found[k],
                offer=picked[k],
                rule=rule,
                closed=list(box["closed"][k]),
                cut=float(cuts[k]),
                forgiven=int(forgiven[k]),
            )
            for k in range(len(at))
        ]

    def _search(self, rule, at, position, box, limit):
        """Return (offers, the one proposed or None, limits in the way) of N loans."""
        run, digits = self.run, self.currency.decimal_places
        assume = self._assume(rule.policy_id, at, position.annual_rate)
        most, able = run._get_most(), self.affordable[at]
        if run.mode == "preset":
            made, broken = engine.same_for_all(
                position, most, box, able, assume, digits
            )
            picked = [
                None if codes else offer
                for offer, codes in zip(made, broken, strict=True)
            ]
            return [[offer] for offer in made], picked, broken
        small = engine.narrow(box, most)
        found, picked = engine.search(
            position, small, able, assume, run.pick, limit, digits
        )
        shut = [
            () if offer else codes
            for offer, codes in zip(picked, box["closed"], strict=True)
        ]
        return found, picked, shut

    def _exclude(self, picked, details, at):
        """Return why each loan is left out by what it could be offered, or None."""
        run, made = self.run, [offer for offer in picked if offer]
        there = np.array([bool(offer) for offer in picked])

        def of(values, nothing):
            column = np.full(len(picked), nothing)
            column[there] = values
            return column

        able = of([offer.affordable for offer in made], True)
        better = of([offer.npv >= offer.npv_no_relief for offer in made], True)
        small = there & (self._cuts(picked, at) < run.min_cut - 1e-9)
        small &= run.min_cut > 0
        return engine.first_reason(
            {
                "outside": ~there,
                "strained": ~able & run.only_affordable,
                "no_gain": ~better & run.only_gain,
                "small_cut": small,
            }
        )

    def _cuts(self, picked, at):
        """Return by which share the instalments fall, (N,)."""
        before = self.regular[at]
        after = [
            offer.instalment if offer else old
            for offer, old in zip(picked, before, strict=True)
        ]
        return simulation.share_cut(before, after)

    def _forgiven(self, position, picked):
        """Return the principal that each plan gives up, (N,) minor units."""
        plans = [list(offer.plan) if offer else [] for offer in picked]
        plans = measures.Plans.from_dicts(plans, self.currency.decimal_places)
        return measures.apply(position, plans).forgiven

    # ------------------------------------------------------- VALUES OF REQUESTS
    def prepare_expected_vals(self, at):
        """Return what the offers of loan ``at`` are valued with, with its sources."""
        found = self.expected
        lgd, table = found["lgd"], found["redefault"]
        facts = {name: float(values[at]) for name, values in found["facts"].items()}
        return {
            "pd_no_relief": float(found["pd_no_relief"][at]),
            "lgd": self.run.policy_id.lgd if lgd is None else float(lgd[at]),
            "lgd_policy_id": found["lgd_policy"].id,
            "prepayment": float(found["prepayment"][at]),
            "prepayment_table_id": found["prepayment_table"].id,
            "redefault_table_id": table.id,
            "expected_facts": {
                name: None if np.isnan(value) else value
                for name, value in facts.items()
            },
        }

    def prepare_before_vals(self, at, requests):
        """Return the present figures of loan ``at``, and what its household can carry.

        :param requests: carloan.relief.request, whose own way it is worked out
        """
        loan = self.loans[at]
        statement = self.statements.get(loan.partner_id)
        # a request that is not saved: amounts are in the currency of its loan
        case = requests.new({"loan_id": loan.id})
        (affordable,) = loan._from_minor([self.affordable[at]])
        return {
            **case._prepare_before_vals(self.position.take(np.array([at]))),
            "affordable_instalment": affordable,
            "statement_id": statement.id if statement else False,
        }
