"""Bank statement files of every kind, and those that are none."""

import datetime
import time
from decimal import Decimal

import pytest
from tools import bank
from tools.bank import camt, cells
from tools.bank.titles import guess_columns

COLUMNS = {
    "date": "Date",
    "amount": "Amount",
    "payer": "Payer",
    "account": "Account",
    "reference": "Text",
    "uid": "Number",
}
DAY = datetime.date(2026, 3, 31)


def options(**values):
    return bank.Options(
        currency="CNY",
        currencies=frozenset({"CNY", "EUR"}),
        **{"columns": COLUMNS, **values},
    )


def read(text, encoding="utf-8", **values):
    return bank.read_statement(text.encode(encoding), options(**values))


def plain(line):
    return (line.date, str(line.amount), line.currency, line.payer, line.reference)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("-1234.5", "-1234.5"),
        ("1 234.50-", "-1234.50"),
        ("(250.00)", "-250.00"),
        ("￥3,716.23", "3716.23"),
        ("100.00 CR", "100.00"),
        ("100.00DR", "-100.00"),
        ("+7", "7"),
        ("\u2212 1,234.50", "-1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("1,23,456.00", "123456.00"),
        (".50", "0.50"),
    ],
)
def test_amounts_as_banks_write_them(text, amount):
    assert cells.read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "1.2.3", "NaN", "1e5", "999999999999999", "12,50", "1.234,50", "1,2"],
)
def test_what_is_no_amount(text):
    with pytest.raises(cells.CellError):
        cells.read_amount(text)


def test_the_other_mark_is_never_taken_for_thousands():
    with pytest.raises(cells.CellError):
        cells.read_amount("1250.00", ",")
    text = "Date;Amount;Payer;Account;Text;Number\n31.03.2026;12,500;B;C;D;1\n"
    (line,) = read(text)
    assert line.amount == 12500
    # 12.500 where a comma stands before decimals is 12500, else no amount of money
    with pytest.raises(bank.BankFileError, match="more decimals"):
        read(text.replace("12,500", "12.505"), digits={"CNY": 2})
    assert read(text.replace("12,500", "12.500"), decimal=",")[0].amount == 12500


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-03-31", ""),
        ("2026/03/31 14:02:11", ""),
        ("20260331", ""),
        ("20260331140211", ""),
        ("31.03.2026", ""),
        ("2026年03月31日", ""),
        ("03/31/2026", "%m/%d/%Y"),
        ("2026/3/31 9:05", ""),
        ("2026-3-31T09:05:00", ""),
    ],
)
def test_dates_as_banks_write_them(text, form):
    assert cells.read_date(text, form) == DAY


def test_csv_with_a_preamble_and_totals():
    text = (
        "Account,6222 0000\nPeriod,March\n\n"
        "Number,Date,Payer,Account,Amount,Text\n"
        '7,2026-03-31,Chen Lei,621,"3,716.23",CL/2026/00001\n'
        "8,2026-03-31,Chen Lei,621,-3716.23,returned\n"
        "Total,,,,0.00,\n"
    )
    first, second = read(text)
    assert plain(first) == (DAY, "3716.23", "CNY", "Chen Lei", "CL/2026/00001")
    assert (first.uid, first.account, first.number) == ("7", "621", 5)
    assert second.amount == Decimal("-3716.23")


def test_csv_of_a_chinese_bank():
    columns = guess_columns(
        ["交易日期", "收入金额", "支出金额", "对方户名", "对方账号", "摘要", "流水号"]
    )
    assert columns == {
        "date": "交易日期",
        "credit": "收入金额",
        "debit": "支出金额",
        "payer": "对方户名",
        "account": "对方账号",
        "reference": "摘要",
        "uid": "流水号",
    }
    text = (
        "交易日期,收入金额,支出金额,对方户名,对方账号,摘要,流水号\n"
        "20260331,3716.23,,陈磊,6222,还款CL202600001,A1\n"
        "20260331,,15.00,本行,,手续费,A2\n"
    )
    for encoding in ("gb18030", "utf-8-sig"):
        first, second = read(text, encoding, columns=columns)
        assert first.payer == "陈磊"
        assert (first.amount, second.amount) == (Decimal("3716.23"), Decimal("-15.00"))


def test_csv_with_semicolon_and_decimal_comma():
    text = "Date;Amount;Payer;Account;Text;Number\n31.03.2026;1.234,50;A;B;C;1\n"
    (line,) = read(text, decimal=",")
    assert line.amount == Decimal("1234.50")


def test_every_problem_of_a_csv_is_named_and_nothing_is_read():
    text = (
        "Date,Amount,Payer,Account,Text,Number\n"
        "2026-13-31,1.00,A,,,1\n2026-03-31,one,A,,,2\n2026-03-31,1.00,A,,,3\n"
    )
    with pytest.raises(bank.BankFileError) as caught:
        read(text)
    found = [(p.line, p.column, p.value) for p in caught.value.problems]
    assert found == [(2, "Date", "2026-13-31"), (3, "Amount", "one")]


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(bank.BankFileError, match="Number"):
        read("Date,Amount,Payer,Account,Text\n2026-03-31,1,A,B,C\n")


def test_lines_without_number_are_known_by_what_they_say():
    columns = {"date": "Date", "amount": "Amount", "payer": "Payer"}
    text = "Date,Amount,Payer\n2026-03-31,10.00,A\n2026-03-31,10.00,A\n"
    first = [line.uid for line in read(text, columns=columns)]
    again = [line.uid for line in read(text + "2026-04-01,10,A\n", columns=columns)]
    assert len(set(first)) == 2
    assert again[:2] == first
    assert again[2] not in first


def uids(lines):
    return [line.uid for line in lines]


def new(text, known=(), **values):
    """What of a file is new after those lines, as ids."""
    found = read(text, **values)
    return bank.find_new(found, {line.uid: line for line in known})


ROW = "{n},{day},{payer},62,{amount},{text}\n"


def rows(*changes):
    base = {"n": 1, "day": "2026-03-31", "payer": "A", "amount": "10.00", "text": "x"}
    head = "Number,Date,Payer,Account,Amount,Text\n"
    return head + "".join(ROW.format(**{**base, **change}) for change in changes)


def test_a_number_that_is_used_again_is_another_booking():
    first = new(rows({}))
    assert uids(first) == ["1"]
    assert not new(rows({}), first)
    # a file that is richer in words brings nothing new
    assert not new(rows({"text": "x, and more"}), first)
    for change in ({"day": "2026-04-30"}, {"amount": "11.00"}, {"payer": "B"}):
        (other,) = new(rows(change), first)
        assert other.uid.startswith("1#")
        assert not new(rows({}, change), [*first, other])
        assert not new(rows(change, {}), [*first, other])


def test_a_number_on_several_lines_of_a_file_loses_none():
    both = new(rows({}, {"payer": "B"}, {"text": "y"}))
    assert len(set(uids(both))) == 3
    assert not new(rows({"text": "y"}, {"payer": "B"}), both)
    # one of them came first, alone
    assert [line.payer for line in new(rows({}, {"payer": "B"}), new(rows({})))] == [
        "B"
    ]
    # the very same line twice is one booking
    assert len(new(rows({}, {}))) == 1


def test_a_booking_whose_day_was_left_out_is_named():
    text = rows({}, {"day": "", "n": 2}, {"n": 3, "payer": "C"})
    with pytest.raises(bank.BankFileError) as caught:
        read(text)
    assert [(p.line, p.column) for p in caught.value.problems] == [(3, "Date")]
    with pytest.raises(bank.BankFileError):
        read(rows({}, {"day": "", "n": 2}))


def test_a_column_says_which_way_the_money_went():
    columns = guess_columns(["日期", "金额", "借贷标志", "对方户名"])
    assert columns["side"] == "借贷标志"
    text = "日期,金额,借贷标志,对方户名\n20260331,10.00,{},A\n"
    for mark, amount in (("贷", 10), ("借", -10), ("Credit", 10), ("DR", -10)):
        (line,) = read(text.format(mark), "gb18030", columns=columns)
        assert line.amount == amount
    with pytest.raises(bank.BankFileError, match="received or paid"):
        read(text.format("?"), columns=columns)


@pytest.mark.parametrize("order", [1, -1])
def test_balances_prove_that_no_booking_is_missing(order):
    columns = {"date": "Date", "amount": "Amount", "balance": "Balance"}
    rows = ["2026-03-30,10.00,110.00\n", "2026-03-31,-4.00,106.00\n"]
    rows.append("2026-03-31,1.00,107.00\n")
    head = "Date,Amount,Balance\n"
    text = head + "".join(rows[::order])
    assert len(read(text, columns=columns)) == 3
    assert guess_columns(["日期", "金额", "余额"])["balance"] == "余额"
    for gone in (text.replace(rows[1], ""), text.replace("-4.00", "-4.01")):
        with pytest.raises(bank.BankFileError) as caught:
            read(gone, columns=columns)
        (problem,) = caught.value.problems
        assert (problem.column, "missing" in problem.reason) == ("Balance", True)
        assert len(read(gone, columns={**columns, "balance": ""}))


def test_the_mark_between_cells_is_the_regular_one():
    text = "Date\tAmount\tPayer\tAccount\tText\tNumber\n"
    text += "2026-03-31\t10.00\tA\tB\tone, two, three, four, five, six\t1\n"
    (line,) = read(text + text.splitlines(True)[1].replace("10.", "11."))[:1]
    assert (line.payer, line.uid[0]) == ("A", "1")


def test_utf_16_as_spreadsheets_save_it():
    (line,) = bank.read_statement(rows({"payer": "陈磊"}).encode("utf-16"), options())
    assert line.payer == "陈磊"


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
<BkToCstmrStmt><Stmt><Id>S1</Id>
<Ntry><Amt Ccy="EUR">3716.23</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
 <BookgDt><Dt>2026-03-31</Dt></BookgDt><AcctSvcrRef>E1</AcctSvcrRef>
 <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
  <RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>DE02</IBAN></Id></DbtrAcct>
  </RltdPties><RmtInf><Ustrd>CL/2026/</Ustrd><Ustrd>00001</Ustrd></RmtInf>
 </TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
 <BookgDt><DtTm>2026-03-31T10:00:00</DtTm></BookgDt><AcctSvcrRef>E2</AcctSvcrRef>
 <NtryDtls><TxDtls><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>
 <TxDtls><Amt Ccy="EUR">20.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls></NtryDtls>
</Ntry>
<Ntry><Amt Ccy="EUR">3716.23</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
 <BookgDt><Dt>2026-03-31</Dt></BookgDt><AcctSvcrRef>E3</AcctSvcrRef>
 <NtryDtls><TxDtls><Refs><EndToEndId>CL202600001</EndToEndId></Refs>
  <RltdPties><Dbtr>{name}</Dbtr></RltdPties>
  <RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.mark.parametrize(
    ("version", "name"),
    [("02", "<Nm>Chen Lei</Nm>"), ("08", "<Pty><Nm>Chen Lei</Nm></Pty>")],
)
def test_camt_of_both_shapes(version, name):
    lines = read(CAMT.format(version=version, name=name))
    assert [str(line.amount) for line in lines] == [
        "3716.23",
        "10.00",
        "20.00",
        "-3716.23",
    ]
    first, part, other, back = lines
    assert plain(first)[2:] == ("EUR", "Chen Lei", "CL/2026/ 00001")
    assert (first.account, first.uid) == ("DE02", "E1")
    assert part.uid != other.uid
    assert back.payer == "Chen Lei"
    assert (back.reference, back.reason) == ("CL202600001 AM04", "AM04")


STATEMENT = """<Document><BkToCstmrStmt>{}</BkToCstmrStmt></Document>"""


def camt_statement(*entries, account="", opening="", closing="", extra=""):
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}"
        "</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    )
    acct = f"<Acct><Id><IBAN>{account}</IBAN></Id></Acct>" if account else ""
    return f"<Stmt>{acct}{extra}{balances}{''.join(entries)}</Stmt>"


def camt_entry(amount, details="", mark="CRDT", day="2026-03-31", refs=""):
    return (
        f"<Ntry>{refs}<Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>"
        f"<Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt_detail(amount="", text="", refs="", currency="EUR"):
    amount = amount and f"<Amt Ccy='{currency}'>{amount}</Amt>"
    return (
        f"<TxDtls><Refs>{refs}</Refs>{amount}<RmtInf><Ustrd>{text}</Ustrd></RmtInf>"
        "</TxDtls>"
    )


def read_camt(*statements, **values):
    return read(STATEMENT.format("".join(statements)), **values)


def test_ids_that_others_give_do_not_tell_bookings_apart():
    """A standing order has one end-to-end id, entries are counted in each file."""
    refs = "<NtryRef>1</NtryRef>"
    detail = camt_detail("10.00", refs="<EndToEndId>ORDER</EndToEndId>")
    march, april = (
        camt_entry("10.00", detail, day=day, refs=refs)
        for day in ("2026-03-31", "2026-04-30")
    )
    known = read_camt(camt_statement(march))
    found = read_camt(camt_statement(march, march, april))
    assert len(set(uids(found))) == 3
    left = bank.find_new(found, {line.uid: line for line in known})
    assert [str(line.date) for line in left] == ["2026-03-31", "2026-04-30"]


def test_a_collective_booking_is_never_more_or_less_than_it_was():
    parts = camt_detail("10.00", "a") + camt_detail("20.00", "b")
    for whole, rest in (("30.00", []), ("29.40", ["-0.60"]), ("45.00", ["15.00"])):
        lines = read_camt(camt_statement(camt_entry(whole, parts)))
        assert [str(line.amount) for line in lines] == ["10.00", "20.00", *rest]
        assert "collective" in lines[-1].reference or not rest
    # what cannot be split stays whole
    for parts in (
        camt_detail("", "a") + camt_detail("", "b"),
        camt_detail("10.00", "a", currency="USD") + camt_detail("20.00", "b"),
    ):
        (line,) = read_camt(camt_statement(camt_entry("30.00", parts)))
        assert str(line.amount) == "30.00"


def test_balances_that_the_bookings_do_not_explain_are_refused():
    entries = camt_entry("10.00"), camt_entry("4.00", mark="DBIT")
    balances = {"opening": "100.00", "closing": "106.00"}
    assert len(read_camt(camt_statement(*entries, **balances))) == 2
    with pytest.raises(bank.BankFileError, match=r"106.00.*110.00"):
        read_camt(camt_statement(entries[0], **balances))
    page = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
    read_camt(camt_statement(entries[0], extra=page, **balances))


def test_the_statement_of_another_account():
    ours = camt_statement(camt_entry("10.00"), account="DE02120300000000202051")
    other = camt_statement(camt_entry("20.00"), account="DE02500105170137075030")
    lines = read_camt(ours, other)
    with pytest.raises(bank.BankFileError, match="several accounts"):
        bank.split_own(lines, "")
    for number in ("DE02 1203 0000 0000 2020 51", "0000202051", "****2051"):
        own, others = bank.split_own(lines, number)
        assert [str(line.amount) for line in own] == ["10.00"]
        assert [line.own[-4:] for line in others] == ["5030"]
    with pytest.raises(bank.BankFileError, match="the journal of that account"):
        bank.split_own(read_camt(other), "DE02120300000000202051")
    assert bank.split_own(read(SGML), "") == (read(SGML), [])


SGML = """OFXHEADER:100
DATA:OFXSGML
ENCODING:USASCII
CHARSET:1252

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>CNY
<BANKACCTFROM><ACCTID>1</BANKACCTFROM><BANKTRANLIST>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260331120000[+8:CST]<TRNAMT>3716.23<FITID>F1
<NAME>Chen &amp; Lei<MEMO>CL/2026/00001</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260331<TRNAMT>-15,00<FITID>F2<NAME>Bank
</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"""
XML = """<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?>
<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>CNY</CURDEF><BANKTRANLIST>
<STMTTRN><DTPOSTED>20260331</DTPOSTED><TRNAMT>3716.23</TRNAMT><FITID>F1</FITID>
<NAME>Chen &amp; Lei</NAME><MEMO>CL/2026/00001</MEMO></STMTTRN>
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"""


def test_ofx_in_sgml_and_in_xml_say_the_same():
    first, fee = read(SGML)
    (other,) = read(XML)
    assert plain(first) == plain(other)
    assert plain(first) == (DAY, "3716.23", "CNY", "Chen & Lei", "CL/2026/00001")
    assert first.uid == other.uid == "F1"
    assert fee.amount == Decimal("-15.00")


BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{a}"><!ENTITY b "{b}">]>
<Document><BkToCstmrStmt><Stmt><Ntry><Amt>&b;</Amt></Ntry></Stmt></BkToCstmrStmt>
</Document>""".format(a="9" * 1000, b="&a;" * 1000)
FETCH = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document><BkToCstmrStmt><Stmt>&x;</Stmt></BkToCstmrStmt></Document>"""


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"PK\x03\x04rest", "XLSX"),
        (b"%PDF-1.7", "PDF"),
        (b"Date,Amount\x00\x00", "no text"),
        (b"<html><body>Sign in</body></html>", "neither CAMT.053 nor OFX"),
        (b"<Document><Bk", "no valid XML"),
        (BOMB.encode(), "no valid XML"),
        (FETCH.encode(), "document type"),
        (b"x" * (30 * 1024 * 1024), "30 MB"),
        (b"Date,Amount,Payer,Account,Text,Number\n", "no booking"),
        (b"<OFX><STMTTRN></OFX>", "no booking"),
    ],
    ids=[f"file-{n}" for n in range(12)],
)
def test_files_that_are_none(data, says):
    with pytest.raises(bank.BankFileError, match=says):
        bank.read_statement(data, options())


def test_an_unknown_currency_is_named():
    columns = {**COLUMNS, "currency": "Cur"}
    text = "Date,Amount,Payer,Account,Text,Number,Cur\n2026-03-31,1,A,B,C,1,XXX\n"
    with pytest.raises(bank.BankFileError, match="XXX"):
        read(text, columns=columns)


def test_a_wrong_amount_in_camt_names_the_entry():
    text = CAMT.format(version="02", name="<Nm>A</Nm>").replace("10.00<", "ten<")
    with pytest.raises(bank.BankFileError) as caught:
        read(text)
    assert [(p.line, p.column, p.value) for p in caught.value.problems] == [
        (2, "Amt", "ten")
    ]


def test_entities_stay_unresolved():
    root = camt.parse_xml(b"<a><b>1</b></a>")
    assert root.findtext("b") == "1"


def test_ten_thousand_lines_are_read_at_once():
    row = "{n},2026-03-31,Payer {n},62{n},3716.23,Loan CL/2026/{n:05}\n"
    text = "Number,Date,Payer,Account,Amount,Text\n"
    text += "".join(row.format(n=n) for n in range(10_000))
    start = time.process_time()  # whatever else the machine does
    assert len(read(text)) == 10_000
    assert time.process_time() - start < 5


BALANCED = """<OFX><STMTRS><BANKACCTFROM><ACCTID>{own}</BANKACCTFROM><BANKTRANLIST>
<DTSTART>20260401<DTEND>20260430<STMTTRN><DTPOSTED>20260402<TRNAMT>10.00<FITID>F1
</STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>{amount}<DTASOF>{asof}</LEDGERBAL></STMTRS>
"""


def test_the_closing_balance_of_an_ofx():
    ours = BALANCED.format(own="6222", amount="1210.00", asof="20260430120000[+8:CST]")
    data = (ours + BALANCED.format(own="9999", amount="5", asof="20260430")).encode()
    found = bank.read_closing(data, "6222")
    day = datetime.date(2026, 4, 30)
    assert (found.date, found.amount, found.own) == (day, Decimal("1210.00"), "6222")
    # of the moment when the file was asked for, after the period: proves nothing
    late = BALANCED.format(own="6222", amount="1", asof="20260502").encode()
    assert bank.read_closing(late) is None
    assert bank.read_closing(SGML.encode()) is None
    assert bank.read_closing(b"Date,Amount\n2026-04-02,1.00\n") is None
