"""The team's worked cases: every accounting entry and every cost of credit."""

import copy

import pytest
import samples
from engine import allocation, ledger, replay, valuation
from engine.money import half_up_div, mul_div, rate_fraction
from engine.quotation import answer
from engine.schedule import Terms, build

#: Accounts of the cases -> roles of the engine. A case books what is due together
#: with what is not: both are its loan principal; so is the claim after an exchange.
ACCOUNTS = {
    "bank": "CASH",
    "principal": "LOAN_PRINCIPAL",
    "principal_due": "LOAN_PRINCIPAL",
    "interest_due": "INT_RECEIVABLE",
    "penalty_due": "INT_RECEIVABLE",
    "fee_due": "COLLECTION_COST_RECEIVABLE",
    "interest_adjustment": "LOAN_ADJ",
    "interest_income": "INT_INCOME",
    "penalty_income": "INT_INCOME",
    "modification_result": "MOD_GAIN_LOSS",
    "allowance": "ECL_ALLOWANCE",
    "impairment": "IMPAIRMENT_LOSS",
    "output_vat": "OUTPUT_VAT",
    "pending_vat": "VAT_PENDING",
}
TERMS = {
    "principal": "120000.00",
    "annual_rate": "0.072",
    "instalments": 36,
    "period": "month",
    "method": "annuity",
    "start_date": "2026-01-15",
    "first_due_date": "2026-02-15",
    "day_count": "period",
    "rounding": "0.01",
}


def quote(measures, as_of="2027-01-15", terms=TERMS, paid=12, **status):
    request = {
        "terms": terms,
        "status": {"as_of": as_of, "paid": {"instalments": paid}, **status},
        "measures": measures,
    }
    return answer.answer(copy.deepcopy(request))


def net(lines):
    """Return {account: debit less credit in cents}, nothing that comes to 0."""
    sums = {}
    for role, amount in lines:
        account = ACCOUNTS.get(role, role)
        sums[account] = sums.get(account, 0) + amount
    return {account: amount for account, amount in sums.items() if amount}


def engine_lines(*entries):
    return [(line.role, line.debit - line.credit) for e in entries for line in e]


def quoted_lines(result, *events):
    return [
        (line["role"], samples.minor(line["debit"]) - samples.minor(line["credit"]))
        for entry in result["entries"]
        if entry["event"] in events
        for line in entry["lines"]
    ]


def wanted(case, *steps):
    """Return what the entries of a case come to, all or those of some steps."""
    entries = case["expected"]["entries"]
    chosen = [entry for k, entry in enumerate(entries) if not steps or k in steps]
    return net(
        (line["account"], samples.minor(line["debit"]) - samples.minor(line["credit"]))
        for entry in chosen
        for line in entry["lines"]
    )


def case(identifier):
    row = samples.cases("accounting_cases")[identifier]
    return row, {
        name: samples.minor(value) for name, value in row["expected"]["amounts"].items()
    }


def test_a01_schedule():
    _, amounts = case("A01")
    result = answer.answer({"terms": TERMS})
    rows, totals = result["schedule"], result["totals"]
    assert samples.minor(totals["instalment"]) == amounts["instalment"]
    assert samples.minor(totals["last_instalment"]) == amounts["last_instalment"]
    assert samples.minor(totals["interest"]) == amounts["total_interest"]
    for n, name in ((1, "1"), (2, "2")):
        for part in ("interest", "principal"):
            assert samples.minor(rows[n - 1][part]) == amounts[f"{part}_{name}"]
    assert samples.minor(rows[0]["balance"]) == amounts["balance_1"]
    for n in (12, 24):
        assert samples.minor(rows[n - 1]["balance"]) == amounts[f"balance_{n}"]
    assert samples.minor(rows[-1]["balance"]) == amounts["final_balance"]


def test_a03_part_payment():
    row, amounts = case("A03")
    dues = [15000, 72000, 299623]
    codes = [["fee", "interest", "principal"]]
    paid = allocation.allocate([200000], [dues], codes, [[1, 1, 1]])[0].tolist()
    parts = dict(zip(("costs", "interest", "principal"), paid, strict=True))
    assert parts == {name: amounts[f"to_{name}"] for name in parts}
    assert dues[2] - paid[2] == amounts["principal_still_overdue"]
    entries = (
        ledger.entry("accrue", interest=72000),
        ledger.entry("repay", fee=paid[0], interest=paid[1], principal=paid[2]),
    )
    assert net(engine_lines(*entries)) == wanted(row)


@pytest.mark.parametrize("basis", ["360", "365"])
def test_a04_accrual_at_the_month_end(basis):
    row, amounts = case("A04")
    num, den = rate_fraction(0.072)
    accrued = int(mul_div(8283467, num * 17, den * int(basis)))
    assert accrued == amounts[f"accrual_act_{basis}"]
    if basis == "360":
        entry = ledger.entry("accrue", interest=accrued)
        assert net(engine_lines(entry)) == wanted(row)
    # the same through a broken first period of that many days
    terms = {**TERMS, "principal": "82834.67", "day_count": f"ACT/{basis}"}
    terms |= {"start_date": "2026-01-29", "method": "interest_only"}
    first = answer.answer({"terms": terms})["schedule"][0]
    assert samples.minor(first["interest"]) == accrued


def test_a07_rate_cut():
    row, amounts = case("A07")
    result = quote([{"kind": "rate", "annual_rate": "0.036", "instalments": None}])
    value, first = result["valuation"], result["after"]["schedule"][0]
    assert samples.minor(first["instalment"]) == amounts["new_instalment"]
    assert samples.minor(value["pv_after"]) == amounts["pv_new_at_original_eir"]
    assert samples.minor(value["modification_loss"]) == amounts["modification_loss"]
    share = float(row["expected"]["amounts"]["eba_diminished_obligation_pct"])
    assert value["diminished_pct"] == pytest.approx(share, abs=5e-5)
    assert value["diminished"] and not value["substantial_10pct"]
    found = quoted_lines(result, "modify", "bill", "repay")
    assert net(found) == wanted(row)


def test_a08_commission_in_the_effective_rate():
    """In the domain's table: carried at 77,846.64, loss 1,801.27."""
    terms = {**TERMS, "principal": "100000", "annual_rate": "0.06", "instalments": 24}
    result = quote(
        [{"kind": "rate", "annual_rate": "0.03", "instalments": None}],
        as_of="2026-07-15",
        terms={**terms, "upfront_fee_in_eir": "3000"},
        paid=6,
    )
    assert result["position"]["principal"] == "76110.76"
    assert result["valuation"]["carrying"] == "77846.64"
    assert result["valuation"]["modification_loss"] == "1801.27"
    assert result["totals"]["eir_period"] == pytest.approx(0.002591, abs=5e-7)


def overdue_terms(interest):
    """Return terms whose one missed instalment owes exactly that interest."""
    return {
        **TERMS,
        "principal": str(interest * 1000),
        "annual_rate": "0.012",
        "method": "interest_only",
    }


def test_a09_waiver_in_the_books():
    row, _ = case("A09")
    result = quote(
        [{"kind": "waive", "component": "interest", "amount": "2150.40"}],
        as_of="2026-02-15",
        terms=overdue_terms(2150.4),
        paid=0,
    )
    assert net(quoted_lines(result, "provision", "waive")) == wanted(row)
    assert result["concession"]["present_value"] == "2150.40"


def test_a11_waiver_off_the_books():
    row, _ = case("A11")
    result = quote(
        [{"kind": "waive", "component": "penalty", "amount": "1340.25"}],
        interest_suspended={"penalty": "1340.25"},
    )
    assert net(quoted_lines(result, "provision", "waive")) == wanted(row) == {}
    assert result["concession"]["penalty"] == "1340.25"


def test_a13_forgiveness_above_the_allowance():
    row, amounts = case("A13")
    result = quote(
        [{"kind": "forgive_principal", "amount": "30000"}],
        as_of="2026-01-15",
        terms={**TERMS, "principal": "60000"},
        paid=0,
        allowance="25000",
    )
    assert net(quoted_lines(result, "provision", "forgive")) == wanted(row, 0, 1)
    left = samples.minor(result["after"]["schedule"][0]["balance"])
    first = samples.minor(result["after"]["schedule"][0]["principal"])
    needed = (left + first) * 40 // 100
    assert needed == amounts["required_allowance"]
    held = ledger.entry("provision", charge=needed)
    assert net(engine_lines(held)) == wanted(row, 2)


def test_a14_and_a15_capitalised_arrears():
    """Overdue principal went on bearing interest: 3 x 497.01 is what is owed."""
    row, amounts = case("A15")
    plan = [
        {"kind": "capitalise", "components": ["interest"]},
        {"kind": "extend", "instalments": 12},
    ]
    result = quote(plan, as_of="2027-04-15")
    assert result["position"]["overdue"]["interest"] == "1491.03"
    assert result["after"]["totals"]["instalment"] == "2824.28"
    assert result["after"]["totals"]["instalments"] == 33
    assert result["valuation"]["modification_loss"] == "0.00"
    result = quote(plan, as_of="2027-04-15", interest_suspended="918.60")
    first = result["after"]["schedule"][0]
    opening = samples.minor(first["balance"]) + samples.minor(first["principal"])
    assert opening == amounts["new_principal"]
    # the case has the overdue principal in the balance: its move nets to nothing
    assert net(quoted_lines(result, "capitalise")) == wanted(row)
    value = result["valuation"]
    assert value["modification_loss"] == "0.00"
    assert value["carrying"] == "84325.70"
    assert sum(map(samples.minor, value["unwind"])) == 91860
    assert all(samples.minor(step) >= 0 for step in value["unwind"])


def test_a17_deferred_interest():
    row, amounts = case("A17")
    plan = [{"kind": "holiday", "instalments": 3, "interest": "defer"}]
    result = quote(plan)
    after = result["after"]["schedule"]
    assert samples.minor(after[3]["instalment"]) == amounts["first_payment_after"]
    assert net(quoted_lines(result, "modify")) == wanted(row)
    share = float(row["expected"]["amounts"]["eba_do_pct"])
    assert result["valuation"]["diminished_pct"] == pytest.approx(share, abs=5e-5)
    assert not result["valuation"]["diminished"]


def test_a19_write_off():
    row, amounts = case("A19")
    top_up = 3800000 + 152000 - 3500000
    assert top_up == amounts["top_up"]
    entries = (
        ledger.entry("provision", charge=top_up),
        ledger.entry("write_off", not_due=3800000, interest=152000),
    )
    assert net(engine_lines(*entries)) == wanted(row)


def test_a21_stage_two():
    row, amounts = case("A21")
    lost = valuation.loss_after_cure(0.45)
    expected = [round(8300000 * pd * float(lost)) for pd in (0.02, 0.12)]
    assert expected == [amounts["ecl_stage1"], amounts["ecl_stage2"]]
    entry = ledger.entry("provision", charge=expected[1] - expected[0])
    assert net(engine_lines(entry)) == wanted(row)


def test_a23_interest_of_stage_three():
    row, amounts = case("A23")
    num, den = rate_fraction(0.006)
    contract, net_of = mul_div(8300000, num, den), mul_div(4565000, num, den)
    assert (contract, net_of) == (
        amounts["contract_interest"],
        amounts["interest_income"],
    )
    held_back = int(contract - net_of)
    entry = ledger.entry("accrue", interest=int(contract), to_allowance=held_back)
    assert net(engine_lines(entry)) == wanted(row)


def test_a25_restructuring_in_error():
    """The wrong events come back with the signs turned, the right ones follow."""
    row, amounts = case("A25")
    wrong = quote([{"kind": "rate", "annual_rate": "0.036", "instalments": None}])
    first = wrong["after"]["schedule"][0]
    right = wrong["before"]["schedule"][0]
    unwind = samples.minor(wrong["valuation"]["unwind"][0])
    loss = samples.minor(wrong["valuation"]["modification_loss"])
    paid = samples.minor(first["instalment"])
    interest, principal = samples.minor(first["interest"]), paid
    principal -= interest
    due = samples.minor(right["interest"])
    entries = (
        ledger.entry("modify", loss=-loss),
        ledger.entry("bill", interest=-interest, unwind=-unwind),
        ledger.entry("accrue", interest=due),
        ledger.entry("repay", interest=-interest, principal=-principal),
        ledger.entry("repay", interest=due, principal=paid - due),
    )
    assert net(engine_lines(*entries)) == wanted(row)
    short = samples.minor(right["instalment"]) - paid
    assert short == amounts["shortfall_on_instalment_13"]
    assert 8283467 - (paid - due) == amounts["contract_balance_after"]
    assert due == amounts["cumulative_income_after_reversal"]


def test_a27_a_broken_waiver_is_put_back_fully_provided():
    row, amounts = case("A27")
    claim = amounts["claim_after_break"]
    # the waiver with its signs turned, all of it out of an allowance built anew
    there = ledger.entry("waive", interest=claim)
    back = ledger.entry("waive", interest=-claim, allowance_used=-claim)
    assert net(engine_lines(there, back)) == wanted(row)


def test_a26_a_conditional_waiver_is_only_provided_for():
    """In the domain's table: broken, there is nothing to reinstate."""
    result = quote(
        [
            {
                "kind": "waive",
                "component": "interest",
                "percent": 100,
                "when": "on_completion",
            }
        ],
        as_of="2026-02-15",
        terms=overdue_terms(2150.4),
        paid=0,
    )
    found = net(quoted_lines(result, "provision", "waive"))
    assert found == {"IMPAIRMENT_LOSS": 215040, "ECL_ALLOWANCE": -215040}
    assert result["destinations"]["interest"]["on_completion"] == "2150.40"


def test_a29_substantial_modification():
    row, amounts = case("A29")
    # what the new claim is worth less than the old one, out of the allowance first
    entry = ledger.entry("forgive", principal=2250000, allowance_used=2000000)
    found = net(engine_lines(entry))
    assert found["MOD_GAIN_LOSS"] == amounts["derecognition_loss"]
    expected = wanted(row)
    # the new claim stands on the account of the old one, the loss on the result of
    # modifications: which accounts these are is the product's mapping
    expected["LOAN_PRINCIPAL"] += expected.pop("LOAN_NEW")
    expected["MOD_GAIN_LOSS"] = expected.pop("INVESTMENT_INCOME")
    assert found == expected


def test_a31_vat_in_the_interest():
    row, amounts = case("A31")
    vat = 72000 - int(half_up_div(72000 * 100, 106))
    assert (72000 - vat, vat) == (amounts["income_net"], amounts["output_vat"])
    entry = ledger.entry("accrue", interest=72000, vat=vat)
    assert net(engine_lines(entry)) == wanted(row)


def test_a33_penalty_interest():
    row, amounts = case("A33")
    terms = Terms.of(**samples.BASE)
    by_360 = terms.with_(day_count=terms.day_count.astype("U8"))
    by_360.day_count[:] = "ACT/360"
    paid = replay.Paid.on_time(12)
    position, _ = replay.position_at(
        by_360, build(terms), "2027-03-07", paid, penalty_rate=0.108, bearing=True
    )
    penalty = int(position.overdue_penalty[0])
    assert penalty == amounts["penalty_interest"]
    # the penalty is the whole rate on what is overdue: no contract interest beside it
    assert position.overdue_interest.tolist() == [49701]
    entry = ledger.entry("penalty", penalty=penalty)
    assert net(engine_lines(entry)) == wanted(row)


def test_every_accounting_case_is_tested():
    here = {
        name.split("_")[1].upper() for name in globals() if name.startswith("test_a")
    } | {"A15"}
    assert set(samples.cases("accounting_cases")) <= here
