"""OFX and QFX, 1 and 2: signs, dates, encodings, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import ofx, read, read_one, transaction


@pytest.mark.parametrize(
    ("kind", "amount", "direction", "mark"),
    [
        *[("CREDIT", "5.00", "in", ""), ("DEBIT", "-5.00", "out", ""), ("OTHER", "-5,00", "out", "")],
        *[
            ("CREDIT", "-5.00", "out", "reversal"),
            ("CHECK", "5.00", "in", "reversal"),
            ("POS", "+5", "in", ""),
        ],
    ],
)
def test_ofx_signs_say_the_direction(kind: str, amount: str, direction: str, mark: str) -> None:
    (line,) = read_one(ofx(transaction(amount, kind))).lines

    assert (line.direction, line.mark, str(line.amount)) == (direction, mark, "5.00")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        *[
            ("20261120", 20),
            ("20261120120000", 20),
            ("20261120120000.000[-5:EST]", 20),
            ("20261120000000[0:GMT]", 20),
        ],
        # An instant counts in the company's zone: 3 o'clock in Greenwich is the evening before in New York.
        *[("20261121030000[0:GMT]", 20), ("20261120233000[-8:PST]", 21), ("20261121", 21)],
    ],
)
def test_ofx_dates(written: str, day: int) -> None:
    (line,) = read_one(ofx(transaction(day=written))).lines

    assert line.booked_on == date(2026, 11, day)


def test_ofx_values_without_text_swallow_nothing() -> None:
    extra = "<FITID>F1<CHECKNUM><REFNUM>\r\n<NAME>Quill &amp; Co<MEMO>"

    first, second = read_one(ofx(transaction(extra=extra), transaction("2.00"))).lines

    assert (first.payer_name, first.text, str(second.amount)) == ("Quill & Co", "", "2.00")


def test_ofx_2_says_the_same_as_ofx_1() -> None:
    lines = transaction("500.00", extra="<FITID>1<NAME>NORWOOD<MEMO>TST-A-1001")
    ledger = (
        "<LEDGERBAL><BALAMT>1500.00<DTASOF>20261120</LEDGERBAL><AVAILBAL><BALAMT>9<DTASOF>20261120</AVAILBAL>"
    )
    one = ofx(lines, extra=ledger)
    other = ofx(
        lines.replace("<TRNAMT>500.00", "<TRNAMT>500.00</TRNAMT>").replace("<FITID>1", "<FITID>1</FITID>"),
        extra=ledger,
        head='<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200"?>',
    )

    first, second = read_one(one), read_one(other)

    assert first == second
    assert (first.account, first.currency, first.opening, first.closing) == (
        "77",
        "USD",
        None,
        Decimal("1500.00"),
    )


def test_ofx_balance_of_another_day_closes_nothing() -> None:
    ledger = "<LEDGERBAL><BALAMT>1500.00<DTASOF>20261129</LEDGERBAL>"

    statement = read_one(ofx(transaction(), extra=ledger))

    assert statement.closing is None
    assert "2026-11-29" in statement.warnings[0]


def test_ofx_corrections_and_other_currencies_are_problems() -> None:
    statement = read_one(
        ofx(
            transaction(extra="<FITID>F2<CORRECTFITID>F1<CORRECTACTION>REPLACE"),
            transaction(extra="<FITID>F3<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"),
            transaction("oops"),
            transaction(day="20261345"),
            transaction("1.00"),
        )
    )

    assert [(each.place, each.code) for each in statement.problems] == [
        (1, "correction"),
        (3, "not_an_amount"),
        (4, "not_a_date"),
        (2, "other_currency"),
    ]
    assert [each.place for each in statement.lines] == [5]


@pytest.mark.parametrize("head", ["CHARSET:1252", "CHARSET:NONE"])
def test_ofx_in_windows_1252_and_in_utf_8_that_says_otherwise(head: str) -> None:
    text = ofx(transaction(extra="<FITID>1<NAME>Müller")).replace("CHARSET:1252", head)

    assert read_one(text.encode("cp1252")).lines[0].payer_name == "Müller"
    assert read_one(text.encode("utf-8")).lines[0].payer_name == "Müller"


@pytest.mark.parametrize("change", [("BANKMSGSRSV1", "CREDITCARDMSGSRSV1"), ("STMTRS>", "CCSTMTRS>")])
def test_ofx_of_a_credit_card_is_refused_by_name(change: tuple[str, str]) -> None:
    content = (
        ofx(transaction())
        .replace("STMTTRNRS", "CCSTMTTRNRS")
        .replace(*change)
        .replace("<STMTRS>", "<CCSTMTRS>")
    )

    with pytest.raises(UnreadableStatement, match="credit card") as refusal:
        read(content.replace("</STMTRS>", "</CCSTMTRS>"))

    assert refusal.value.code == "not_a_bank_account"


@pytest.mark.parametrize("extra", ["", "<LEDGERBAL><BALAMT>1"])
def test_ofx_that_breaks_off_is_refused(extra: str) -> None:
    content = ofx(transaction("125.00"), extra=extra)
    whole = content.index("<TRNAMT>12") + len("<TRNAMT>12")

    for cut in (content[:whole], content.removesuffix("</OFX>"), content[: content.index("</BANKTRANLIST>")]):
        with pytest.raises(UnreadableStatement, match="breaks off"):
            read(cut)


def test_ofx_lines_outside_of_a_statement_are_never_lost_silently() -> None:
    with pytest.raises(UnreadableStatement, match="outside of a statement"):
        read(ofx(transaction()).replace("<STMTRS>", "").replace("</STMTRS>", ""))


def test_ofx_of_a_bank_account_and_a_card_says_what_was_left_out() -> None:
    card = (
        "<CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><BANKTRANLIST>{}</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS>"
    )
    content = ofx(transaction("1.00")).replace(
        "</OFX>", f"{card.format(transaction('2.00'))}</CREDITCARDMSGSRSV1></OFX>"
    )

    statement = read_one(content)

    assert [str(each.amount) for each in statement.lines] == ["1.00"]
    assert "credit card" in statement.warnings[0]
