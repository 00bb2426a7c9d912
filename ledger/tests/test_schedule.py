"""Schedules of loans and repairs: the matrix at its edges, sums to the cent, interest by days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.errors import InvalidInput
from ledger.repayment.errors import BANDS_WRONG, SCHEDULE_TOO_LONG, START_NOT_SUNDAY, START_TOO_EARLY
from ledger.repayment.rules import (
    DEFAULT_BANDS,
    MAX_BANDS,
    Band,
    PlannedInstallment,
    check_bands,
    largest_amount,
    plan_schedule,
    row_count,
    simple_interest,
    split_principal,
)

WEDNESDAY = date(2025, 10, 1)
SUNDAY = date(2025, 10, 5)
AMOUNTS = st.integers(1, 7_800_000).map(lambda cents: Decimal(cents).scaleb(-2))


def plan(
    amount: str | Decimal, *, rate: str = "0", start: date = SUNDAY, limit: int = 260
) -> list[PlannedInstallment]:
    return plan_schedule(
        amount=Decimal(amount),
        bands=DEFAULT_BANDS,
        document_date=WEDNESDAY,
        start_week=start,
        max_rows=limit,
        rate=Decimal(rate),
    )


@pytest.mark.parametrize(
    ("amount", "rows"),
    [
        ("0.01", ["0.01"]),
        ("200.00", ["200.00"]),
        ("200.01", ["100.00", "100.00", "0.01"]),
        ("500.00", ["100.00"] * 5),
        ("500.01", ["200.00", "200.00", "100.01"]),
        ("1000.00", ["200.00"] * 5),
        ("1000.01", ["250.00", "250.00", "250.00", "250.00", "0.01"]),
        ("3000.00", ["250.00"] * 12),
        ("3000.01", ["300.00"] * 10 + ["0.01"]),
    ],
)
def test_splits_by_the_matrix_at_its_edges(amount: str, rows: list[str]) -> None:
    assert [row.principal for row in plan(amount)] == [Decimal(row) for row in rows]


@given(amount=AMOUNTS)
def test_rows_sum_to_the_cent(amount: Decimal) -> None:
    rows = plan(amount)

    assert sum(row.principal for row in rows) == amount
    assert all(0 < row.principal <= rows[0].principal for row in rows)
    assert [row.prior_balance - row.principal for row in rows] == [row.balance for row in rows]
    assert rows[-1].balance == 0
    assert [row.due_date for row in rows] == [SUNDAY + timedelta(weeks=place) for place in range(len(rows))]


@given(amount=AMOUNTS, weekly=st.integers(1, 100_000).map(lambda cents: Decimal(cents).scaleb(-2)))
def test_only_the_last_row_differs(amount: Decimal, weekly: Decimal) -> None:
    rows = split_principal(amount=min(amount, weekly * 500), weekly=weekly)

    assert set(rows[:-1]) <= {weekly}
    assert 0 < rows[-1] <= weekly
    assert row_count(amount=min(amount, weekly * 500), weekly=weekly) == len(rows)


def test_bears_interest_on_the_declining_principal() -> None:
    rows = plan("1200.00", rate="10")

    assert [row.interest for row in rows] == [
        Decimal(each) for each in ("1.32", "1.82", "1.34", "0.86", "0.38")
    ]
    assert rows[0].total_due == Decimal("251.32")
    assert rows[-1].principal == Decimal("200.00")


@pytest.mark.parametrize(
    ("principal", "rate", "days", "interest"),
    [
        ("3000.00", "12", 7, "6.90"),
        ("3000.00", "0", 7, "0.00"),
        ("3000.00", "100", 365, "3000.00"),
        ("3000.00", "100", 0, "0.00"),
        ("182.50", "1", 1, "0.01"),  # 0.005 exactly: half up
        ("182.49", "1", 1, "0.00"),
    ],
)
def test_computes_simple_interest(principal: str, rate: str, days: int, interest: str) -> None:
    assert simple_interest(principal=Decimal(principal), rate=Decimal(rate), days=days) == Decimal(interest)


def test_bears_nothing_on_the_day_it_is_lent() -> None:
    (row,) = plan_schedule(
        amount=Decimal("100.00"),
        bands=DEFAULT_BANDS,
        document_date=SUNDAY,
        start_week=SUNDAY,
        max_rows=260,
        rate=Decimal(100),
    )

    assert (row.interest, row.total_due) == (Decimal("0.00"), Decimal("100.00"))


@pytest.mark.parametrize("day", [date(2025, 10, 6), date(2025, 10, 4), WEDNESDAY])
def test_refuses_a_start_week_that_begins_on_another_day(day: date) -> None:
    with pytest.raises(InvalidInput) as refused:
        plan("100.00", start=day)

    assert (refused.value.code, refused.value.errors[0].field) == (START_NOT_SUNDAY, "start_week")


def test_refuses_a_start_week_before_the_document() -> None:
    with pytest.raises(InvalidInput) as refused:
        plan("100.00", start=date(2025, 9, 28))

    assert refused.value.code == START_TOO_EARLY
    assert "2025-10-01" in refused.value.message


def test_accepts_a_start_week_a_year_away() -> None:
    rows = plan("300.00", start=date(2026, 10, 4), rate="10")

    assert [row.due_date for row in rows] == [date(2026, 10, 4), date(2026, 10, 11), date(2026, 10, 18)]
    assert rows[0].interest == Decimal("30.25")  # 300 × 10 % × 368 / 365
    assert rows[1].interest == Decimal("0.38")


def test_a_week_is_a_week_across_new_year_and_both_clock_changes() -> None:
    rows = plan("5000.00", start=date(2025, 10, 19))

    days = [row.due_date for row in rows]
    assert {date(2025, 11, 2), date(2025, 12, 28), date(2026, 1, 4)} <= set(days)
    assert all(day.isoweekday() == 7 for day in days)


def test_names_the_largest_amount_when_the_schedule_is_too_long() -> None:
    with pytest.raises(InvalidInput) as refused:
        plan("78000.01")

    assert refused.value.code == SCHEDULE_TOO_LONG
    assert "78,000.00" in refused.value.message
    assert len(plan("78000.00")) == 260


@pytest.mark.parametrize(
    ("limit", "largest"),
    [(1, "200.00"), (2, "200.00"), (4, "800.00"), (5, "1250.00"), (12, "3600.00")],
)
def test_knows_the_largest_amount(limit: int, largest: str) -> None:
    amount = largest_amount(bands=DEFAULT_BANDS, max_rows=limit)

    assert amount == Decimal(largest)
    assert len(plan(amount, limit=limit)) <= limit
    with pytest.raises(InvalidInput):
        plan(amount + Decimal("0.01"), limit=limit)


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [Band(Decimal(1), None, None)],
        [Band(Decimal(0), Decimal(100), None)],
        [Band(Decimal(0), Decimal(100), None), Band(Decimal(200), None, Decimal(5))],
        [Band(Decimal(0), Decimal(100), None), Band(Decimal(50), None, Decimal(5))],
        [Band(Decimal(0), None, None), Band(Decimal(0), None, Decimal(5))],
        [Band(Decimal(0), Decimal(0), None), Band(Decimal(0), None, Decimal(5))],
        [Band(Decimal(0), None, Decimal(0))],
    ],
)
def test_refuses_bands_with_gaps_overlaps_or_ends(bands: list[Band]) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_bands(bands)

    assert refused.value.code == BANDS_WRONG


def test_accepts_its_own_default_and_as_many_bands_as_a_matrix_may_have() -> None:
    check_bands(DEFAULT_BANDS)

    steps = [Band(Decimal(place), Decimal(place + 1), Decimal(5)) for place in range(MAX_BANDS)]
    check_bands([*steps[:-1], Band(steps[-1].above, None, Decimal(5))])
    with pytest.raises(InvalidInput, match=f"this one has {MAX_BANDS + 1}"):
        check_bands([*steps, Band(Decimal(MAX_BANDS), None, Decimal(5))])
