"""What must come of the small files of the cases, as far as the readers decide it: one test for each kind of fault."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.readers.interface import ParsedStatement
from bank.tests.readers.files import (
    balance,
    camt,
    detail,
    entry,
    mt940,
    ofx,
    read_one,
    transaction,
)

_NAMED = "<RltdPties><Dbtr><Pty><Nm>{}</Nm></Pty></Dbtr></RltdPties>"


def _amounts(statement: ParsedStatement) -> list[str]:
    return [str(each.signed) for each in statement.lines]


_END_TO_END = "<Refs><EndToEndId>RENT-STANDING</EndToEndId></Refs>"


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
