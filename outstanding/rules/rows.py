"""The rows that a summary lists: their status and days overdue follow from figures and a day.

Rule: docs/domain.md#outstanding-summary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.money import ZERO, round_half_up

INSTALLMENT: Final = "installment"
SCHEDULE: Final = "schedule"


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An installment, or a row of the active plan, of which something is outstanding."""

    id: int
    type: str
    period: str
    description: str
    due_date: date
    amount: Decimal
    original_amount: Decimal
    is_processing: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures above the rows."""

    total: Decimal
    oldest_due_date: date | None
    latest_due_date: date | None
    average: Decimal
    pending: int
    overdue: int


def days_overdue(*, due_date: date, on: date) -> int:
    """Whole days after the due date; due today is not overdue."""
    return max((on - due_date).days, 0)


def status_of(row: OpenRow, *, on: date) -> str:
    """The first that fits of processing, overdue, partially_paid, pending."""
    if row.is_processing:
        return "processing"
    if row.due_date < on:
        return "overdue"
    if row.amount < row.original_amount:
        return "partially_paid"
    return "pending"


def totals_of(rows: list[OpenRow], *, on: date) -> Totals:
    """Sum, ends, mean (half-up) and counts of the rows, which are oldest first."""
    if not rows:
        return Totals(ZERO, None, None, ZERO, 0, 0)
    total = sum((row.amount for row in rows), ZERO)
    return Totals(
        total=total,
        oldest_due_date=rows[0].due_date,
        latest_due_date=rows[-1].due_date,
        average=round_half_up(total / len(rows)),
        pending=len(rows),
        overdue=sum(row.due_date < on for row in rows),
    )
