"""Days on which the Federal Reserve settles: neither weekends nor its holidays. Pure.

Rule: docs/domain.md#payout-batches. A holiday on a Sunday is kept on the Monday after it; one on a Saturday is not kept
on another day (the Federal Reserve's rule for its banks).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_SUNDAY: Final = 6
# Month and day: New Year, Juneteenth, Independence Day, Veterans Day, Christmas.
_FIXED: Final = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
# Month, weekday (Monday 0), which one of the month: Martin Luther King, Washington, Labor Day, Columbus, Thanksgiving.
_FLOATING: Final = ((1, 0, 3), (2, 0, 3), (9, 0, 1), (10, 0, 2), (11, 3, 4))


def holidays(year: int) -> frozenset[date]:
    """The weekdays of the year on which the Federal Reserve is closed."""
    fixed = (date(year, month, day) for month, day in _FIXED)
    kept = (day + _DAY if day.weekday() == _SUNDAY else day for day in fixed)
    floating = (_nth(year, month, weekday, place) for month, weekday, place in _FLOATING)
    return frozenset(day for day in (*kept, *floating, _memorial_day(year)) if day.weekday() < _SATURDAY)


def is_banking_day(day: date) -> bool:
    """Whether payments settle on that day."""
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def next_banking_day(day: date) -> date:
    """The first banking day after the day."""
    following = day + _DAY
    while not is_banking_day(following):
        following += _DAY
    return following


def _nth(year: int, month: int, weekday: int, place: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (place - 1))


def _memorial_day(year: int) -> date:
    """The last Monday of May."""
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
