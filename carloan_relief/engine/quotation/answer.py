"""A quotation: schedule, position, what the measures change, value, entries."""

from dataclasses import replace

import numpy as np

from .. import affordability, cashflows, replay, valuation
from ..classification import BUCKETS, bucket
from ..fields import FieldError
from ..measures import COMPONENTS, apply
from ..money import to_decimal
from ..obligation import obligation
from ..plan_json import place_of
from ..plans import Plans
from ..schedule import Terms, build
from . import entries, reading, story


def answer(request):
    """Answer one object of the contract, or each of a list of them.

    :param request: a parsed JSON object or list
    :return: the like, money as decimal strings
    :raises FieldError: naming the field and what is wrong with it
    """
    if isinstance(request, list):
        return [_answer_at(k, item) for k, item in enumerate(request)]
    return _answer_one(request)


def _answer_one(request):
    reader = reading.Reader("", request)
    if not reader.has("cashflows"):
        return _Quotation(request).answer()
    if reader.has("terms"):
        raise FieldError("cashflows", "stands instead of terms: give one of the two")
    return _disclosure(reading.Reader("", request))


def _disclosure(reader):
    """Answer the yearly cost of an irregular plan."""
    days, amounts, unit = reading.read_cashflows(reader)
    (rate,) = _named("cashflows", cashflows.cost, [days], [amounts], unit)
    if np.isnan(rate):
        raise FieldError("cashflows", "no single rate makes up for these flows")
    per_year = cashflows.PER_YEAR[unit]
    return {
        "apr": _number(rate * per_year),
        "effective_annual": _number((1.0 + rate) ** per_year - 1.0),
        "irr_period": _number(rate),
    }


def _answer_at(k, item):
    try:
        return _answer_one(item)
    except FieldError as error:
        message = str(error).split(": ", 1)[-1]
        where = f"[{k}]" if error.field == reading.WHOLE else f"[{k}].{error.field}"
        raise FieldError(where, message) from None


class _Quotation:
    """One loan of the contract; N = 1 throughout."""

    def __init__(self, request):
        reader = reading.Reader("", request)
        if not reader.has("terms"):
            raise FieldError("terms", "is missing")
        columns, self.digits, self.upfront = reading.read_terms(reader.section("terms"))
        self.terms = _named("terms", Terms.of, **columns)
        self.schedule = _named("terms", build, self.terms)
        self.status = self._read_status(reader, columns)
        self.plans = self._read_measures(reader, request)
        self.household = self.assume = None
        if reader.has("household"):
            section = reader.section("household")
            self.household = reading.read_household(section, self.digits)
        if reader.has("assume"):
            self.assume = reading.read_assume(reader.section("assume"))
        reader.close()

    def _read_status(self, reader, columns):
        if reader.has("status"):
            section = reader.section("status")
            start = columns["start_date"]
            status = reading.read_status(section, self.digits, start)
            if status["instalments"] > columns["instalments"]:
                message = f"{status['instalments']} is more than the loan has"
                raise FieldError("status.paid.instalments", message)
            return status
        if not reader.has("measures"):
            return None
        # measures without a status change the loan on the day it starts
        return {
            "as_of": columns["start_date"],
            "instalments": 0,
            "payments": [],
            "penalty_rate": 0.0,
            "grace": 0,
            "order": reading.ORDER,
            "allowance": 0,
            "suspended_interest": 0,
            "suspended_penalty": 0,
            "reliefs": [],
        }

    def _read_measures(self, reader, request):
        self.measures = request.get("measures") or []
        if not reader.has("measures"):
            return Plans.of()
        return Plans.from_dicts([request["measures"]], self.digits)

    def answer(self):
        result = {
            "schedule": self._rows(self.schedule),
            "totals": self._totals(self.schedule, self.terms.principal),
        }
        if self.status is None:
            if self.household:
                result["affordability"] = self._affordability(self.schedule, None)
            return result
        return result | self._relief()

    # -- a loan in life --------------------------------------------------------

    def _relief(self):
        position, credit = self._position()
        revised = self._apply(position)
        change = valuation.modification(position, revised)
        result = {
            "position": self._state(position, credit),
            "before": self._half(revised.before, position.principal),
            "after": self._half(revised.after, revised.new_principal),
            "concession": self._concession(revised, change),
            "destinations": self._destinations(revised),
            "valuation": self._valuation(position, revised, change),
            "entries": [
                {"event": event, "lines": [self._line(line) for line in lines]}
                for event, lines in entries.of_relief(position, revised, change)
            ],
        }
        if self.household:
            pair = revised.before, revised.after
            result["affordability"] = self._affordability(*pair)
        return result

    def _apply(self, position):
        try:
            return _named("", apply, position, self._begin(position, self.plans))
        except FieldError as error:
            message = str(error).split(": ", 1)[-1]
            field = error.field.lstrip(".")
            where = place_of(self.measures, field) if field else "measures"
            raise FieldError(where, message) from None

    @staticmethod
    def _begin(position, plans):
        """Return the plans, begun on the day of the status unless they say when."""
        start = np.where(
            np.isnat(plans.start) & (position.as_of < position.next_due_date),
            np.maximum(position.as_of, position.last_due_date),
            plans.start,
        )
        return replace(plans, start=start)

    def _position(self):
        """Return (position, credit) of the day, earlier reliefs gone through."""
        status = self.status
        if not status["reliefs"]:
            return self._replayed(status["as_of"])
        position, credit = self._replayed(status["reliefs"][0]["as_of"])
        args = status, self.digits, self._begin
        return story.go_through(position, *args), credit

    def _replayed(self, as_of):
        status = self.status
        if status["payments"]:
            days, amounts = zip(*status["payments"], strict=True)
            paid = replay.Paid.payments([days], [amounts])
        else:
            paid = replay.Paid.on_time(status["instalments"])
        return _named(
            "status",
            replay.position_at,
            self.terms,
            self.schedule,
            as_of,
            paid,
            penalty_rate=status["penalty_rate"],
            grace=status["grace"],
            order=status["order"],
            upfront=self.upfront,
            allowance=status["allowance"],
            suspended_interest=status["suspended_interest"],
            suspended_penalty=status["suspended_penalty"],
            bearing=True,
        )

    def _state(self, position, credit):
        overdue = {c: self._money(position.overdue(c)[0]) for c in COMPONENTS}
        whole = position.principal + position.overdue_principal
        return {
            "as_of": str(position.as_of[0]),
            "principal": self._money(whole[0]),
            "undue_principal": self._money(position.principal[0]),
            "overdue": overdue,
            "suspended": {
                "interest": self._money(position.suspended_interest[0]),
                "penalty": self._money(position.suspended_penalty[0]),
            },
            "credit": self._money(credit[0]),
            "instalments": int(position.instalments[0]),
            "dpd": int(position.dpd[0]),
            "bucket": BUCKETS[int(bucket(position.dpd)[0])],
        }

    def _half(self, schedule, principal):
        totals = self._totals(schedule, principal, remaining=True)
        return {"schedule": self._rows(schedule), "totals": totals}

    def _concession(self, revised, change):
        given = {c: revised.waived[c] for c in COMPONENTS if c != "principal"}
        given["principal"] = revised.forgiven
        later = sum(revised.conditional.values())
        value = sum(given.values()) + later + change.loss
        parts = {c: self._money(amount[0]) for c, amount in given.items()}
        parts["on_completion"] = self._money(later[0])
        return parts | {"present_value": self._money(value[0])}

    def _destinations(self, revised):
        """Tell where each overdue amount goes: nothing may vanish on the way."""
        names = ("waived", "capitalised", "on_completion", "carried", "due")
        return {
            c: {
                name: self._money(part[0])
                for name, part in zip(names, revised.destinations(c), strict=True)
            }
            for c in COMPONENTS
        }

    def _valuation(self, position, revised, change):
        result = {
            "carrying": self._money(change.carrying[0]),
            "pv_after": self._money(change.pv_after[0]),
            "modification_loss": self._money(change.loss[0]),
            "pv_change_pct": round(float(change.pct[0]), 4),
            "unwind": [
                self._money(step)
                for step in change.unwind[0, : int(revised.after.count[0])]
            ],
            "prospective_eir": _number(
                valuation.prospective_rate(position, revised)[0]
            ),
            "npv_no_relief": None,
            "npv_relief": None,
        } | self._obligation(position, revised)
        if self.assume:
            result |= self._expected(position, revised)
        return result

    def _obligation(self, position, revised):
        """The tests on what the borrower owes at the original effective rate."""
        owed = obligation(position, revised)
        return {
            "obligation_before": self._money(owed.before[0]),
            "obligation_after": self._money(owed.after[0]),
            # plus 0.0: no minus sign on a zero
            "diminished_pct": round(float(owed.diminished_pct[0]), 4) + 0.0,
            "diminished": bool(owed.diminished()[0]),
            "substantial_10pct": bool(owed.substantial()[0]),
        }

    def _expected(self, position, revised):
        assume = self.assume
        cures = assume["lgd"], assume["cure"], assume["redefault"]
        rest = valuation.loss_after_cure(*cures), assume["discount_rate"]
        stays = sum(revised.remaining_overdue.values())
        halves = {
            "no_relief": (revised.before, position.principal + position.overdue_total),
            "relief": (revised.after, revised.new_principal + stays),
        }
        return {
            f"npv_{name}": self._money(
                valuation.expected_npv(
                    schedule, assume[f"pd_{name}"], *rest, owed, position.period
                )[0]
            )
            for name, (schedule, owed) in halves.items()
        }

    def _affordability(self, before, after):
        income = self.household["net_income"]
        can = affordability.affordable_instalment(**self.household)
        ratios = {"ratio_before": before, "ratio_after": after}
        return {"affordable_instalment": self._money(can)} | {
            name: _number(affordability.ratio(_regular(schedule), income))
            if schedule is not None
            else None
            for name, schedule in ratios.items()
        }

    def _line(self, line):
        sides = {"debit": self._money(line.debit), "credit": self._money(line.credit)}
        return {"role": line.role, "component": line.component, **sides}

    # -- figures ---------------------------------------------------------------

    def _rows(self, schedule):
        return [
            {
                name: value if name == "n" else _shown(value, self.digits)
                for name, value in row.items()
            }
            for row in schedule.rows(0)
        ]

    def _totals(self, schedule, principal, remaining=False):
        rows = schedule.rows(0)
        upfront = 0 if remaining else self.upfront
        cost = valuation.apr(schedule, principal, self.terms.period, max(-upfront, 0))
        rate = valuation.eir(schedule, principal, upfront)
        return {
            "instalments": len(rows),
            "interest": self._money(schedule.total_interest[0]),
            "fee": self._money(schedule.fee[0].sum()),
            "total": self._money(schedule.total[0]),
            "instalment": self._money(_regular(schedule)),
            "last_instalment": self._money(rows[-1]["instalment"] if rows else 0),
            "apr": _number(cost[0]),
            "effective_annual": _number(
                valuation.effective_annual(cost / self._per_year(), self.terms.period)[
                    0
                ]
            ),
            "eir_period": _number(rate[0]),
        }

    def _per_year(self):
        return valuation.periods_per_year(self.terms.period)

    def _money(self, minor):
        return str(to_decimal(minor, self.digits))


def _named(section, function, *args, **kwargs):
    """Call an engine function; a field it refuses is one of ``section``."""
    try:
        return function(*args, **kwargs)
    except FieldError as error:
        message = str(error).split(": ", 1)[-1]
        raise FieldError(f"{section}.{error.field}", message) from None
    except OverflowError as error:
        raise FieldError(section, str(error)) from None


def _regular(schedule):
    """Return the first instalment in which principal is repaid, minor units."""
    rows = schedule.rows(0)
    paying = [row["instalment"] for row in rows if row["principal"] > 0]
    return paying[0] if paying else 0


def _number(value):
    """Return a rate for JSON: 10 decimals, null for what has no answer."""
    value = float(value)
    return None if value != value else round(value, 10)


def _shown(value, digits):
    return str(to_decimal(value, digits)) if isinstance(value, int) else str(value)
