"""What must come of the small files of the cases, as far as the readers decide it: one test for each kind of fault."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bank.readers.interface import ParsedStatement, TableForm, UnreadableStatement
from bank.tests.readers.files import (
    CHASE,
    GERMAN,
    TWO_COLUMNS,
    balance,
    camt,
    detail,
    entry,
    mt940,
    ofx,
    read,
    read_one,
    transaction,
)

_CHASE_HEAD = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
_NAMED = "<RltdPties><Dbtr><Pty><Nm>{}</Nm></Pty></Dbtr></RltdPties>"
_BATCH = TableForm(
    date_column="payment_date",
    amount_column="amount",
    reference_column="reference_number",
    payer_name_column="customer_reference",
)


def _amounts(statement: ParsedStatement) -> list[str]:
    return [str(each.signed) for each in statement.lines]


def test_01_a_reversal_is_money_out_and_marked() -> None:
    said = _NAMED.format("Norwood Garage LLC") + "<RmtInf><Ustrd>TST-A-1001</Ustrd></RmtInf>"

    statement = read_one(
        camt(
            balance("OPBD", "1000.00"),
            balance("CLBD", "1000.00"),
            entry("500.00", details=detail(inside=said), reference="CR1"),
            entry(
                "500.00",
                "DBIT",
                inside="<RvslInd>true</RvslInd>",
                details=detail(inside=said),
                reference="RV1",
            ),
        )
    )

    assert _amounts(statement) == ["500.00", "-500.00"]
    assert [each.mark for each in statement.lines] == ["", "reversal"]
    assert [each.payer_name for each in statement.lines] == ["Norwood Garage LLC"] * 2
    assert statement.opening == statement.closing == Decimal("1000.00")


def test_03_a_detail_has_a_direction_of_its_own() -> None:
    details = detail("100.00", "CRDT", _NAMED.format("Ostrow")) + detail(
        "20.00", "DBIT", _NAMED.format("Quill")
    )

    (line,) = read_one(camt(entry("80.00", details=details))).lines

    assert (line.signed, line.note) == (Decimal("80.00"), "")
    assert [(each.direction, str(each.amount), each.payer_name) for each in line.parts] == [
        ("in", "100.00", "Ostrow"),
        ("out", "20.00", "Quill"),
    ]


def test_04_details_that_do_not_add_up_are_one_line_that_names_the_difference() -> None:
    details = detail("60.00", "CRDT", _NAMED.format("Ostrow")) + detail(
        "40.00", "CRDT", _NAMED.format("Quill")
    )

    (line,) = read_one(camt(entry("97.00", details=details))).lines

    assert (line.amount, line.parts) == (Decimal("97.00"), ())
    assert "3.00 USD differ" in line.note
    assert "60.00 USD in, Ostrow; 40.00 USD in, Quill" in line.text


def test_06_the_payers_reference_is_not_the_banks() -> None:
    months = [
        read_one(camt(entry("50.00", reference=name, details=detail(inside=_END_TO_END)))).lines[0]
        for name in ("BANK-OCT", "BANK-NOV")
    ]

    assert [each.bank_reference for each in months] == ["BANK-OCT", "BANK-NOV"]
    assert {each.end_to_end_id for each in months} == {"RENT-STANDING"}


_END_TO_END = "<Refs><EndToEndId>RENT-STANDING</EndToEndId></Refs>"


def test_08_two_alike_are_two() -> None:
    alike = entry("25.00", reference="")

    statement = read_one(camt(alike, alike))

    assert [(each.place, str(each.amount), each.bank_reference) for each in statement.lines] == [
        (1, "25.00", ""),
        (2, "25.00", ""),
    ]


def test_09_a_date_is_as_written_with_or_without_a_zone() -> None:
    days = [
        *("<Dt>2026-11-20+01:00</Dt>", "<Dt>2026-11-20Z</Dt>", "<Dt>2026-11-20</Dt>"),
        # Instants count in the company's zone where they say their own.
        *("<DtTm>2026-11-21T03:00:00Z</DtTm>", "<DtTm>2026-11-20T23:30:00</DtTm>"),
    ]

    statement = read_one(camt(*(entry(day=each) for each in days)))

    assert {each.booked_on for each in statement.lines} == {date(2026, 11, 20)}


def test_10_a_reference_cut_in_two_is_found_joined_and_apart() -> None:
    cut = "<RmtInf><Ustrd>payment of invoice TST-D</Ustrd><Ustrd>-1001 thank you</Ustrd></RmtInf>"

    (line,) = read_one(camt(entry(details=detail(inside=cut)))).lines

    assert line.text == "payment of invoice TST-D -1001 thank you [TST-D-1001]"


def test_11_a_referred_document_is_named() -> None:
    said = (
        "<RmtInf><Strd><RfrdDocInf><Nb>TST-D-1001</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18 5390</Ref></CdtrRefInf>"
        "</Strd></RmtInf>"
    )

    (line,) = read_one(camt(entry(details=detail(inside=said)))).lines

    assert line.named == ("TST-D-1001", "RF18 5390")


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", "ISO-8859-1", "windows-1252"])
def test_15_the_encoding_is_the_declared_one(encoding: str) -> None:
    text = camt(entry(details=detail(inside=_NAMED.format("Müller")))).replace("UTF-8", encoding)

    (line,) = read_one(text.encode(encoding)).lines

    assert line.payer_name == "Müller"


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("61", "61.00"),
        ("61.5", "61.50"),
        (".5", "0.50"),
        ("+62.00", "62.00"),
        ("8.85000", "8.85"),
        ("1.", "1.00"),
    ],
)
def test_18_decimals_are_those_of_the_standard(written: str, amount: str) -> None:
    (line,) = read_one(camt(entry(written))).lines

    assert str(line.amount) == amount


def test_23_account_and_reference_of_the_only_detail() -> None:
    said = (
        "<Refs><AcctSvcrRef>PW1</AcctSvcrRef></Refs><RltdPties><Dbtr><Pty><Nm>Money Wire Svc</Nm></Pty></Dbtr>"
        "<DbtrAcct><Id><Othr><Id>PROC-9</Id></Othr></Id></DbtrAcct></RltdPties>"
    )

    (line,) = read_one(camt(entry("70.00", reference="", details=detail(inside=said)))).lines

    assert (line.bank_reference, line.payer_name, line.payer_account) == ("PW1", "Money Wire Svc", "PROC-9")


def test_27_figures_that_contradict_are_read_as_they_are() -> None:
    statement = read_one(camt(balance("OPBD", "1000.00"), balance("CLBD", "1500.00"), entry("100.00")))

    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1500.00"))
    assert _amounts(statement) == ["100.00"]


def test_25_rows_of_an_export_are_lines() -> None:
    rows = 'CREDIT,11/18/2026,"ONLINE TRANSFER QUI-004",41.01,ACH,,\nCREDIT,11/19/2026,"ONLINE, QUI-004",41.02,ACH,,\n'

    statement = read_one(_CHASE_HEAD + rows, form=CHASE)

    assert _amounts(statement) == ["41.01", "41.02"]
    assert [each.text for each in statement.lines] == ["ONLINE TRANSFER QUI-004", "ONLINE, QUI-004"]
    assert [each.booked_on.day for each in statement.lines] == [18, 19]


@pytest.mark.parametrize(
    ("written", "signed"),
    [
        *[("$1,234.56", "1234.56"), ("($50.00)", "-50.00"), ("(50.00)", "-50.00"), ("50.00-", "-50.00")],
        *[("+75.00", "75.00"), (".75", "0.75"), ("1,234", "1234.00"), ("\N{MINUS SIGN}12.00", "-12.00")],
        *[("75.00 CR", "75.00"), ("75.00DR", "-75.00"), ("-$5.00", "-5.00"), ("$-5.00", "-5.00")],
        *[("USD 5.00", "5.00"), ("5.00 USD", "5.00"), ("1'234.56", "1234.56"), ("100.0000", "100.00")],
    ],
)
def test_31_amounts_as_they_are_written_here(written: str, signed: str) -> None:
    statement = read_one(f'{_CHASE_HEAD}CREDIT,11/20/2026,A,"{written}",x,,\n', form=CHASE)

    assert _amounts(statement) == [signed]
    assert statement.problems == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *[("1 234.56", "not_an_amount"), ("12,50", "not_an_amount"), ("1.234,56", "not_an_amount")],
        *[("1.234", "two_readings"), ("-(5.00)", "two_readings"), ("€5.00", "not_an_amount")],
        *[("5.00 EUR", "other_currency"), ("1e400", "not_an_amount"), ("NaN", "not_an_amount")],
        *[("1,23,456.00", "not_an_amount"), ("9" * 39, "amount_too_large"), ("9" * 10, "amount_too_large")],
        *[
            ("٥.00", "not_an_amount"),
            ("--5.00", "two_readings"),
            ("5.00 CR-", "two_readings"),
            (".", "not_an_amount"),
        ],
        *[
            ("Infinity", "not_an_amount"),
            ("0x10", "not_an_amount"),
            ("1.005", "two_readings"),
            ("", "required"),
        ],
    ],
)
def test_31_what_stays_unclear_is_a_problem_of_its_row_alone(written: str, code: str) -> None:
    statement = read_one(
        f'{_CHASE_HEAD}CREDIT,11/20/2026,A,"{written}",x,,\nCREDIT,11/20/2026,B,7.00,x,,\n', form=CHASE
    )

    (problem,) = statement.problems
    assert (problem.place, problem.field) == (2, "amount")
    assert problem.code == code
    assert _amounts(statement) == ["7.00"]


@pytest.mark.parametrize(
    ("written", "form", "day"),
    [
        *[
            ("1/5/2026", "mdy", "2026-01-05"),
            ("01/05/26", "mdy", "2026-01-05"),
            ("01/05/26", "dmy", "2026-05-01"),
        ],
        *[
            ("20.11.2026", "dmy", "2026-11-20"),
            ("20.11.26", "dmy", "2026-11-20"),
            ("20/11/2026", "dmy", "2026-11-20"),
        ],
        *[
            ("20-Nov-2026", "mdy", "2026-11-20"),
            ("20261120", "mdy", "2026-11-20"),
            ("2026/11/20", "dmy", "2026-11-20"),
        ],
        *[("2026-11-20 14:03:22", "mdy", "2026-11-20"), ("11/20/2026 2:03 PM", "mdy", "2026-11-20")],
        *[
            ("Nov 20, 2026", "mdy", "2026-11-20"),
            ("20 Nov 26", "dmy", "2026-11-20"),
            ("26/11/20", "ymd", "2026-11-20"),
        ],
        *[("2026-11-21T03:00:00Z", "mdy", "2026-11-20"), ("2026-11-20T23:30:00", "mdy", "2026-11-20")],
        ("2026-11-21 03:00:00+00:00", "mdy", "2026-11-20"),
    ],
)
def test_32_dates_in_the_order_of_the_mapping(written: str, form: str, day: str) -> None:
    statement = read_one(f'{_CHASE_HEAD}CREDIT,"{written}",A,5.00,x,,\n', form=replace(CHASE, date_form=form))

    assert [each.booked_on.isoformat() for each in statement.lines] == [day]


@pytest.mark.parametrize(
    "written",
    ["20.11.2026", "20/11/2026", "2026-02-30", "13/13/2026", "yesterday", "11/20/1826", "0", "99999999"],
)
def test_32_a_date_of_another_order_is_a_problem(written: str) -> None:
    statement = read_one(
        f"{_CHASE_HEAD}CREDIT,{written},A,5.00,x,,\nCREDIT,11/20/2026,B,7.00,x,,\n", form=CHASE
    )

    assert [(each.place, each.field, each.code) for each in statement.problems] == [(2, "date", "not_a_date")]
    assert _amounts(statement) == ["7.00"]


@pytest.mark.parametrize("skipped", [None, 3])
def test_33_headings_stand_below_a_preamble(skipped: int | None) -> None:
    preamble = "Account Number:,XXXX1234\nStatement Period:,11/01/2026 - 11/20/2026\n\n"

    statement = read_one(
        f"{preamble}{_CHASE_HEAD}CREDIT,11/20/2026,A,10.00,x,,\n", form=replace(CHASE, skipped_lines=skipped)
    )

    assert [(each.place, str(each.signed)) for each in statement.lines] == [(5, "10.00")]


def test_34_totals_are_told_and_not_counted() -> None:
    rows = "CREDIT,11/20/2026,A,10.00,x,,\nCREDIT,11/20/2026,B,20.00,x,,\nTotal,,,30.00,,,\n"

    statement = read_one(_CHASE_HEAD + rows, form=CHASE)

    assert _amounts(statement) == ["10.00", "20.00"]
    assert any("Row 4 sums up others" in each for each in statement.warnings)


def test_34_a_total_with_a_date_is_a_problem_and_a_payee_of_that_name_is_a_line() -> None:
    rows = (
        "CREDIT,11/20/2026,A,10.00,x,,\nDEBIT,11/20/2026,Total,-4.00,x,,\nCREDIT,11/20/2026,Total,6.00,x,,\n"
    )

    statement = read_one(_CHASE_HEAD + rows, form=CHASE)

    assert _amounts(statement) == ["10.00", "-4.00"]
    assert [(each.place, each.code) for each in statement.problems] == [(4, "totals_row")]


def test_36_debit_and_credit_columns() -> None:
    statement = read_one(
        "Date,Description,Debit,Credit,Balance\n11/20/2026,FEE,15.00,,985.00\n"
        "11/20/2026,TST-B-1001,,500.00,1485.00\n11/21/2026,RENT,200.00,0.00,1285.00\n",
        form=TWO_COLUMNS,
    )

    assert _amounts(statement) == ["-15.00", "500.00", "-200.00"]
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1285.00"))


def test_37_a_column_says_the_direction() -> None:
    form = TableForm(
        date_column="Transaction Date",
        amount_column="Transaction Amount",
        direction_column="Transaction Type",
        text_column="Transaction Description",
    )

    statement = read_one(
        "Account Number,Transaction Date,Transaction Amount,Transaction Type,Transaction Description,Balance\n"
        "1234,11/20/2026,500.00,Credit,TST-B-1001,1\n1234,11/20/2026,200.00,Debit,RENT,1\n1234,11/20/2026,1.00,?,X,1\n",
        form=form,
    )

    assert _amounts(statement) == ["500.00", "-200.00"]
    assert [each.code for each in statement.problems] == ["unknown_direction"]


@pytest.mark.parametrize(("encoding", "named"), [("utf-8", ""), ("cp1252", "windows-1252"), ("cp1252", "")])
def test_38_decimal_comma_and_encoding(encoding: str, named: str) -> None:
    text = (
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Verwendungszweck";"Beguenstigter/Zahlungspflichtiger";'
        '"Kontonummer/IBAN";"Betrag";"Waehrung"\n"DE00";"20.11.26";"20.11.26";"TST-A-1001";"Müller";"DE02";"1.234,56";'
        '"EUR"\n'
    )

    statement = read_one(text.encode(encoding), form=replace(GERMAN, encoding=named))

    (line,) = statement.lines
    assert (str(line.signed), line.currency, line.payer_name) == ("1234.56", "EUR", "Müller")
    assert bool(statement.warnings) == (encoding == "cp1252" and not named)


def test_40_mt940_closes() -> None:
    statement = read_one(
        mt940(":61:2611201120CR500,NTRFNONREF", ":86:166?00GUTSCHRIFT?20TST-A-1001"), currency="EUR"
    )

    (line,) = statement.lines
    assert (str(line.signed), line.text, line.bank_reference, line.end_to_end_id) == (
        "500.00",
        "TST-A-1001",
        "",
        "",
    )
    assert statement.opening is not None
    assert statement.opening + line.signed == statement.closing
    assert (statement.currency, statement.sequence_no, statement.page) == ("USD", "7", None)


def test_41_ofx_without_and_with_lines() -> None:
    (line,) = read_one(ofx(transaction("500.00", extra="<FITID>1<NAME>NORWOOD"))).lines

    assert (str(line.signed), line.bank_reference, line.payer_name) == ("500.00", "1", "NORWOOD")

    empty = read_one('<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX><BANKMSGSRSV1/></OFX>')

    assert (empty.lines, empty.warnings) == ((), ("The file holds no lines.",))


def test_42_bai2_with_counts_that_differ_is_read() -> None:
    statement = read_one(
        "01,122099999,123456789,261120,0200,1,80,1,2/\n02,031001234,122099999,1,261119,2359,,2/\n"
        "03,0123456789,USD,010,100000,,/\n16,175,50000,V,261120,,,TST-A-1001/\n49,150000,3/\n98,150000,1,4/\n"
        "99,150000,1,6/\n"
    )

    (line,) = statement.lines
    assert (str(line.signed), line.named) == ("500.00", ("TST-A-1001",))
    assert (line.booked_on, line.value_on) == (date(2026, 11, 19), date(2026, 11, 20))
    assert (statement.opening, statement.account) == (Decimal("1000.00"), "0123456789")
    assert len(statement.warnings) == 2


_BATCH_HEAD = "customer_reference,payment_method,amount,currency,payment_date,reference_number,notes"


@pytest.mark.parametrize(
    ("content", "form", "expected"),
    [
        (
            f'{_BATCH_HEAD}\n="NOR-001",check,10.00,USD,2026-11-20,="0012345",\n',
            _BATCH,
            ("NOR-001", "0012345", "10.00"),
        ),
        (
            f"{_BATCH_HEAD}\n'NOR-001,check,10.00,USD,2026-11-20,'0012346,\n",
            _BATCH,
            ("NOR-001", "0012346", "10.00"),
        ),
        (
            f"{_BATCH_HEAD},,\nNOR-001,check,10.00,USD,2026-11-20,TE1,,,\n",
            _BATCH,
            ("NOR-001", "TE1", "10.00"),
        ),
        (f"{_BATCH_HEAD}\nnor-001,check,10.00,USD,2026-11-20,LR1,\n", _BATCH, ("nor-001", "LR1", "10.00")),
        (
            f"{_BATCH_HEAD};".replace(",", ";") + "\nNOR-001;check;1.250,00;USD;20.11.2026;SC2;\n",
            replace(_BATCH, decimal_sign=",", date_form="dmy"),
            ("NOR-001", "SC2", "1250.00"),
        ),
    ],
)
def test_50_to_59_cells_say_what_they_mean(content: str, form: TableForm, expected: tuple[str, ...]) -> None:
    (line,) = read_one(content, form=form).lines

    assert (line.payer_name, line.bank_reference, str(line.amount)) == expected


@pytest.mark.parametrize("form", [None, CHASE])
def test_our_own_payment_batch_is_refused_by_name(form: Any) -> None:
    with pytest.raises(UnreadableStatement) as refusal:
        read(f"{_BATCH_HEAD}\nNOR-001,check,10.00,USD,2026-11-20,TE1,\n", form=form)

    assert (refusal.value.code, refusal.value.field) == ("payment_batch", "file")
