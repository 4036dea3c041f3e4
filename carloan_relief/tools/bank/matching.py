"""Which loan a booking pays, with the reason and how sure it is.

All bookings against all loans, by look-up tables: the text of a booking is cut into
pieces, and each piece is looked up. Nothing here knows Odoo.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field, replace

#: How sure each reason is, in percent. What is sure enough is the company's to say.
CONFIDENCE = {
    "reference": 100,
    "memo": 95,
    "partner_ref": 90,
    "account": 90,
    "name_amount": 90,
    # text or account of an earlier payment, while payer and amount are not the loan's
    "before": 60,
    "reference_closed": 60,
    "name": 50,
    "amount": 30,
    "several": 20,
    "return_reference": 100,
    "return_name": 90,
    "return_amount": 40,
}
#: A reference of fewer characters also occurs in dates and amounts by accident.
MIN_REFERENCE = 6
_PIECES = 8
_RUN = re.compile(r"[A-Z]+|[0-9]+")
_NAME = re.compile(r"[\W_]+")
_SURE = 90


@dataclass
class Loan:
    """What a booking can be recognised by. Amounts in minor units of the loan."""

    id: int
    references: tuple = ()
    partner_refs: tuple = ()
    names: tuple = ()
    amounts: tuple = ()
    open: bool = True


@dataclass
class Match:
    """The answer for one booking; ``loan`` 0 means none was found."""

    loan: int = 0
    reason: str = ""
    confidence: int = 0
    candidates: list = field(default_factory=list)


def normalise(text):
    """Return letters and digits alone, in capitals, wide forms made narrow.

    >>> normalise("cl/2026－00012 ")
    'CL202600012'
    """
    return "".join(_runs(text))


def _runs(text):
    """Return the runs of letters and of digits in a text, in capitals."""
    text = text or ""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _RUN.findall(plain.upper())


def normalise_name(name):
    """Return a name as it can be compared: no case, blanks, marks or accents.

    >>> normalise_name("Müller, José"), normalise_name("阿依古丽·买买提")
    ('mullerjose', '阿依古丽买买提')
    """
    name = name or ""
    if name.isascii():
        return _NAME.sub("", name.casefold())
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(c for c in text if not unicodedata.combining(c))
    return _NAME.sub("", unicodedata.normalize("NFKC", text))


def name_keys(name):
    """Return the keys by which a name is found, whichever of its parts comes first.

    >>> name_keys("Chen Lei") & name_keys("LEI, Chen")
    {'chenlei'}
    """
    parts = map(normalise_name, _NAME.split(name or ""))
    return {normalise_name(name), "".join(sorted(parts))} - {""}


def is_same_name(one, other):
    """Tell whether two names are one, in whatever order and script width."""
    return bool(name_keys(one) & name_keys(other))


def pieces(text):
    """Return every reference that a text may hold.

    A reference may be cut by blanks or dashes, but begins and ends where letters or
    digits do: 12 is not found in 120.
    """
    runs = _runs(text)
    return {
        "".join(runs[start:end])
        for start in range(len(runs))
        for end in range(start + 1, min(start + _PIECES, len(runs)) + 1)
    }


class Matcher:
    """Look-up tables over loans, built once for a whole file."""

    def __init__(self, loans, memos=None, accounts=None):
        """Build the tables.

        :param loans: iterable of :class:`Loan`
        :param dict memos: {normalised text of an earlier payment: {loan ids}}
        :param dict accounts: {payer's account: {loan ids}}, as posted before
        """
        self.loans = {loan.id: loan for loan in loans}
        self.memos, self.accounts = memos or {}, accounts or {}
        tables = {name: defaultdict(set) for name in ("ref", "partner", "name", "due")}
        for loan in self.loans.values():
            for text in loan.references:
                tables["ref"][normalise(text)].add(loan.id)
            for text in loan.partner_refs:
                tables["partner"][normalise(text)].add(loan.id)
            for name in loan.names:
                for key in name_keys(name):
                    tables["name"][key].add(loan.id)
            for amount in loan.amounts:
                if amount and loan.open:
                    tables["due"][amount].add(loan.id)
        self.tables = tables

    def match(self, text, payer, account, amount):
        """Return the :class:`Match` of one booking received; ``amount`` minor units."""
        found = self._by_text(text)
        if found:
            return found
        named = self._by_name(payer, amount)
        before = [
            self._decide(reason, ids, amount)
            for reason, ids in (
                ("memo", self.memos.get(normalise_text(text), set())),
                ("account", self.accounts.get(normalise(account), set())),
            )
        ]
        before = [match for match in before if match.loan]
        likely = [one for one in before if self._is_likely(one.loan, payer, amount)]
        if likely or not before or named.confidence >= _SURE:
            return next(iter(likely), named)
        # a text as anybody writes it, or the account of a payment service
        return replace(before[0], confidence=CONFIDENCE["before"])

    def _is_likely(self, loan, payer, amount):
        """Tell whether payer or amount speak for a loan that was paid like this."""
        by_name = [self.tables["name"].get(key, ()) for key in name_keys(payer)]
        return amount in self.loans[loan].amounts or any(loan in ids for ids in by_name)

    def _by_text(self, text):
        """Return the match by a reference in the text, None when it holds none."""
        found = {piece for piece in pieces(text) if len(piece) >= MIN_REFERENCE}
        for reason, table in (("reference", "ref"), ("partner_ref", "partner")):
            hits = [self.tables[table].get(piece, set()) for piece in found]
            ids = set().union(*hits)
            if ids:
                return self._decide(reason, ids, 0)
        return None

    def _decide(self, reason, ids, amount):
        """Return the match when one open loan is meant, else the candidates."""
        # names and loans found before may be of another book by now
        ids = {one for one in ids if one in self.loans}
        live = {one for one in ids if self.loans[one].open}
        if len(live) > 1 and amount:
            exact = {one for one in live if amount in self.loans[one].amounts}
            live = exact if len(exact) == 1 else live
        if len(live) == 1:
            return Match(*live, reason, CONFIDENCE[reason], sorted(live))
        if len(live) > 1:
            return Match(0, "several", CONFIDENCE["several"], sorted(live))
        if len(ids) == 1 and reason == "reference":
            reason = "reference_closed"
            return Match(*ids, reason, CONFIDENCE[reason], sorted(ids))
        return Match()

    def _by_name(self, payer, amount):
        """Return the match by the payer's name and the amount due."""
        hits = [self.tables["name"].get(key, set()) for key in name_keys(payer)]
        named = {one for one in set().union(*hits) if self.loans[one].open}
        due = self.tables["due"].get(amount, set())
        both = named & due
        if len(both) == 1:
            return Match(*both, "name_amount", CONFIDENCE["name_amount"], sorted(both))
        if len(both or named) > 1:
            return Match(0, "several", CONFIDENCE["several"], sorted(both or named))
        if named:
            return Match(*named, "name", CONFIDENCE["name"], sorted(named))
        if len(due) == 1:
            return Match(*due, "amount", CONFIDENCE["amount"], sorted(due))
        return Match()


def normalise_text(text):
    """Return a memo as it can be compared with another; short ones tell nothing."""
    plain = _NAME.sub("", unicodedata.normalize("NFKC", text or "").casefold())
    return plain if len(plain) >= MIN_REFERENCE else ""


@dataclass
class Paid:
    """A payment that the bank may return. Amount in minor units."""

    id: int
    loan: int
    amount: int
    date: object
    texts: tuple = ()
    names: tuple = ()


def match_return(paid, text, payer, amount, date, days):
    """Return (payment id, :class:`Match`) of money that went back to the payer.

    :param paid: the payments of exactly this amount
    :param int days: how long after a payment a bank may return it
    """
    near = [
        one
        for one in paid
        if one.amount == amount and 0 <= (date - one.date).days <= days
    ]
    found = pieces(text)
    by_text = [one for one in near if {normalise(t) for t in one.texts} & found]
    by_name = [
        one for one in near if any(is_same_name(payer, name) for name in one.names)
    ]
    for reason, hits in (
        ("return_reference", by_text),
        ("return_name", by_name),
        ("return_amount", near),
    ):
        if not hits:
            continue
        # of several equal ones the bank returns the latest
        last = max(hits, key=lambda one: (one.date, one.id))
        sure = reason != "return_amount" or len(hits) == 1
        confidence = CONFIDENCE[reason] if sure else CONFIDENCE["several"]
        return last.id, Match(last.loan, reason, confidence, [one.loan for one in hits])
    return 0, Match()


def match_reason(reasons, code, text):
    """Return the id of the reason for which a payment came back; 0 when none fits.

    The bank's code decides; without one, a code or words that its text holds.

    :param reasons: [(id, codes, words)], both separated by commas, in order of rank
    """
    tokens = {part.upper() for part in re.findall(r"\w+", text or "")}
    for named in ({(code or "").strip().upper()} - {""}, tokens):
        for one, codes, _words in reasons:
            if named & {part.upper() for part in _parts(codes)}:
                return one
    said = normalise_name(f"{code or ''} {text or ''}")
    for one, _codes, words in reasons:
        if any(normalise_name(word) in said for word in _parts(words)):
            return one
    return 0


def _parts(text):
    """Return the parts of a list separated by commas, of either script."""
    return [part.strip() for part in re.split("[,，、]", text or "") if part.strip()]
