"""Loans of one product, run through the rules of policies by the engine."""

import numpy as np

from ...engine import limits, offers, simulation


class SimulationCase:
    """Loans of one product as they stand today, and what was found for them."""

    def __init__(self, run, loans):
        self.run = run
        self.position, ids = loans._get_positions(run.as_of)
        self.loans = loans.browse(ids)
        self.currency = loans[:1].currency_id
        self.facts = self.loans._get_eligibility_facts(self.position, run.reason_id)
        self.before = simulation.instalments_of_today(self.position)
        self.affordable = self._read_affordable()
        self.expected = self._read_expected()
        self.found = {}

    def _read_expected(self):
        """Return what plans are valued with, by the tables that cases are valued by."""
        loans, as_of = self.loans, self.run.as_of
        expected = loans.env["carloan.risk.expected"]
        facts = expected._get_facts([loan.assessment_id for loan in loans])
        company = self.run.company_id
        lgd, lgd_policy = expected._get_lgd(loans, facts, as_of)
        prepayment, prepayment_table = expected._get_prepayment(company, facts, as_of)
        return {
            "pd_no_relief": np.array(loans.mapped("risk_pd"), dtype=np.float64),
            "lgd": lgd,
            "lgd_policy": lgd_policy,
            "prepayment": prepayment,
            "prepayment_table": prepayment_table,
            "redefault": expected._get_table("redefault", company, as_of),
            "facts": facts,
        }

    def _assume(self, policy, at, annual_rate):
        """Return the assumptions on some of the loans under a policy."""
        found, lgd = self.expected, self.expected["lgd"]
        table = found["redefault"]
        return offers.Assume.under(
            found["pd_no_relief"][at],
            policy.pd_relief_factor,
            policy.discount_rate,
            annual_rate,
            lgd=policy.lgd if lgd is None else lgd[at],
            prepayment=found["prepayment"][at],
            redefault=table._get_engine_table() if table else None,
            facts={name: values[at] for name, values in found["facts"].items()},
        )

    def left(self, at):
        """Return the instalments that loan ``at`` still has to pay."""
        return int(self.position.instalments[at])

    def _read_affordable(self):
        """Return what each household can carry, (N,) minor units."""
        run, loans = self.run, self.loans
        latest = self.statements = loans._get_latest_statements(run.as_of)
        assumed = limits.share_of(self.before, run.household_share)
        stated = {
            partner: statement._get_affordable(self.currency, run.as_of)
            for partner, statement in latest.items()
        }
        return np.array(
            [
                loans._to_minor([stated[loan.partner_id]])[0]
                if loan.partner_id in stated
                else int(share)
                for loan, share in zip(loans, assumed, strict=True)
            ],
            dtype=np.int64,
        )

    def passes_straight(self, rule, concession):
        """Whether a plan of this cost needs no approver; policies count in theirs."""
        own, run = rule.currency_id, self.run
        cost = self.currency._convert(concession, own, run.company_id, run.as_of)
        limit = rule.straight_through_limit
        return rule.straight_through and own.compare_amounts(cost, limit) <= 0

    def by_rule(self, policy):
        """Yield each rule of a policy and the places of its loans."""
        rules = {
            loan: policy.rule_ids.filtered(
                lambda rule, loan=loan: rule.grade_id == loan.risk_grade_id
            )._match(loan)
            for loan in self.loans
        }
        for rule in dict.fromkeys(rules.values()):
            yield (
                rule,
                [at for at, loan in enumerate(self.loans) if rules[loan] == rule],
            )

    def outcome(self, rule, places):
        """Return (simulation.Outcome, closed codes) of some loans under a rule."""
        key = (rule._get_signature(), tuple(places))
        if key not in self.found:
            at = np.array(places)
            box, position = self._box(rule, at)
            found = simulation.run(
                position,
                box,
                self.affordable[at],
                self._assume(rule.policy_id, at, position.annual_rate),
            )
            self.found[key] = found, box["closed"]
        return self.found[key]

    def _box(self, rule, at):
        """Return the box of some of the loans under a rule, and their position."""
        loans = self.loans.browse(self.loans.ids[i] for i in at)
        position = self.position.take(at)
        facts = self.facts.take(at)
        return rule._prepare_boxes(loans, position, self.before[at], facts), position
