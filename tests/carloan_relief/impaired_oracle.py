"""What the books must hold of a late loan: a second formula, from what happened alone.

No balance is carried forward. After each step all that happened to the loan is gone
through anew, in fractions, without the money that came back: a bounced repayment has
never been. Amounts are cents, debits positive.
"""

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction

COMPONENTS = ("interest", "principal")


@dataclass
class Claim:
    """What fell due: ``vat`` and ``raised`` (the allowance) are parts of ``amount``."""

    component: str
    due: object
    amount: int
    vat: Fraction = Fraction(0)
    waits: bool = False  # the VAT, for the money
    raised: Fraction = Fraction(0)
    hidden: int = 0  # of it beside the books since it fell due
    paid: int = 0
    kept: Fraction = Fraction(0)  # of it in the books, were it not paid

    def recognise(self, suspended):
        """Return what of it is in the books, paid or not."""
        return max(self.kept, self.paid) if suspended else self.amount

    def get_income(self, suspended):
        """Return {role: balance} of what it brought, and what waits beside."""
        seen = Fraction(self.recognise(suspended))
        if not self.amount:
            return Counter()
        declared = self.vat if not self.waits else self.vat * self.paid / self.amount
        waiting = self.vat * (seen - self.paid) / self.amount if self.waits else 0
        base = self.amount - (0 if self.waits else self.vat)
        earned = seen - (0 if self.waits else self.vat)
        raised = self.raised * earned / base if base else Fraction(0)
        return Counter(
            {
                "interest_due": seen - self.paid,
                "output_vat": -declared,
                "pending_vat": -waiting,
                "allowance": -raised,
                "interest_income": declared + waiting + raised - seen,
                "register": self.amount - seen,
            }
        )


@dataclass
class Oracle:
    """One loan; ``happened`` is what is gone through, ``fixed`` what is settled."""

    undue: int
    allowance: int
    rate: Fraction
    days: int  # of the VAT
    impaired: bool
    suspend_days: int
    fixed: Counter = field(default_factory=Counter)
    happened: list = field(default_factory=list)
    suspended_before: bool = False
    kept_out: list = field(default_factory=list)  # (number of step, joined, unwind)
    written_off: dict = None

    # -- going through ----------------------------------------------------------

    def replay(self):
        """Return (claims, credit, suspended, oldest unpaid day, numbers of cures)."""
        claims, credit, suspended, cures = [], 0, self.suspended_before, []
        oldest = None
        for number, (kind, day, what) in enumerate(self.happened):
            if kind == "bill":
                new = deepcopy(what)
                for claim in new:  # billed on a cure that never was
                    claim.kept = 0 if claim.hidden else self._leave(claim)
                claims += new
            elif kind == "pay":
                credit += what
            credit = self._settle(claims, credit)
            unpaid = [claim.due for claim in claims if claim.paid < claim.amount]
            oldest = min(unpaid, default=None)
            late = (day - oldest).days if oldest else 0
            if suspended and late <= 0:
                suspended = False
                cures.append(number)
            elif not suspended and 0 < self.suspend_days < late:
                suspended = True
                for claim in claims:
                    claim.kept = self._leave(claim)
        return claims, credit, suspended, oldest, cures

    def _settle(self, claims, money):
        """The oldest first, its interest before its principal."""
        order = {name: at for at, name in enumerate(COMPONENTS)}
        for claim in sorted(claims, key=lambda c: (c.due, order[c.component])):
            part = min(money, claim.amount - claim.paid)
            claim.paid, money = claim.paid + part, money - part
        return money

    @staticmethod
    def _leave(claim):
        """What stays in the books on a suspension: paid, and the tax declared."""
        if claim.component == "principal":
            return claim.amount
        tax = 0 if claim.waits else round_half(claim.vat)
        return claim.paid + min(tax, claim.amount - claim.paid)

    # -- what must be -----------------------------------------------------------

    def get_balances(self):
        """Return {role: cents}, with the registers beside the books."""
        if self.written_off:
            return Counter(self.fixed)
        claims, credit, suspended, _oldest, cures = self.replay()
        total = Counter(self.fixed)
        add(total, {"principal": self.undue, "allowance": -self.allowance})
        add(total, {"principal_due": -credit})
        for claim in claims:
            if claim.component == "principal":
                add(total, {"principal_due": claim.amount - claim.paid})
            else:
                add(total, claim.get_income(suspended))
        for number, joined, unwind in self.kept_out:
            if any(cure > number for cure in cures):
                tax = self._tax(joined)
                add(total, {"output_vat": -tax, "interest_income": tax})
                add(total, {"interest_income": -joined - unwind})
                add(total, {"interest_adjustment": unwind})
            else:
                add(total, {"interest_adjustment": -joined})
        return total

    def _tax(self, amount):
        return round_half(amount * self.rate / (1 + self.rate))

    # -- what happens -----------------------------------------------------------

    def bill(self, day, principal, interest, unwind, today):
        """An instalment falls due, by what its schedule says (cents)."""
        balances = self.get_balances()
        _claims, _credit, suspended, oldest, _cures = self.replay()
        joined = min(max(-principal, 0), interest)
        self.undue -= principal
        asked, principal = interest - joined, max(principal, 0)
        claims = [Claim("principal", day, principal)] if principal else []
        if suspended:
            tax = self._tax(asked)
            claims.append(Claim("interest", day, asked, tax, True, hidden=asked))
            self.kept_out.append((len(self.happened), joined, unwind))
        else:
            waits = bool(oldest and self.days and (day - oldest).days > self.days)
            tax = self._tax(interest)
            income = interest - tax + unwind
            raised = self._raise(balances, income)
            share = round_half(raised * Fraction(asked - tax, income)) if asked else 0
            claims.append(Claim("interest", day, asked, tax, waits, Fraction(share)))
            if joined:
                add(self.fixed, {"output_vat": -tax})
                claims[-1].vat = Fraction(0)
            add(self.fixed, {"interest_income": (tax if joined else 0) - joined})
            add(self.fixed, {"interest_income": -unwind, "interest_adjustment": unwind})
            rest = raised - share
            add(self.fixed, {"interest_income": rest, "allowance": -rest})
        claims = [claim for claim in claims if claim.amount]
        self.happened.append(("bill", today, claims))

    def _raise(self, balances, income):
        """Stage 3: the share of the income on what is provided for."""
        roles = ("principal", "principal_due", "interest_due", "interest_adjustment")
        gross = sum(balances[role] for role in roles)
        if not self.impaired or gross <= 0:
            return 0
        return round_half(income * Fraction(-balances["allowance"]) / gross)

    def see(self, day):
        """A night, or any other look at the loan."""
        self.happened.append(("see", day, None))

    def pay(self, day, cents):
        self.happened.append(("pay", day, cents))
        return len(self.happened) - 1

    def bounce(self, number, day):
        """It has never been; the day is looked at as any other."""
        self.happened[number] = ("see", self.happened[number][1], None)
        self.see(day)

    def _close(self):
        """Settle all that was, but claims; return them with the state they are in."""
        claims, credit, suspended, _oldest, _cures = self.replay()
        total = self.get_balances()
        self.allowance = 0
        total["principal"] -= self.undue
        self.fixed, self.kept_out = total, []
        self.happened, self.suspended_before = [], suspended
        return claims, credit, suspended

    def waive_interest(self, day):
        """All interest that is overdue: what was hidden costs nothing."""
        claims, credit, _suspended = self._close()
        held = -self.fixed["allowance"]
        given, waiting = self.fixed["interest_due"], -self.fixed["pending_vat"]
        add(self.fixed, {"interest_due": -given, "pending_vat": waiting})
        self.fixed["register"] = 0
        self._give_up(given, given - waiting, held)
        self._go_on(claims, credit, day, ("principal",))

    def _give_up(self, asked, cost, held):
        """Against the allowance where there is one, topped up where it is short."""
        if held <= 0:
            add(self.fixed, {"modification_result": cost})
            return
        charge = max(asked - held, 0)
        add(self.fixed, {"allowance": cost - charge, "impairment": charge})

    def forgive(self, cents):
        """Principal not yet due."""
        self.undue -= cents
        held = -self.get_balances()["allowance"]
        self._give_up(cents, cents, held)

    def capitalise(self, day):
        """All that is overdue joins the principal; what is hidden is no income."""
        claims, credit, _suspended = self._close()
        hidden = [c for c in claims if c.component == "interest"]
        tax = sum(
            claim.vat * (claim.amount - claim.recognise(_suspended)) / claim.amount
            for claim in hidden
            if claim.waits
        )
        register = self.fixed["register"]
        waiting = -self.fixed["pending_vat"]
        owed = self.fixed["interest_due"] + self.fixed["principal_due"] + credit
        self.undue += int(owed + register)
        add(self.fixed, {"interest_adjustment": tax - register})
        add(self.fixed, {"pending_vat": waiting, "output_vat": -waiting - tax})
        for role in ("interest_due", "principal_due", "register"):
            self.fixed[role] = 0
        self._go_on([], credit, day, ())

    def _go_on(self, claims, credit, day, components):
        """Begin anew with the claims that are left."""
        left = [
            Claim(claim.component, claim.due, claim.amount - claim.paid)
            for claim in claims
            if claim.component in components and claim.amount > claim.paid
        ]
        self.fixed["principal_due"] = 0
        self.happened = [("bill", day, left), ("pay", day, credit)]

    def write_off(self):
        """All of it against the allowance; what is hidden stays where it is."""
        balances = self.get_balances()
        roles = ("principal", "principal_due", "interest_due", "interest_adjustment")
        gone = sum(balances[role] for role in roles) + balances["pending_vat"]
        claim = sum(balances[role] for role in roles[:3])
        self._close()
        add(self.fixed, {"impairment": gone + balances["allowance"]})
        for role in (*roles, "pending_vat", "allowance"):
            self.fixed[role] = 0
        self.fixed["written_off"] = claim
        self.written_off = {"claim": claim, "tax": -balances["pending_vat"]}

    def recover(self, cents, tax):
        """Money for what was written off; ``tax`` waited for it."""
        add(self.fixed, {"written_off": -cents, "impairment": tax - cents})
        add(self.fixed, {"output_vat": -tax})

    def write_off_part(self, cents):
        """Principal not yet due."""
        held = -self.get_balances()["allowance"]
        charge = max(cents - held, 0)
        self.undue -= cents
        add(self.fixed, {"allowance": cents - charge, "impairment": charge})
        add(self.fixed, {"written_off": cents})


def add(total, amounts):
    """Add amounts, of either sign, to a Counter."""
    for role, amount in amounts.items():
        total[role] += amount


def round_half(amount):
    """Whole cents, halves away from zero."""
    amount = Fraction(amount)
    sign = -1 if amount < 0 else 1
    return sign * int(abs(amount) + Fraction(1, 2))
