"""One feasible plan, written out in figures, words and rows."""

from dataclasses import dataclass, field

import numpy as np

from .valuation import apr

#: Why the recommended plan is recommended when no household budget carries any.
LEAST_BURDEN = "least_burden"


@dataclass(frozen=True)
class Offer:
    """One feasible plan for one loan; money is int minor units.

    ``instalment`` is the first regular one after any holiday, ``total_cost``
    everything still to be paid above the principal owed today, ``concession`` what
    the lender gives up at present value (loss on the changed terms, and waivers),
    ``pd`` the probability of default within a year that ``npv`` rests on, ``apr`` the
    nominal yearly cost to the borrower, fees included (nan: no yield to speak of).
    """

    plan: list
    pick: str
    instalment: int
    last_instalment: int
    instalments: int
    total_cost: int
    concession: int
    modification_loss: int
    npv: int
    npv_no_relief: int
    affordable: bool
    pareto: bool
    due_now: int
    binding: list
    reasons: list
    rows: list = field(repr=False)
    pd: float = 0.0
    apr: float = float("nan")


class Writer:
    """Writes the offers of one loan in words and rows."""

    def __init__(self, trial, box, picks, front, floored, digits):
        self.trial, self.box, self.picks = trial, box, picks
        self.front, self.floored, self.digits = front, floored, digits

    def offers(self, chosen, indexes):
        """Return the offers of some plans, each beside the plans it was chosen from."""
        chosen = np.array(chosen, dtype=np.int64)
        after = self.trial.revised.after.take(chosen)
        owner = self.trial.owner[chosen]
        costs = apr(after, after.opening, self.trial.today.position.period[owner])
        return [
            self.offer(int(k), index, float(cost))
            for k, index, cost in zip(chosen, indexes, costs, strict=True)
        ]

    def offer(self, k, index, cost):
        trial = self.trial
        names = [pick for pick, plan in self.picks.items() if plan == k]
        rows = trial.revised.after.rows(k)
        return Offer(
            plan=trial.plans.to_dicts(k, self.digits),
            pick=names[0] if names else "",
            instalment=int(trial.instalment[k]),
            last_instalment=rows[-1]["instalment"] if rows else 0,
            instalments=int(trial.rows[k]),
            total_cost=int(trial.total_cost[k]),
            concession=int(trial.concession[k]),
            modification_loss=int(trial.loss[k]),
            npv=int(trial.npv[k]),
            npv_no_relief=int(trial.npv_no_relief[k]),
            affordable=bool(trial.affordable[k]),
            pareto=k in self.front,
            due_now=int(trial.due_now[k]),
            binding=self._binding(k, index),
            reasons=self._reasons(k, names),
            rows=rows,
            pd=float(trial.pd[k]),
            apr=cost,
        )

    def _reasons(self, k, names):
        trial = self.trial
        able, better = trial.affordable[k], trial.npv[k] >= trial.npv_no_relief[k]
        # what nobody can afford is not the best that can be afforded
        codes = [n if able or n != "recommended" else LEAST_BURDEN for n in names]
        codes.append("affordable" if able else "none_affordable")
        codes.append("npv_above_no_relief" if better else "npv_below_no_relief")
        if trial.concession[k] == 0:
            codes.append("no_concession")
        if trial.due_now[k]:
            codes.append("arrears_stay_due")
        return codes

    def _binding(self, k, index):
        trial, plans, box = self.trial, self.trial.plans, self.box
        cut = self._cut(k)
        dearer = ~trial.affordable[index] & (trial.npv[index] > trial.npv[k])
        at_limit = {
            "max_extend": 0 < box.max_extend == plans.extend[k],
            "max_holiday": 0 < box.max_holiday == plans.holiday[k],
            "max_rate_cut": cut > 0 and abs(cut - box.max_rate_cut) < 5e-9,
            "max_waive_interest": 0 < box.max_waive_interest == plans.waive_interest[k],
            "max_waive_fee": 0 < box.max_waive_fee == plans.waive_fee[k],
            "max_waive_penalty": 0 < box.max_waive_penalty == plans.waive_penalty[k],
            "max_forgive": 0 < box.max_forgive == plans.forgive[k],
            "max_rate_rows": cut > 0 and box.max_rate_rows > 0,
            self._term_code(): box.max_term and trial.rows[k] == box.max_term,
            "min_instalment": self.floored,
            "affordability": dearer.any(),
        }
        return [*(code for code, binds in at_limit.items() if binds), *box.closed]

    def _term_code(self):
        return "law_term" if self.box.term_by_law else "max_term"

    def _cut(self, k):
        rate = self.trial.plans.annual_rate[k]
        old = self.trial.today.position.annual_rate[self.trial.owner[k]]
        return 0.0 if np.isnan(rate) else float(old - rate)
