"""When a job of a company runs: a day of the week or every day, at a time on the clock of a zone.

Rule: docs/domain.md#schedules.

A time that the clock skips on a day comes as much later on the clock as was skipped (02:30 comes at 03:30); one that
comes twice comes the first time. So every day has the time exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

DAY_NAMES: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
EVERY_DAY: Final = "every_day"
QUARTERS: Final = (0, 15, 30, 45)
"""The minutes at which a time may be: the catch-up looks every quarter of an hour."""
_DAY: Final = timedelta(days=1)
# Neither a place nor a rule of the clock.
_NOT_OFFERED: Final = frozenset({"Factory", "localtime"})


@dataclass(frozen=True, slots=True)
class Recurrence:
    """`weekday` is 0 for Sunday … 6 for Saturday, None for every day; `at` is on the clock of `time_zone` (IANA)."""

    weekday: int | None
    at: time
    time_zone: str

    @property
    def day(self) -> str:
        """The day as the API spells it: `sunday`, or `every_day`."""
        return EVERY_DAY if self.weekday is None else DAY_NAMES[self.weekday]

    def describe(self) -> str:
        """For people: `Sundays at 05:00, New York`."""
        days = "Every day" if self.weekday is None else f"{DAY_NAMES[self.weekday].capitalize()}s"
        return f"{days} at {self.at:%H:%M}, {place_of(self.time_zone)}"

    def instant_on(self, day: date) -> datetime:
        """When the time comes on that calendar day of the zone, in UTC."""
        return datetime.combine(day, self.at, tzinfo=ZoneInfo(self.time_zone)).astimezone(UTC)

    def following(self, after: datetime, count: int) -> list[datetime]:
        """The next `count` instants after this one, in UTC."""
        return list(islice(self._from(after), count))

    def latest(self, until: datetime) -> datetime:
        """The last instant up to and including this one, in UTC."""
        day = until.astimezone(ZoneInfo(self.time_zone)).date() + _DAY
        while True:
            if self._is_on(day) and (instant := self.instant_on(day)) <= until:
                return instant
            day -= _DAY

    def _from(self, after: datetime) -> Iterator[datetime]:
        day, last = after.astimezone(ZoneInfo(self.time_zone)).date() - _DAY, after
        while True:
            if self._is_on(day) and (instant := self.instant_on(day)) > last:
                last = instant
                yield instant
            day += _DAY

    def _is_on(self, day: date) -> bool:
        return self.weekday is None or day.isoweekday() % 7 == self.weekday


def place_of(time_zone: str) -> str:
    """A zone as people say it: `America/New_York` → `New York`."""
    return time_zone.rsplit("/", 1)[-1].replace("_", " ")


@cache
def offered_time_zones() -> tuple[str, ...]:
    """The IANA names of all places whose clock may be named, sorted."""
    return tuple(
        sorted(name for name in available_timezones() - _NOT_OFFERED if "/" in name or name == "UTC")
    )


def weekday_of(day: str) -> int | None:
    """The number of a day as the API spells it; None for every day. Raises ValueError for another word."""
    return None if day == EVERY_DAY else DAY_NAMES.index(day)
