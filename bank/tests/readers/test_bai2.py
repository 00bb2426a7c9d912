"""BAI2: codes, continuations, balances, sums, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bank.readers.interface import UnreadableStatement
from bank.tests.readers.files import bai2, read, read_one


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
