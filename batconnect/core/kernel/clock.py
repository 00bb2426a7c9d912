"""The companies' time: "today" and "this week" are the company's, not UTC's.

Rule: docs/domain.md#time.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone

# The years of any date that is sent to us: a schedule of years counted from one of them is still a date.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999


class HasTimeZone(Protocol):
    """A company, or its profile."""

    @property
    def time_zone(self) -> str: ...


def now() -> datetime:
    """This instant, in UTC."""
    return timezone.now()


def today(company: HasTimeZone) -> date:
    """The calendar date in the company's time zone, now."""
    return local_date(company, now())


def local_date(company: HasTimeZone, instant: datetime) -> date:
    """The calendar date in the company's time zone at an instant."""
    return instant.astimezone(ZoneInfo(company.time_zone)).date()


def end_of_day(company: HasTimeZone, day: date) -> datetime:
    """The first instant after the company's day (a day may have 23 or 25 hours)."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(company.time_zone))


def week_start(day: date) -> date:
    """The Sunday that begins the day's week; a week is Sunday 00:00 to Saturday 24:00 local."""
    return day - timedelta(days=(day.weekday() + 1) % 7)


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless it is the IANA name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError(f"{name} is not an IANA time zone such as America/New_York.") from error
