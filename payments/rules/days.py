"""On which days payments and allocations may be booked (DOMAIN 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class NotBookable:
    """Why a date cannot be booked, in words that name the limit."""

    reason: Literal["future", "closed", "early"]
    message: str


def why_not_bookable(
    day: date, *, today: date, closed_until: date | None, not_before: tuple[date, str] | None = None
) -> NotBookable | None:
    """Why a payment or allocation cannot carry this date; None when it can.

    `today` is the company's. Nothing lies after it, nor on or before `closed_until`; `not_before` is a further
    first day with what it is ("the payment date").
    """
    if day > today:
        return NotBookable("future", f"{day} lies after the company's today, {today}.")
    if closed_until is not None and day <= closed_until:
        return NotBookable(
            "closed", f"{day} lies in a closed period: the books are closed until {closed_until}."
        )
    if not_before is not None and day < not_before[0]:
        return NotBookable("early", f"{day} lies before {not_before[1]}, {not_before[0]}.")
    return None
