"""MT940: marks, dates, subfields, pages, balances, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import mt940, read, read_one


@pytest.mark.parametrize(
    ("mark", "direction", "meaning"),
    [("C", "in", ""), ("D", "out", ""), ("RC", "out", "reversal"), ("RD", "in", "reversal")],
)
def test_mt940_marks_say_what_happened(mark: str, direction: str, meaning: str) -> None:
    (line,) = read_one(mt940(f":61:261120{mark}5,50NMSCKEY//BANK-1")).lines

    assert (line.direction, line.mark, str(line.amount)) == (direction, meaning, "5.50")
    assert (line.bank_reference, line.end_to_end_id, line.transaction_code) == ("BANK-1", "KEY", "NMSC")


@pytest.mark.parametrize(
    ("written", "booked_on", "value_on"),
    [
        ("2612310102C", date(2027, 1, 2), date(2026, 12, 31)),
        ("2701021231C", date(2026, 12, 31), date(2027, 1, 2)),
        ("2611201119C", date(2026, 11, 19), date(2026, 11, 20)),
        ("261120    C", date(2026, 11, 20), date(2026, 11, 20)),
        ("2402290229C", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_mt940_entry_dates_turn_the_year(written: str, booked_on: date, value_on: date) -> None:
    (line,) = read_one(mt940(f":61:{written}5,NMSCX")).lines

    assert (line.booked_on, line.value_on) == (booked_on, value_on)


def test_mt940_subfields_are_joined() -> None:
    details = (
        ":86:166?00GUTSCHRIFT?109310?20EREF+RENT-7?21SVWZ+Invoice TST-D",
        "?22-1001 thank you?3012030000?31DE02120300000000202051?32Quill Pa?33per Co?34901",
    )

    (line,) = read_one(mt940(":61:2611201120C5,NTRFNONREF//B1", *details)).lines

    assert "TST-D-1001" in line.text
    assert (line.payer_name, line.payer_account) == ("Quill Paper Co", "DE02120300000000202051")
    assert (line.end_to_end_id, line.transaction_code) == ("RENT-7", "NTRF/166")
    assert (line.mark, line.return_code) == ("return", "901")


def test_mt940_slashes() -> None:
    details = ":86:/TRTP/SEPA OVERBOEKING/IBAN/NL02ABNA/BIC/ABNANL2A/NAME/Quill Paper/REMI/TST-A-1001/EREF/NOTPROVIDED"

    (line,) = read_one(mt940(":61:2611201120C5,NTRFNONREF", details)).lines

    assert (line.payer_name, line.payer_account, line.end_to_end_id) == ("Quill Paper", "NL02ABNA", "")
    assert "TST-A-1001" in line.text


def test_mt940_in_an_envelope_with_two_statements() -> None:
    envelope = "{1:F01BANKUS33XXXX0000000000}{2:I940BANKUS33XXXXN}{4:\r\n"
    one = mt940(":61:2611201120C500,NTRFNONREF").removesuffix("-\r\n")

    first, second = read(f"{envelope}{one}-}}\r\n{envelope}{one}-}}")

    assert [len(each.lines) for each in (first, second)] == [1, 1]
    assert (first.account, first.message_id) == ("12345678/1234567", "STARTUMS")


def test_mt940_pages_are_joined() -> None:
    first = mt940(":61:261120C1,NMSCX", closing=":62M:C261120USD1001,")
    second = mt940(":61:261120D2,NMSCX", opening=":60M:C261120USD1001,", closing=":62F:C261120USD999,")

    statement = read_one(first + second.replace("7/1", "7/2"))

    assert [str(each.signed) for each in statement.lines] == ["1.00", "-2.00"]
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("999.00"))
    assert statement.is_last_page
    assert [each.place for each in statement.lines] == [1, 2]


def test_mt940_balances_below_zero_and_available_ones() -> None:
    statement = read_one(
        mt940(
            opening=":60F:D261119USD10,5",
            closing=":62F:D261120USD10,5\r\n:64:C261120USD99,\r\n:65:C261121USD9,",
        )
    )

    assert (statement.opening, statement.closing) == (Decimal("-10.50"), Decimal("-10.50"))


@pytest.mark.parametrize(
    "wrong",
    [
        "261120C5.50NMSCX",
        "261120C5NMSCX",
        "261320C5,NMSCX",
        "nonsense",
        "261120X5,NMSCX",
        "",
        "261120C,NMSCX",
    ],
)
def test_mt940_lines_that_cannot_be_read_are_problems(wrong: str) -> None:
    statement = read_one(mt940(f":61:{wrong}", ":61:261120C7,NMSCX"))

    assert [each.place for each in statement.problems] == [1]
    assert [str(each.amount) for each in statement.lines] == ["7.00"]


def test_mt940_details_of_the_statement_are_not_of_its_last_line() -> None:
    (line,) = read_one(mt940(":61:261120C7,NMSCX", ":86:of the line") + ":86:of the statement\r\n").lines

    assert line.text == "of the line"


@pytest.mark.parametrize(
    "content",
    [
        "{1:F01BANKUS33XXXX0000000000}{2:I942BANKUS33XXXXN}{4:\r\n:20:X\r\n:25:1\r\n:28C:1/1\r\n-}",
        ":20:X\r\n:25:1\r\n:28C:1/1\r\n:34F:USD0,\r\n:13D:2611201200+0000\r\n:61:261120C7,NMSCX\r\n:90D:0USD0,\r\n-",
    ],
)
def test_mt942_is_not_final(content: str) -> None:
    with pytest.raises(UnreadableStatement, match="MT942") as refusal:
        read(content)

    assert refusal.value.code == "not_final"


def test_mt940_that_breaks_off_is_refused() -> None:
    content = mt940(":61:261120C1,NMSCX", ":61:261120C500,05NMSCX")

    for cut in (content[: content.index("500,0") + 5], content[: content.index(":62F:")]):
        with pytest.raises(UnreadableStatement, match="breaks off"):
            read(cut)


@pytest.mark.parametrize(
    ("written", "account"),
    [
        *[("12345678/1234567", "12345678/1234567"), ("NL02 ABNA 0123 4567 89 EUR", "NL02ABNA0123456789")],
        *[("NL02ABNA0123456789", "NL02ABNA0123456789"), ("", "")],
    ],
)
def test_mt940_accounts(written: str, account: str) -> None:
    assert read_one(mt940().replace(":25:12345678/1234567", f":25:{written}")).account == account
