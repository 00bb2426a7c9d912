"""How a table may be read is guessed for a person to look at; what the file leaves open is asked."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from bank.readers.guess import Guess, guess_form
from bank.readers.interface import TableForm, UnreadableStatement
from bank.tests.readers.files import TWO_COLUMNS, read_one


def _guess(content: str | bytes) -> Guess:
    return guess_form(io.BytesIO(content.encode() if isinstance(content, str) else content))


def _asked(guess: Guess) -> list[str]:
    return [each.field for each in guess.ambiguous]


def test_a_chase_export_with_signs() -> None:
    guess = _guess(
        "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #\n"
        "DEBIT,11/20/2026,RENT,-50.00,ACH,950.00,\n"
        "CREDIT,11/19/2026,TST-A-1001,1000.00,ACH,1000.00,\n"
    )

    assert guess.form is not None
    assert (guess.form.date_column, guess.form.amount_column) == ("Posting Date", "Amount")
    assert (guess.form.direction_column, guess.form.balance_column) == ("", "Balance")
    assert (guess.form.date_form, guess.form.decimal_sign) == ("mdy", ".")
    assert _asked(guess) == []
    assert "The running balance follows from row to row: directions are right." in guess.notes
    assert guess.rows[0][2] == "RENT"


def test_a_direction_column_is_taken_where_amounts_have_no_sign() -> None:
    guess = _guess(
        "Account Number,Transaction Date,Transaction Amount,Transaction Type,Transaction Description\n"
        "1234,11/20/2026,500.00,Credit,A\n1234,11/20/2026,200.00,Debit,B\n"
    )

    assert guess.form is not None
    assert guess.form.direction_column == "Transaction Type"
    assert guess.form.payer_account_column == ""
    assert _asked(guess) == []


def test_headings_below_a_preamble_and_totals() -> None:
    guess = _guess(
        "Account Number:,XXXX1234\nStatement Period:,11/01/2026 - 11/20/2026\n\nDate,Description,Debit,Credit,Balance\n"
        "11/20/2026,FEE,15.00,,985.00\n11/20/2026,TST-B,,500.00,1485.00\nTotal,,15.00,500.00,\n"
    )

    assert guess.form == replace(TWO_COLUMNS, separator=",")
    assert guess.heading_line == 4
    assert _asked(guess) == []


@pytest.mark.parametrize(
    ("day", "orders"),
    [("01/05/26", ["mdy", "dmy"]), ("05.04.2026", ["mdy", "dmy"]), ("13/05/2026", []), ("2026-01-05", [])],
)
def test_a_day_that_can_be_two_is_asked(day: str, orders: list[str]) -> None:
    guess = _guess(f"Date,Amount,Description\n{day},-5.00,A\n{day},6.00,B\n")

    assert [each for question in guess.ambiguous for each, _ in question.choices] == orders
    assert _asked(guess) == (["date_form"] if orders else [])


def test_german_columns_decimal_comma_and_encoding() -> None:
    text = (
        '"Auftragskonto";"Buchungstag";"Valutadatum";"Verwendungszweck";"Beguenstigter/Zahlungspflichtiger";'
        '"Kontonummer/IBAN";"Betrag";"Waehrung"\n"DE00";"20.11.26";"20.11.26";"TST-A-1001";"Müller";"DE02";"1.234,56";"EUR"\n'
    )

    guess = _guess(text.encode("cp1252"))

    assert guess.form is not None
    assert (guess.form.decimal_sign, guess.form.date_form, guess.form.separator) == (",", "dmy", ";")
    assert (guess.form.encoding, guess.form.payer_account_column) == ("windows-1252", "Kontonummer/IBAN")
    assert _asked(guess) == ["encoding"]
    assert "Müller" in guess.ambiguous[0].message

    (line,) = read_one(text.encode("cp1252"), form=guess.form).lines

    assert (str(line.amount), line.currency, line.payer_name) == ("1234.56", "EUR", "Müller")


def test_a_separator_named_by_the_file() -> None:
    text = "sep=|\nDate|Amount|Description\n11/20/2026|-5.00|A, B; C\n11/20/2026|6.00|B\n"

    guess = _guess(text)

    assert guess.form is not None
    assert guess.form.separator == "|"
    assert read_one(text, form=replace(guess.form, separator="")).lines[0].text == "A, B; C"


def test_columns_without_known_headings_are_asked() -> None:
    guess = _guess("When,What,How much\n11/20/2026,A,-5.00\n11/21/2026,B,6.00\n")

    assert guess.form is not None
    assert (guess.form.date_column, guess.form.amount_column) == ("When", "How much")
    assert _asked(guess) == ["date_column", "amount_column"]
    assert guess.ambiguous[0].choices == (("When", "When"), ("What", "What"), ("How much", "How much"))


def test_a_balance_that_follows_the_other_way_is_asked() -> None:
    guess = _guess(
        "Date,Amount,Balance\n11/20/2026,5.00,95.00\n11/21/2026,-6.00,101.00\n11/22/2026,1.00,100.00\n"
    )

    assert _asked(guess) == ["direction_column"]
    assert guess.form is not None
    with pytest.raises(UnreadableStatement) as refusal:
        read_one("Date,Amount,Balance\n11/20/2026,5.00,95.00\n11/21/2026,-6.00,101.00\n", form=guess.form)
    assert refusal.value.code == "mapping_differs"


def test_one_direction_alone_is_asked() -> None:
    guess = _guess("Date,Amount,Description\n11/20/2026,5.00,A\n11/21/2026,6.00,B\n")

    assert _asked(guess) == ["direction_column"]


@pytest.mark.parametrize("content", ["hello", "a,b\n1,2\n", "Date,Description\n11/20/2026,A\n", ""])
def test_what_is_no_table_of_a_bank_is_refused(content: str) -> None:
    with pytest.raises(UnreadableStatement):
        _guess(content)


@pytest.mark.parametrize(("order", "rows"), [("up", (0, 1, 2)), ("down", (2, 1, 0))])
def test_a_running_balance_opens_and_closes_in_either_order(order: str, rows: tuple[int, ...]) -> None:
    table = [
        "11/20/2026,FEE,15.00,,985.00",
        "11/20/2026,A,,500.00,1485.00",
        "11/21/2026,RENT,200.00,,1285.00",
    ]

    statement = read_one(
        "\n".join(("Date,Description,Debit,Credit,Balance", *(table[each] for each in rows))),
        form=TWO_COLUMNS,
    )

    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1285.00"))
    assert [each.text for each in statement.lines] == ["FEE", "A", "RENT"]


def test_opening_and_closing_rows_footers_and_repeated_headings() -> None:
    head = "Date,Description,Debit,Credit,Balance"
    rows = (
        '11/01/2026,Beginning balance as of 11/01/2026,,,"1,000.00"',
        "11/20/2026,FEE,15.00,,",
        head,
        "11/20/2026,A,,500.00,",
        ',Closing balance,,,"1,485.00"',
        "Printed on 11/30/2026,,,,",
        "Thank you",
    )

    statement = read_one("\n".join((head, *rows)), form=TWO_COLUMNS)

    assert [str(each.signed) for each in statement.lines] == ["-15.00", "500.00"]
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1485.00"))
    assert statement.problems == ()
    assert len(statement.warnings) == 5


def test_a_row_without_a_day_between_others_is_a_problem() -> None:
    statement = read_one(
        "Date,Description,Debit,Credit,Balance\n11/20/2026,A,5.00,,\n,B,7.00,,\nnote,,,,\n11/20/2026,C,,6.00,\n"
        "11/20/2026,D,1.00,2.00,\n11/20/2026,E,,-3.00,\n11/20/2026,F,1.00,,,extra\n11/20/2026,G,,,\n",
        form=TWO_COLUMNS,
    )

    assert [(each.place, each.field, each.code) for each in statement.problems] == [
        (3, "date", "required"),
        (4, "date", "not_a_date"),
        (6, "amount", "two_readings"),
        (7, "amount", "two_readings"),
        (8, "row", "wrong_cell_count"),
        (9, "amount", "required"),
    ]
    assert [each.text for each in statement.lines] == ["A", "C"]


def test_debits_that_are_all_below_zero_are_money_out() -> None:
    statement = read_one(
        "Date,Description,Debit,Credit,Balance\n11/20/2026,A,-5.00,,\n11/20/2026,B,(7.00),,\n11/20/2026,C,,6.00,\n",
        form=TWO_COLUMNS,
    )

    assert [str(each.signed) for each in statement.lines] == ["-5.00", "-7.00", "6.00"]


def test_a_value_date_that_cannot_be_read_is_left_out() -> None:
    statement = read_one(
        "Date,Value,Amount\n11/20/2026,soon,5.00\n11/20/2026,11/21/2026,6.00\n",
        form=TableForm(date_column="Date", value_date_column="Value", amount_column="Amount"),
    )

    assert [each.value_on for each in statement.lines] == [None, date(2026, 11, 21)]
    assert len(statement.warnings) == 1


def test_numbers_of_a_workbook_have_a_point_under_any_mapping() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Datum", "Betrag"], [date(2026, 11, 20), Decimal("-1234.56")], ["21.11.2026", "1.234,56"]):
        sheet.append(row)
    packed = io.BytesIO()
    book.save(packed)

    guess = _guess(packed.getvalue())
    form = TableForm(date_column="Datum", amount_column="Betrag", decimal_sign=",", date_form="dmy")

    assert guess.form is not None
    assert [str(each.signed) for each in read_one(packed.getvalue(), form=form).lines] == [
        "-1234.56",
        "1234.56",
    ]
