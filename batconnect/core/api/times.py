"""Days and instants in a query string: `from`, `to`, `as_of`, `known_at`."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.http import QueryDict

from batconnect.core.api.fields import NotADay, parse_day
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.errors import InvalidInput


def read_day(query: QueryDict, name: str) -> date | None:
    """The day that the parameter names, None without it. Raises InvalidInput naming the parameter."""
    if not query.get(name):
        return None
    try:
        return parse_day(query[name])
    except NotADay as error:
        raise InvalidInput(f"{name}: {error}", field=name) from error


def read_instant(query: QueryDict, name: str) -> datetime | None:
    """The instant that the parameter names, None without it. Raises InvalidInput naming the parameter.

    Answers print whole seconds, so an instant without a fraction stands for its whole second: what was posted at
    the printed `10:00:00Z` was known then.
    """
    text = query.get(name)
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError as error:
        raise InvalidInput(f"{name} must be an instant such as 2026-01-31T12:00:00Z.", field=name) from error
    if instant.tzinfo is None:
        raise InvalidInput(f"{name} needs a time zone, as in 2026-01-31T12:00:00Z.", field=name)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise InvalidInput(f"{name} must be an instant in the years {FIRST_YEAR} to {LAST_YEAR}.", field=name)
    whole = instant.microsecond == 0 and "." not in text
    return instant + timedelta(microseconds=999_999) if whole else instant
