"""Assessing a case: position, risk, policy and the offers that follow."""

import numpy as np

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import frozen, limits, measures, obligation, offers
from ...engine.plans import WAIVABLE

# more than a person compares is noise: the picks come first, then the best others
OFFER_LIMIT = 8


class CarloanReliefRequest(models.Model):
    _inherit = "carloan.relief.request"

    def action_assess(self):
        """Take the position of today, grade the risk and make the offers."""
        self._check_staff("officer")
        for request in self:
            request._assess()
        return True

    def _assess(self):
        """Assess or reassess one case; what was proposed before is replaced."""
        self.ensure_one()
        self._check_loan_in_life()
        as_of = fields.Date.context_today(self)
        # sudo: the position is read from posted entries, which officers may not read
        loan_sudo = self.loan_id.sudo()
        self.env["carloan.ledger"].sudo()._charge_penalties(loan_sudo, as_of)
        loan_sudo._refresh_position(as_of)
        position, _loan_ids = loan_sudo._get_positions(as_of, strict=True)
        assessment_sudo = loan_sudo._assess(as_of, "request")[-1:]
        policy_sudo = (
            self.env["carloan.relief.policy"]
            .sudo()
            ._get_in_force(self.company_id, as_of)
        )
        statement = self.statement_id or self._get_last_statement(as_of)
        self._move_to(
            "assessed",
            ("submitted", "assessed"),
            as_of=as_of,
            date_assessed=fields.Datetime.now(),
            position=frozen.freeze(position),
            assessment_id=assessment_sudo.id,
            grade_id=assessment_sudo.grade_id.id,
            policy_id=policy_sudo.id,
            rule_id=policy_sudo._get_rule(assessment_sudo.grade_id, loan_sudo).id,
            statement_id=statement.id,
            # sudo: the amount is for the case; the statement stays protected
            affordable_instalment=statement.sudo()._get_affordable(
                self.currency_id, as_of
            ),
            **self._prepare_expected_vals(assessment_sudo, as_of),
            **self._prepare_before_vals(position),
        )
        self._generate_offers(position)
        self._log(
            self.env._(
                "Assessed on %(date)s: grade %(grade)s, policy %(policy)s, "
                "%(count)s offers.",
                date=fields.Date.to_string(as_of),
                grade=self.grade_id.name,
                policy=policy_sudo.display_name,
                count=len(self.offer_ids),
            )
        )

    def _check_loan_in_life(self):
        """Relief changes a running loan only."""
        self.ensure_one()
        # sudo: the state alone, whatever team the loan belongs to
        loan_sudo = self.loan_id.sudo()
        if loan_sudo.state != "active":
            raise UserError(
                self.env._(
                    "Loan %(loan)s is %(state)s: relief needs a loan in life. Disburse "
                    "it first, or withdraw request %(request)s.",
                    loan=loan_sudo.name,
                    state=dict(
                        loan_sudo._fields["state"]._description_selection(self.env)
                    )[loan_sudo.state],
                    request=self.name,
                )
            )

    def _get_last_statement(self, as_of):
        """Return the borrower's newest financial statement up to a date."""
        # sudo: statements are closed to most staff; the case needs the newest
        return (
            self.env["carloan.financial.statement"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "in", (self.company_id.id, False)),
                    ("date", "<=", as_of),
                ],
                order="date desc, id desc",
                limit=1,
            )
        )

    def _prepare_before_vals(self, position):
        """Return the present figures of the loan, as the borrower would go on."""
        revised = measures.apply(position, self._get_engine_plans([]))
        before = frozen.summary(revised.before, position.overdue_total)
        instalment, last, total = self._from_minor(
            [before["instalment"], before["last_instalment"], before["total"]]
        )
        return {
            "before_rows": before["rows"],
            "before_instalment": instalment,
            "before_last_instalment": last,
            "before_instalments": before["instalments"],
            "before_total": total,
        }

    def _get_position(self):
        """Return the frozen engine position the offers of this case stand on."""
        self.ensure_one()
        if not self.position:
            raise UserError(
                self.env._(
                    "Request %(request)s was not assessed yet: press Assess first.",
                    request=self.name,
                )
            )
        return frozen.thaw(self.position, measures.Position)

    def _get_engine_plans(self, plan):
        """Return a plan in its JSON form as plans of the engine, N=1."""
        return measures.Plans.from_dicts([plan], self.currency_id.decimal_places)

    def _prepare_box(self, position):
        """Return the engine box of the rule this case is decided under."""
        # sudo: limits of the policy apply whoever asks
        instalment = self._to_minor([self.before_instalment])[0]
        self_sudo = self.sudo()
        return self_sudo.rule_id._prepare_box(
            self_sudo.loan_id, position, instalment, self_sudo.reason_id
        )

    # ----------------------------------------------------------------- OFFERS
    def _generate_offers(self, position):
        """Replace the offers of the case by those the engine finds in the box."""
        # sudo: offers are made by the engine only
        self_sudo = self.sudo()
        self_sudo.offer_ids.unlink()
        box = self._prepare_box(position)
        self_sudo.closed = list(box["closed"])
        (found,) = offers.search(
            position,
            box,
            self._to_minor([self.affordable_instalment])[0],
            self._prepare_assumptions(position),
            limit=OFFER_LIMIT,
            digits=self.currency_id.decimal_places,
        )
        made_sudo = self_sudo.env["carloan.relief.offer"].create(
            [
                {"sequence": number, **self._prepare_offer_vals(position, offer)}
                for number, offer in enumerate(found, start=1)
            ]
        )
        recommended = made_sudo.filtered(lambda offer: offer.pick == "recommended")
        self_sudo.offer_id = (recommended or made_sudo)[:1]

    def _prepare_offer_vals(self, position, offer):
        """Return the values of an offer record from an offer of the engine."""
        rows = frozen.plain_rows(offer.rows)
        money = {
            "instalment": offer.instalment,
            "last_instalment": offer.last_instalment,
            "due_now": offer.due_now,
            # comparable with what is still to pay today: rows and what stays due
            "total_cost": frozen.total(rows, offer.due_now),
            "concession": offer.concession,
            "modification_loss": offer.modification_loss,
            "npv": offer.npv,
            "npv_no_relief": offer.npv_no_relief,
            "npv_gain": offer.npv - offer.npv_no_relief,
        }
        amounts = dict(zip(money, self._from_minor(money.values()), strict=True))
        return {
            **amounts,
            "request_id": self.id,
            "pick": offer.pick or False,
            "plan": list(offer.plan),
            "instalments": int(offer.instalments),
            "added_instalments": int(offer.instalments) - self.before_instalments,
            "instalment_change": amounts["instalment"] - self.before_instalment,
            "total_change": amounts["total_cost"] - self.before_total,
            "pd_relief": offer.pd,
            "apr": 0.0 if np.isnan(offer.apr) else offer.apr,
            "affordable": bool(offer.affordable),
            "pareto": bool(offer.pareto),
            "binding": list(offer.binding),
            "reasons": list(offer.reasons),
            "rows": rows,
            **self._prepare_value_change(position, offer.plan),
        }

    def _prepare_value_change(self, position, plan):
        """Return by how much a plan changes the value owed, and if that is much."""
        revised = measures.apply(position, self._get_engine_plans(list(plan)))
        owed = obligation.obligation(position, revised)
        # sudo: the threshold of the policy holds whoever asks
        share = self.sudo().policy_id.substantial_share
        return {
            "value_change": float(owed.change_pct[0]),
            "substantial": bool(share and owed.substantial(share)[0]),
        }

    def _prepare_rate_measure(self, rate_cut):
        """Return the measure for a cut of the present rate, in percentage points."""
        position = self._get_position()
        rate = round(float(position.annual_rate[0]) - rate_cut, 8)
        if rate < 0:
            raise UserError(
                self.env._(
                    "The rate of loan %(loan)s is %(rate).3g%%: it cannot be cut by "
                    "%(cut).3g points. Enter a smaller cut.",
                    loan=self.loan_id.name,
                    rate=float(position.annual_rate[0]) * 100,
                    cut=rate_cut * 100,
                )
            )
        return {"kind": "rate", "annual_rate": rate}

    def _prepare_custom_offer_vals(self, plan):
        """Work out a plan set by staff, and which limits of the policy it breaks.

        :param list plan: measures in their JSON form
        :rtype: dict
        """
        self.ensure_one()
        position = self._get_position()
        box = self._prepare_box(position)
        offer = offers.evaluate(
            position,
            plan,
            self._to_minor([self.affordable_instalment])[0],
            self._prepare_assumptions(position),
            digits=self.currency_id.decimal_places,
        )
        breaches = self._find_breaches(plan, position, box, offer)
        return {
            **self._prepare_offer_vals(position, offer),
            "pick": "custom",
            "sequence": 100,
            "binding": breaches,
            "is_exception": bool(breaches),
        }

    def _find_breaches(self, plan, position, box, offer):
        """Return the codes of the limits that a plan set by staff exceeds."""
        owed = {name: int(position.overdue(name)[0]) for name in WAIVABLE}
        principal = position.principal + position.overdue_principal
        return limits.breaches(
            plan,
            box,
            float(position.annual_rate[0]),
            int(position.instalments[0]),
            int(offer.instalment),
            {**owed, "principal": int(principal[0])},
            self.currency_id.decimal_places,
        )

    def _add_custom_offer(self, plan, exception_reason=None):
        """Add an offer set by staff; one outside the policy needs a reason."""
        self.ensure_one()
        self._check_staff("officer")
        if self.state != "assessed":
            raise UserError(
                self.env._(
                    "Request %(request)s is %(state)s: offers are made while it is "
                    "assessed. Press Change Proposal first.",
                    request=self.name,
                    state=self._get_state_label(),
                )
            )
        vals = self._prepare_custom_offer_vals(plan)
        reason = (exception_reason or "").strip()
        if vals["is_exception"] and not reason:
            raise UserError(
                self.env._(
                    "This plan is outside the policy for grade %(grade)s "
                    "(%(limits)s). Enter why it should be made all the same, or stay "
                    "within the limits.",
                    grade=self.grade_id.name,
                    limits=", ".join(
                        self.env["carloan.relief.offer"]._get_limit_labels()[code]
                        for code in vals["binding"]
                    ),
                )
            )
        # sudo: offers are made by the engine only
        return (
            self.env["carloan.relief.offer"]
            .sudo()
            .create({**vals, "exception_reason": reason or False})
            .with_env(self.env)
        )
