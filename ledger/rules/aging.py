"""How old a debt is: five buckets by the days since its effective due date; a debt due today is not overdue.

Rule: docs/domain.md#payment-plans.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class Bucket:
    """Debts overdue for `first` to `last` days, both included; None means open-ended. `key` is used in addresses."""

    key: str
    label: str
    first: int | None
    last: int | None

    def due_dates(self, on: date) -> tuple[date | None, date | None]:
        """The earliest and the latest due date of its debts, as seen on a day; None means open-ended."""
        earliest = on - timedelta(days=self.last) if self.last is not None else None
        latest = on - timedelta(days=self.first) if self.first is not None else None
        return earliest, latest


BUCKETS: Final = (
    Bucket("current", "Current", None, 0),
    Bucket("1-30", "1–30 days", 1, 30),
    Bucket("31-60", "31–60 days", 31, 60),
    Bucket("61-90", "61–90 days", 61, 90),
    Bucket("90-plus", "Over 90 days", 91, None),
)
OVERDUE: Final = Bucket("overdue", "All overdue", 1, None)
FIRST_DAYS: Final = tuple(bucket.first for bucket in BUCKETS if bucket.first is not None)
"""The days overdue at which each bucket but the first begins, for `width_bucket`."""


def bucket_named(key: str | None) -> Bucket | None:
    """The bucket with this key, or OVERDUE, which joins all but the first; None for an unknown key."""
    return next((bucket for bucket in (*BUCKETS, OVERDUE) if bucket.key == key), None)
