"""The small inputs with their right outcome that are tables: exports of banks as CSV."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bank.readers.interface import ParsedStatement, TableForm, UnreadableStatement
from bank.tests.readers.files import (
    CHASE,
    GERMAN,
    TWO_COLUMNS,
    read,
    read_one,
)

_CHASE_HEAD = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
_BATCH = TableForm(
    date_column="payment_date",
    amount_column="amount",
    reference_column="reference_number",
    payer_name_column="customer_reference",
)


def _amounts(statement: ParsedStatement) -> list[str]:
    return [str(each.signed) for each in statement.lines]


_BATCH_HEAD = "customer_reference,payment_method,amount,currency,payment_date,reference_number,notes"


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
