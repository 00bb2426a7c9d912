"""Today and this week are the company's (docs/domain.md#time)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from batconnect.core.kernel import clock


@dataclass(frozen=True)
class Place:
    time_zone: str


NEW_YORK = Place("America/New_York")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2025-10-20T03:59:59+00:00", date(2025, 10, 19)),
        ("2025-10-20T04:00:00+00:00", date(2025, 10, 20)),
        ("2025-12-20T04:59:59+00:00", date(2025, 12, 19)),
        ("2025-12-20T05:00:00+00:00", date(2025, 12, 20)),
    ],
)
def test_the_day_turns_at_the_companys_midnight(instant: str, day: date) -> None:
    with time_machine.travel(datetime.fromisoformat(instant), tick=False):
        assert clock.today(NEW_YORK) == day


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 8), 24)],
)
def test_a_daylight_saving_sunday_is_one_day(sunday: date, hours: int) -> None:
    begins = clock.end_of_day(NEW_YORK, sunday - timedelta(days=1)).astimezone(UTC)
    ends = clock.end_of_day(NEW_YORK, sunday).astimezone(UTC)

    assert ends - begins == timedelta(hours=hours)
    assert clock.local_date(NEW_YORK, ends - timedelta(seconds=1)) == sunday
    assert clock.local_date(NEW_YORK, ends) == sunday + timedelta(days=1)


@pytest.mark.parametrize("day", [date(2026, 11, 15) + timedelta(days=offset) for offset in range(7)])
def test_a_week_begins_on_its_sunday(day: date) -> None:
    assert clock.week_start(day) == date(2026, 11, 15)
