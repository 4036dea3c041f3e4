"""Reading a loan tape: what is taken, what is listed, what stops the import."""

import csv
import datetime
import gzip
import io
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "carloan_relief"))
from tools import tape  # noqa: E402

LOANS = """\
loan_ref,originated,original_amount,original_term,maturity,annual_rate,first_payment,\
make,model,condition,model_year,vehicle_value,credit_score,payment_to_income,state,\
tape_date,balance_at_tape,scheduled_payment,dpd_at_tape,outcome,outcome_month
A-1,2016-01,12000.00,13,2017-01,0,2016-02,HOND,CIVIC,used,2012,10975,694,0.1165,FL,\
2016-05-31,8000.00,1000.00,0,repaid,18
A-2,2016-01,24000.00,25,2018-01,0.06,2016-02,TOYT,CAMRY,new,2015,26000,730,0.08,TX,\
2016-05-31,20400.00,1063.69,0,default,9
"""
PAYMENTS = """\
loan_ref,month_end,balance,principal_paid,total_paid,recovered,repossession_proceeds
A-1,2016-05-31,8000.00,1000.00,1000.00,,
A-1,2016-06-30,8000.00,0.0,0.0,,0.0
A-1,2016-07-31,7000.00,1000.00,1000.00,,0.0
A-2,2016-05-31,20400.00,960.00,1063.69,,
A-2,2016-06-30,19438.31,961.69,1063.69,,0.0
A-2,2016-07-31,,0.0,,,0.0
"""
AS_OF = datetime.date(2016, 6, 30)


def read(loans=LOANS, payments=PAYMENTS, **options):
    options = tape.Options(**{"as_of": AS_OF, **options})
    return tape.read_tape(loans.encode(), payments.encode(), options)


def problems(loans=LOANS, payments=PAYMENTS, **options):
    with pytest.raises(tape.TapeError) as caught:
        read(loans, payments, **options)
    return [str(problem) for problem in caught.value.problems]


def test_terms_balance_and_history_are_read():
    got = read()
    first = got.loans[0]
    assert (first.ref, first.principal, first.payment) == ("A-1", 1200000, 100000)
    assert first.first_due == datetime.date(2016, 2, 15)
    assert got.total_open() == 800000 + 1943831
    assert got.open_loans.tolist() == [0, 1]
    assert got.balance.tolist() == [800000, 800000, 2040000, 1943831]
    assert (got.rows_read, got.rows_future, got.rejected) == (6, 2, [])


def test_a_term_counts_the_months_since_origination():
    assert [loan.instalments for loan in read().loans] == [12, 24]
    counted = read(term_rule="instalments")
    assert [loan.instalments for loan in counted.loans] == [13, 25]


def test_nothing_after_the_date_and_no_outcome_can_change_anything():
    future = PAYMENTS.replace("7000.00", "rubbish").replace("A-2,2016-07", "??,2016-07")
    lines = [line.rsplit(",", 2)[0] for line in LOANS.splitlines()]
    cut = "\n".join(line for line in PAYMENTS.splitlines() if "2016-07" not in line)
    plain = read()
    for other in (
        read(LOANS.replace("default,9", "repaid,1"), future),
        read("\n".join(lines), cut),
    ):
        assert other.loans == plain.loans
        assert other.rejected == plain.rejected
        for name in ("balance", "paid", "principal_paid", "month_end", "position"):
            assert getattr(other, name).tolist() == getattr(plain, name).tolist()


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "says"),
    [
        ("annual_rate", "rate", 1, "annual_rate", "the column is missing"),
        ("12000.00", "-12000.00", 2, "original_amount", "must be above zero"),
        ("12000.00", "n/a", 2, "original_amount", "is not a number"),
        ("12000.00", "nan", 2, "original_amount", "is not a number"),
        ("12000.00", "12000.001", 2, "original_amount", "more than 2 decimals"),
        ("12000.00", "1e15", 2, "original_amount", "larger than any loan"),
        (",0.06,", ",8.00,", 3, "annual_rate", "means 800"),
        (",0.06,", ",-0.06,", 3, "annual_rate", "means -6"),
        (",0.06,", ",,", 3, "annual_rate", "is empty"),
        ("A-2", "A-1", 3, "loan_ref", "stands on line 2 already"),
        ("2017-01,0,2016-02", "2017-01,0,2015-12", 2, "first_payment", "lies before"),
        ("2017-01,0,", "2015-01,0,", 2, "maturity", "lies before"),
        ("2017-01,0,", "2017-31,0,", 2, "maturity", "is not a date"),
        (",13,", ",1,", 2, "original_term", "leaves no instalment"),
        (",13,", ",9999,", 2, "original_term", "between 1 and"),
        ("2016-05-31,8000", "2017-05-31,8000", 2, "tape_date", "before the tape"),
    ],
)
def test_a_loan_that_cannot_be_right_stops_the_import(old, new, line, column, says):
    found = problems(LOANS.replace(old, new, 1))
    assert len(found) == 1, found
    assert f"loans, line {line}" in found[0]
    assert column in found[0]
    assert says in found[0]


def test_currencies_are_known_and_one():
    with_currency = "\n".join(
        f"{line},{value}"
        for line, value in zip(
            LOANS.splitlines(), ["currency", "USD", "XXX"], strict=True
        )
    )
    known = frozenset({"USD", "EUR"})
    assert "not a currency" in problems(with_currency, currencies=known)[0]
    euro = with_currency.replace("XXX", "EUR")
    assert "one currency" in problems(euro, currencies=known)[0]
    assert len(read(with_currency.replace("XXX", "USD"), currencies=known).loans) == 2


def test_every_problem_of_a_file_is_named_at_once():
    bad = LOANS.replace("12000.00", "-1").replace(",0.06,", ",8,")
    assert len(problems(bad)) == 2


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("A-2,2016-04-30,,0.0,,,", "balance", "is empty"),
        ("A-2,2016-04-30,-6003.82,0.0,0.0,,", "balance", "is a credit"),
        ("A-2,2016-04-30,x,0.0,0.0,,", "balance", "is not a number"),
        ("A-2,2016-04-31,1,0.0,0.0,,", "month_end", "is not a date"),
        ("A-9,2016-04-30,1,0.0,0.0,,", "loan_ref", "no loan of this reference"),
        ("A-2,2016-06-30,1,0.0,0.0,,", "month_end", "earlier line already"),
    ],
)
def test_a_payment_row_that_cannot_be_used_is_listed_alone(row, column, says):
    got = read(payments=PAYMENTS + row + "\n")
    assert got.total_open() == 800000 + 1943831
    (rejected,) = got.rejected
    assert (rejected.line, rejected.column) == (8, column)
    assert (
        rejected.value
        == row.split(",")[["loan_ref", "month_end", "balance"].index(column)]
    )
    assert says in rejected.reason


def test_a_loan_that_falls_silent_is_listed_and_left_out():
    got = read(payments=PAYMENTS.replace("A-2,2016-06-30,19438.31", "A-2,2016-06-30,"))
    assert got.open_loans.tolist() == [0]
    assert "owed 20400.00 on 2016-05-31" in got.rejected[0].reason
    assert (got.rejected[0].file, got.rejected[0].line) == ("loans", 3)


def test_a_date_without_any_balance_is_refused():
    found = problems(as_of=datetime.date(2016, 6, 29))
    assert "no loan has a row on the as-of date" in found[0]
    assert "2016-05-31" in found[0]


def test_odd_rows_are_taken_and_counted():
    notes = read().notes
    assert notes["rows without a payment while something is owed"] == 1
    risen = read(
        payments=PAYMENTS.replace("A-1,2016-06-30,8000", "A-1,2016-06-30,8100")
    )
    assert risen.notes["rows whose balance rises"] == 1


def test_gzip_semicolons_and_gb18030_are_read():
    names = LOANS.replace("HOND", "本田").replace(",", ";")
    packed = gzip.compress(names.encode("gb18030"))
    got = tape.read_tape(packed, PAYMENTS.encode(), tape.Options(as_of=AS_OF))
    assert got.loans[0].make == "本田"


def test_a_workbook_gives_the_same_tape():
    openpyxl = pytest.importorskip("openpyxl")
    sheets = []
    for text in (LOANS, PAYMENTS):
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO(text)):
            book.active.append([_typed(cell) for cell in row])
        stream = io.BytesIO()
        book.save(stream)
        sheets.append(stream.getvalue())
    got, plain = tape.read_tape(*sheets, tape.Options(as_of=AS_OF)), read()
    assert got.loans == plain.loans
    assert got.balance.tolist() == plain.balance.tolist()


def _typed(cell):
    """Return a cell as a person would have typed it into a sheet."""
    try:
        if len(cell) == 10:
            return datetime.datetime.fromisoformat(cell)
        return float(cell)
    except ValueError:
        return cell or None


def test_columns_may_be_called_otherwise():
    other = LOANS.replace("loan_ref", "合同号", 1)
    got = read(other, loan_columns={"loan_ref": "合同号"})
    assert got.loans[0].ref == "A-1"
    assert "合同号" in problems(LOANS, loan_columns={"loan_ref": "合同号"})[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 not a workbook", "cannot be read"),
        (gzip.compress(LOANS.encode())[:80], "cannot be read"),
        (LOANS.splitlines()[0].encode(), "holds no loan"),
    ],
)
def test_a_damaged_file_is_refused(content, says):
    with pytest.raises(tape.TapeError) as caught:
        tape.read_tape(content, PAYMENTS.encode(), tape.Options(as_of=AS_OF))
    assert says in str(caught.value)
