"""Days and times of jobs on the clocks of their zones."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batconnect.core.kernel.recurrence import Recurrence, offered_time_zones, place_of, weekday_of

NEW_YORK: Final = "America/New_York"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_is_described_as_people_say_it() -> None:
    assert Recurrence(0, time(5), NEW_YORK).describe() == "Sundays at 05:00, New York"
    assert Recurrence(None, time(2, 15), "UTC").describe() == "Every day at 02:15, UTC"
    assert place_of("America/Argentina/Buenos_Aires") == "Buenos Aires"
    assert [weekday_of(day) for day in ("every_day", "sunday", "saturday")] == [None, 0, 6]


@pytest.mark.parametrize(
    ("at", "after", "instants"),
    [
        # 02:30 does not exist on 2026-03-08: it comes at 03:30 of summer time.
        (time(2, 30), "2026-03-01 08:00", ["2026-03-08 07:30", "2026-03-15 06:30", "2026-03-22 06:30"]),
        # 01:30 comes twice on 2026-11-01: the first one counts, and the second is none.
        (time(1, 30), "2026-10-26 00:00", ["2026-11-01 05:30", "2026-11-08 06:30", "2026-11-15 06:30"]),
        (time(1, 30), "2026-11-01 05:30", ["2026-11-08 06:30", "2026-11-15 06:30", "2026-11-22 06:30"]),
        (time(5), "2026-10-31 16:00", ["2026-11-01 10:00", "2026-11-08 10:00", "2026-11-15 10:00"]),
    ],
)
def test_every_sunday_comes_once_when_the_clocks_change(at: time, after: str, instants: list[str]) -> None:
    sundays = Recurrence(0, at, NEW_YORK)

    assert sundays.following(utc(after), 3) == [utc(each) for each in instants]


@given(
    st.one_of(st.none(), st.integers(0, 6)),
    st.times().map(lambda each: each.replace(minute=each.minute // 15 * 15, second=0, microsecond=0)),
    st.sampled_from(offered_time_zones()),
    st.integers(0, 6 * 365 * 24 * 60).map(lambda each: utc("2024-01-01") + timedelta(minutes=each)),
)
def test_the_latest_and_the_next_enclose_every_instant(
    weekday: int | None, at: time, zone: str, instant: datetime
) -> None:
    recurrence = Recurrence(weekday, at, zone)

    latest = recurrence.latest(instant)
    following = recurrence.following(instant, 3)

    assert latest <= instant < following[0] < following[1] < following[2]
    assert recurrence.following(latest, 1) == following[:1]
    assert recurrence.latest(latest) == latest
    longest = timedelta(days=7 if weekday is not None else 1, hours=3)
    assert following[0] - latest <= longest
