"""Which loan a bank line pays, case by case."""

import datetime
import time

import pytest
from tools.bank.matching import (
    Loan,
    Matcher,
    Paid,
    match_reason,
    match_return,
    normalise,
    normalise_name,
    pieces,
)

LOANS = [
    Loan(1, ["CL/2026/00012", "OLD-7788"], ["B-10001"], ["Chen Lei"], (371623, 743246)),
    Loan(2, ["CL/2026/00123"], [], ["陈磊", "Wang Fang"], (371623,)),
    Loan(3, ["CL/2026/00003"], [], ["Chen Lei"], (250000,)),
    Loan(4, ["CL/2026/00004"], [], ["Müller, José"], (99900,), open=False),
    Loan(5, ["CL/2026/00005"], [], ["阿依古丽·买买提"], (88800,)),
]


@pytest.fixture(scope="module")
def matcher():
    memos = {"dauerauftragauto": {5}}
    return Matcher(LOANS, memos, {"DE0212": {2}, "SHARED1": {1, 3}})


@pytest.mark.parametrize(
    ("text", "payer", "account", "amount", "loan", "reason"),
    [
        ("CL/2026/00012", "", "", 1, 1, "reference"),
        ("cl-2026-00012 March", "", "", 1, 1, "reference"),
        ("还款CL202600012谢谢", "", "", 1, 1, "reference"),
        ("ＣＬ／２０２６／０００１２", "", "", 1, 1, "reference"),
        ("CL/2026/ 000 12", "", "", 1, 1, "reference"),
        ("old 7788", "", "", 1, 1, "reference"),
        # a longer number is not the loan whose number it begins with
        ("CL/2026/00123", "", "", 1, 2, "reference"),
        ("CL/2026/001234", "", "", 1, 0, ""),
        ("CL/2026/00012 CL/2026/00003", "", "", 1, 0, "several"),
        ("CL/2026/00004", "", "", 1, 4, "reference_closed"),
        ("customer B10001", "", "", 1, 1, "partner_ref"),
        ("Dauerauftrag Auto", "", "", 1, 5, "memo"),
        ("", "Somebody", "DE02 12", 1, 2, "account"),
        # the borrower's own name and amount say more than who paid that way before
        ("Dauerauftrag Auto", "Chen Lei", "DE02 12", 250000, 3, "name_amount"),
        # the family name first, or last
        ("March", "LEI, Chen", "", 371623, 1, "name_amount"),
        ("March", "Fang Wang", "", 371623, 2, "name_amount"),
        # an account that pays for two loans: the amount tells which
        ("", "", "SHARED1", 250000, 3, "account"),
        ("", "", "SHARED1", 5, 0, ""),
        ("March", "chen  LEI", "", 371623, 1, "name_amount"),
        ("March", "Chen Lei", "", 250000, 3, "name_amount"),
        ("March", "Chen Lei", "", 5, 0, "several"),
        ("", "陈 磊", "", 371623, 2, "name_amount"),
        ("", "wang fang", "", 371623, 2, "name_amount"),
        ("", "阿依古丽买买提", "", 5, 5, "name"),
        ("", "Nobody", "", 88800, 5, "amount"),
        ("", "Nobody", "", 371623, 0, ""),
        ("", "Muller Jose", "", 99900, 0, ""),
        ("", "", "", 5, 0, ""),
    ],
)
def test_cases(matcher, text, payer, account, amount, loan, reason):
    match = matcher.match(text, payer, account, amount)
    if (text, account) == ("", "SHARED1") and not loan:
        # not decided by the account: no name, no amount either
        assert match.loan == 0
        return
    assert (match.loan, match.reason) == (loan, reason)
    assert (match.confidence > 0) == bool(reason)


def test_surer_reasons_are_surer(matcher):
    cases = [
        ("CL/2026/00012", "", "", 1),
        ("", "Chen Lei", "", 371623),
        ("", "阿依古丽买买提", "", 5),
        ("", "Nobody", "", 88800),
    ]
    sure = [matcher.match(*case).confidence for case in cases]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == 4


def test_who_paid_before_alone_is_not_sure(matcher):
    """A text as anybody writes it, or the account of a payment service."""
    for text, payer, account, amount, sure in (
        ("Dauerauftrag Auto", "Somebody", "", 5, False),
        ("Dauerauftrag Auto", "", "", 5, False),
        ("Dauerauftrag Auto", "Somebody", "", 88800, True),
        ("Dauerauftrag Auto", "阿依古丽·买买提", "", 5, True),
        ("", "Payment service", "DE02 12", 5, False),
        ("", "Payment service", "DE02 12", 371623, True),
        ("", "Wang Fang", "DE02 12", 5, True),
    ):
        match = matcher.match(text, payer, account, amount)
        assert (match.confidence >= 90) == sure, (text, payer, amount)


def test_pieces_begin_and_end_where_words_do():
    assert "CL12" in pieces("cl-12")
    assert "CL1" not in pieces("cl-12")
    assert normalise("a/b－1") == "AB1"
    assert normalise_name(" Chén, LEI ") == "chenlei"


D = datetime.date
PAID = [
    Paid(1, 10, 371623, D(2026, 3, 1), ["PBNK/1", "CL/2026/00012"], ["Chen Lei"]),
    Paid(2, 11, 371623, D(2026, 3, 5), ["PBNK/2", "CL/2026/00123"], ["陈磊"]),
    Paid(3, 12, 500, D(2026, 3, 5), ["PBNK/3"], ["Wang"]),
]


@pytest.mark.parametrize(
    ("text", "payer", "amount", "date", "payment", "reason"),
    [
        ("return CL202600012 AM04", "", 371623, D(2026, 3, 9), 1, "return_reference"),
        ("AM04", "陈磊", 371623, D(2026, 3, 9), 2, "return_name"),
        ("AM04", "", 500, D(2026, 3, 9), 3, "return_amount"),
        ("AM04", "", 371623, D(2026, 3, 9), 2, "return_amount"),
        ("CL202600012", "", 371600, D(2026, 3, 9), 0, ""),
        # before it was paid, or long after
        ("CL202600012", "", 371623, D(2026, 2, 9), 0, ""),
        ("CL202600012", "", 371623, D(2026, 9, 9), 0, ""),
    ],
)
def test_returns(text, payer, amount, date, payment, reason):
    found, match = match_return(PAID, text, payer, amount, date, 60)
    assert (found, match.reason) == (payment, reason)


def test_of_two_equal_amounts_none_is_sure():
    _payment, match = match_return(PAID, "", "", 371623, D(2026, 3, 9), 60)
    _payment, single = match_return(PAID, "", "", 500, D(2026, 3, 9), 60)
    assert match.confidence < single.confidence < 90


def test_many_lines_against_many_loans():
    loans = [
        Loan(n, [f"CL/2026/{n:06}"], [f"B{n:07}"], [f"Person {n}"], (n * 7, n * 3))
        for n in range(1, 20_001)
    ]
    start = time.process_time()  # whatever else the machine does
    matcher = Matcher(loans)
    for n in range(1, 2_001):
        match = matcher.match(f"Rate CL 2026-{n:06} thanks", f"Person {n}", "", n)
        assert match.loan == n
    assert time.process_time() - start < 5


REASONS = [(1, "AM04", "insufficient funds，余额不足"), (2, "AC04, AC06", "closed")]


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("AM04", "", 1),
        ("ac06", "insufficient funds", 2),  # the code decides
        ("", "CL/2026/00001 AM04", 1),
        ("XX99", "Account Closed", 2),
        ("余额不足", "", 1),
        ("", "代扣失败：余额不足", 1),
        ("", "XAM045", 0),
        ("", "", 0),
    ],
)
def test_reason_of_a_return_by_code_or_words(code, text, reason):
    assert match_reason(REASONS, code, text) == reason
