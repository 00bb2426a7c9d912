"""NACHA files against golden ones, which two public readers have read (docs/adr/0068-payouts-in-batches.md)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.paying.rules.nacha import (
    BLOCK,
    LINE_END,
    RECORD,
    Account,
    Credit,
    Originator,
    nacha_file,
    offsets_of,
    plain,
    totals_of,
)

GOLDEN: Final = Path(__file__).parent / "golden"
PAID: Final = (
    Credit(
        Account("021000021", "000123456789", "checking"), Decimal("196.86"), "DRV-101", "José Peña-Núñez", 1
    ),
    Credit(
        Account("011401533", "0072", "savings"),
        Decimal("1240.50"),
        "DRV-102",
        "A Name That Is Longer Than Twenty-Two Letters",
        2,
    ),
    Credit(
        Account("091000019", "12345678901234567", "checking"),
        Decimal("99999999.99"),
        "DRV-103",
        "Łukasz Żółw",
        3,
    ),
)


def originator(**values: Any) -> Originator:
    given_values: dict[str, Any] = {
        "destination": "021000021",
        "destination_name": "JPMorgan Chase",
        "origin": "1234567890",
        "origin_name": "Big Apple Taxi",
        "company_name": "Big Apple Taxi",
        "company_id": "1234567890",
        "odfi": "02100002",
        "sec_code": "PPD",
        "description": "PAYOUT",
    }
    return Originator(**{**given_values, **values})


def written(sender: Originator, credits: Any = PAID, **values: Any) -> str:
    return nacha_file(
        originator=sender,
        credits=credits,
        effective_on=date(2026, 1, 13),
        made_at=datetime(2026, 1, 12, 9, 5),  # noqa: DTZ001 - the sender's local time, as the file has it
        modifier="A",
        **values,
    )


OFFSET: Final = Account("021000021", "9876543210", "checking")


@pytest.mark.parametrize(
    ("name", "sender", "values"),
    [
        ("ppd.ach", originator(), {}),
        ("ccd-balanced.ach", originator(sec_code="CCD", offset=OFFSET), {"offset_sequence": 4}),
    ],
)
def test_a_file_is_the_golden_one(name: str, sender: Originator, values: dict[str, Any]) -> None:
    assert written(sender, **values).encode() == (GOLDEN / name).read_bytes()


def test_a_balanced_file_above_the_largest_entry_has_several_debits() -> None:
    assert offsets_of(Decimal("100001437.35")) == [Decimal("99999999.99"), Decimal("1437.36")]
    assert offsets_of(Decimal("99999999.99")) == [Decimal("99999999.99")]


@given(
    amounts=st.lists(st.decimals("0.01", "99999999.99", places=2), min_size=1, max_size=40),
    is_balanced=st.booleans(),
)
def test_every_file_adds_up(amounts: list[Decimal], is_balanced: bool) -> None:
    """Read back by position: lengths, blocks, counts, hash and totals, as a bank checks them."""
    sender = originator(offset=OFFSET if is_balanced else None)
    credits = [
        Credit(Account("091000019", f"{place:04d}", "savings"), amount, f"DRV-{place}", "Name", place)
        for place, amount in enumerate(amounts, start=1)
    ]

    records = written(sender, credits, offset_sequence=900).split(LINE_END)

    assert records.pop() == ""
    assert {len(each) for each in records} == {RECORD}
    assert len(records) % BLOCK == 0
    entries = [each for each in records if each[0] == "6"]
    batch = next(each for each in records if each[0] == "8")
    control = next(each for each in records if each[0] == "9" and set(each) != {"9"})
    paid = sum(int(each[29:39]) for each in entries if each[1:3] == "32")
    taken = sum(int(each[29:39]) for each in entries if each[1:3] == "27")
    assert Decimal(paid) / 100 == sum(amounts)
    assert taken == (paid if is_balanced else 0)
    summed = sum(int(each[3:11]) for each in entries) % 10**10
    assert (int(batch[4:10]), int(batch[10:20]), int(batch[20:32]), int(batch[32:44])) == (
        len(entries),
        summed,
        taken,
        paid,
    )
    assert (int(control[7:13]), int(control[13:21]), int(control[21:31])) == (
        len(records) // BLOCK,
        len(entries),
        summed,
    )
    totals = totals_of(sender, credits)
    assert (totals.entries, totals.entry_hash) == (len(entries), summed)
    traces = [each[79:94] for each in entries]
    assert len(set(traces)) == len(traces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Peña  García", "PENA GARCIA"), ("Straße 5", "STRASSE 5"), ("李", ""), ("O’Neil\n6", "O'NEIL 6")],
)
def test_names_in_the_letters_of_banks(text: str, expected: str) -> None:
    assert plain(text) == expected
