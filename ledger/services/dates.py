"""Which days may still be booked, and on which day what has its date from elsewhere counts (docs/domain.md#dates)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from ledger.errors import DATE_CLOSED, DATE_IN_FUTURE, DATE_TOO_OLD


@reads
def book_date_error(*, actor: Actor, day: date, field: str) -> FieldError | None:
    """What is wrong with a payment, issue or allocation date: after the company's today, in a closed period, or before
    the company's oldest bookable day (docs/domain.md#dates)."""
    current = today(actor.company)
    if day > current:
        return FieldError(field, f"{day} is after today, {current}.", DATE_IN_FUTURE)
    closed = actor.company.closed_until
    if closed is not None and day <= closed:
        return FieldError(
            field, f"{day} is closed: the books are closed up to and including {closed}.", DATE_CLOSED
        )
    oldest = oldest_bookable_day(actor)
    if oldest is not None and day < oldest:
        return FieldError(
            field,
            f"{day} is before {oldest}, the oldest day that is booked: {actor.company.oldest_bookable_days} days back.",
            DATE_TOO_OLD,
        )
    return None


@reads
def oldest_bookable_day(actor: Actor) -> date | None:
    """The oldest day that payments, charges and whatever else people date may have; None where none is set."""
    days = actor.company.oldest_bookable_days
    return None if days is None else today(actor.company) - timedelta(days=days)


@reads
def reported_month_warnings(*, actor: Actor, days: Iterable[date]) -> list[str]:
    """For each month that has been reported and that one of the days falls into, a sentence that says so.

    A month has been reported when it is over (docs/adr/0052-loans-corrected-and-handed-over.md).
    """
    begins = today(actor.company).replace(day=1)
    months = sorted({day.replace(day=1) for day in days if day < begins})
    return [
        f"{month:%B %Y} has been reported: what is now dated in it stands in reports of that month as booked later."
        for month in months
    ]


@reads
def first_open_day(actor: Actor) -> date:
    """The day after the last closed one; the first of all days where nothing is closed."""
    closed = actor.company.closed_until
    return date.min if closed is None else closed + timedelta(days=1)


@reads
def open_day(*, actor: Actor, day: date) -> date:
    """The day itself, or the first open day when it is closed (docs/domain.md#dates)."""
    return max(day, first_open_day(actor))


@reads
def require_book_date(*, actor: Actor, day: date, field: str) -> None:
    """Raise InvalidInput for a date that may not be booked."""
    if wrong := book_date_error(actor=actor, day=day, field=field):
        raise InvalidInput(wrong.message, code=wrong.code, errors=[wrong])
