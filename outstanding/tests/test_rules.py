"""The arithmetic of plans, rows and reminders, without a database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outstanding.rules.plans import (
    Owed,
    add_months,
    distribute,
    due_dates,
    next_attempt,
    plan_rows,
    split_evenly,
)
from outstanding.rules.reminders import stage_of
from outstanding.rules.rows import OpenRow, status_of

DAY = date(2024, 11, 15)


@pytest.mark.parametrize(
    ("total", "count", "shares"),
    [
        ("240500.00", 3, ["80166.67", "80166.67", "80166.66"]),
        ("100.00", 12, ["8.34"] * 4 + ["8.33"] * 8),
        ("0.05", 12, ["0.01"] * 5 + ["0.00"] * 7),
        ("10.00", 2, ["5.00", "5.00"]),
    ],
)
def test_shares_are_whole_cents_the_first_ones_larger(total: str, count: int, shares: list[str]) -> None:
    assert split_evenly(total=Decimal(total), count=count) == [Decimal(share) for share in shares]


@pytest.mark.parametrize(
    ("start", "frequency", "dates"),
    [
        ("2024-01-31", "monthly", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2025-01-31", "monthly", ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]),
        ("2024-02-29", "monthly", ["2024-02-29", "2024-03-29", "2024-04-29", "2024-05-29"]),
        ("2023-11-30", "quarterly", ["2023-11-30", "2024-02-29", "2024-05-30", "2024-08-30"]),
        # Across the daylight-saving Sunday: a week is seven dates.
        ("2024-03-03", "weekly", ["2024-03-03", "2024-03-10", "2024-03-17", "2024-03-24"]),
    ],
)
def test_each_due_date_is_counted_from_the_start(start: str, frequency: str, dates: list[str]) -> None:
    days = due_dates(start=date.fromisoformat(start), frequency=frequency, count=4)

    assert [day.isoformat() for day in days] == dates


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2024-12-31", 2, "2025-02-28"), ("2024-01-15", -1, "2023-12-15"), ("2024-03-31", -1, "2024-02-29")],
)
def test_adds_months(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months).isoformat() == expected


money = st.decimals(min_value="0.01", max_value="99999.99", places=2)


@given(st.lists(money, min_size=1, max_size=30), st.integers(min_value=2, max_value=12))
def test_rows_cover_every_debt_exactly_and_oldest_first(amounts: list[Decimal], count: int) -> None:
    owed = [Owed(UUID(int=place), DAY, amount) for place, amount in enumerate(amounts)]

    rows = plan_rows(owed=owed, start=DAY, frequency="monthly", count=count)

    assert sum(row.amount for row in rows) == sum(amounts)
    covered: dict[UUID, Decimal] = {}
    order: list[UUID] = []
    for row in rows:
        assert sum((part for _, part in row.cover), Decimal(0)) == row.amount
        for key, part in row.cover:
            assert part > 0
            covered[key] = covered.get(key, Decimal(0)) + part
            order.append(key)
    assert covered == {each.obligation_id: each.outstanding for each in owed}
    assert order == sorted(order)


def test_spreads_in_order_and_leaves_the_rest() -> None:
    limits = [Decimal("5.00"), Decimal("3.00"), Decimal("2.00")]

    assert distribute(amount=Decimal("6.00"), limits=limits) == [Decimal("5.00"), Decimal("1.00"), Decimal(0)]
    assert distribute(amount=Decimal("99.00"), limits=limits) == limits


def test_retries_after_one_three_and_seven_days_then_no_more() -> None:
    attempts = [next_attempt(failed_on=DAY, failed_attempts=number) for number in (1, 2, 3, 4)]

    assert attempts == [date(2024, 11, 16), date(2024, 11, 18), date(2024, 11, 22), None]


@pytest.mark.parametrize(
    ("processing", "due", "amount", "status"),
    [
        (True, "2024-01-01", "1.00", "processing"),
        (False, "2024-11-14", "1.00", "overdue"),
        (False, "2024-11-15", "1.00", "partially_paid"),
        (False, "2024-11-15", "2.00", "pending"),
    ],
)
def test_the_first_status_that_fits(processing: bool, due: str, amount: str, status: str) -> None:
    row = OpenRow(
        id=1,
        type="installment",
        period="",
        description="",
        due_date=date.fromisoformat(due),
        amount=Decimal(amount),
        original_amount=Decimal("2.00"),
        is_processing=processing,
    )

    assert status_of(row, on=DAY) == status


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (-4, None),
        (-3, "upcoming"),
        (0, "upcoming"),
        (1, "overdue"),
        (7, "second"),
        (30, "final"),
        (400, "final"),
    ],
)
def test_stages_of_reminders(days: int, stage: str | None) -> None:
    assert stage_of(due_date=date.fromordinal(DAY.toordinal() - days), on=DAY) == stage
