"""MT940, BAI2 and OFX: directions, references, balances, sums."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import bai2, mt940, ofx, read, read_one, transaction


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


@pytest.mark.parametrize(
    ("code", "direction", "mark"),
    [
        *[("175", "in", ""), ("475", "out", ""), ("555", "out", "return"), ("255", "in", "return")],
        *[("252", "in", "reversal"), ("552", "out", "reversal"), ("567", "out", ""), ("399", "in", "")],
    ],
)
def test_bai2_codes_say_direction_and_return(code: str, direction: str, mark: str) -> None:
    statement = read_one(bai2(f"16,{code},1250,0,BANK-1,CUST-1,SOME TEXT/", total=101250, rows=1))

    (line,) = statement.lines
    assert (line.direction, line.mark, str(line.amount)) == (direction, mark, "12.50")
    assert (line.bank_reference, line.end_to_end_id, line.text) == ("BANK-1", "CUST-1", "SOME TEXT")
    assert statement.warnings == ()


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("16,115,100,S,40,30,30,B1,C1,TEXT, WITH / COMMAS", ("B1", "C1", "TEXT, WITH / COMMAS")),
        ("16,115,100,V,261121,,B1,C1,T/", ("B1", "C1", "T")),
        ("16,115,100,D,2,0,40,1,60,B1,C1,T/", ("B1", "C1", "T")),
        ("16,115,100,Z,B1,C1/\n88,MORE TEXT", ("B1", "C1", "MORE TEXT")),
        (
            "16,115,100,,B1,C1,TST-D\n88,-1001 AND MORE/",
            ("B1", "C1", "TST-D -1001 AND MORE [TST-D-1001]"),
        ),
        ("16,115,100,S,40,30,30/\n88,B1,C1,T/", ("B1", "C1", "T")),
        ("16,115,100/", ("", "", "")),
    ],
)
def test_bai2_funds_types_and_continuations(record: str, expected: tuple[str, str, str]) -> None:
    (line,) = read_one(bai2(record, total=100100, rows=1 + record.count("\n"))).lines

    assert (line.bank_reference, line.end_to_end_id, line.text) == expected


def test_bai2_balances_and_fixed_records() -> None:
    account = "010,+4350000,,,040,2830000,,/\n88,015,-1020000,,/"
    content = bai2(total=4350000 + 2830000 - 1020000, rows=1, account=account)

    statement = read_one(content)

    assert (statement.opening, statement.closing) == (Decimal("43500.00"), Decimal("-10200.00"))
    assert (statement.opening_on, statement.warnings) == (date(2026, 11, 19), ())

    joined = read_one("".join(f"{each:<80}" for each in content.splitlines()))

    assert joined == statement


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        (("49,150000", "49,150001"), "150,001, its records sum to 150,000"),
        (("98,150000", "98,1"), "total of 1, its records"),
        (("99,150000", "99,15"), "total of 15, its records"),
        (("16,175,50000", "16,175,49999"), "150,000, its records sum to 149,999"),
    ],
)
def test_bai2_sums_that_differ_are_refused_with_figures(change: tuple[str, str], figures: str) -> None:
    content = bai2("16,175,50000,0,B1,C1,T/", total=150000, rows=1).replace(*change)

    with pytest.raises(UnreadableStatement) as refusal:
        read(content)

    assert refusal.value.code == "checksum_differs"
    assert figures in refusal.value.message


@pytest.mark.parametrize(
    ("group", "code", "word"),
    [(",,3/", "not_final", "interim"), (",,1/", "not_final", "interim")],
)
def test_bai2_interim_reports_are_refused(group: str, code: str, word: str) -> None:
    with pytest.raises(UnreadableStatement, match=word) as refusal:
        read(bai2(total=100000, rows=0, group=group))

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        bai2(total=100000, rows=0).rpartition("99,")[0],
        bai2(total=100000, rows=0).replace("49,", "03,1,USD,/\n49,"),
        bai2(total=100000, rows=0) + "\n16,175,1,0,,,/",
        bai2(total=100000, rows=0).replace("02,031001234", "16,175,1,0,,,/\n02,031001234"),
        bai2(total=100000, rows=0).replace("49,", "hello\n49,"),
        bai2(total=100000, rows=0).replace("100000", "1e5"),
    ],
)
def test_bai2_that_is_out_of_order_is_refused(content: str) -> None:
    with pytest.raises(UnreadableStatement) as refusal:
        read(content)

    assert refusal.value.code == "statement_unreadable"


def test_bai2_codes_of_the_bank_itself_are_problems() -> None:
    statement = read_one(
        bai2("16,921,100,0,,,/", "16,890,,0,,,A NOTE/", "16,175,-5,0,,,/", total=100095, rows=3)
    )

    assert [(each.place, each.code) for each in statement.problems] == [
        (1, "unknown_code"),
        (3, "below_zero"),
    ]
    assert [(each.status, each.text) for each in statement.lines] == [("information", "A NOTE")]


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
