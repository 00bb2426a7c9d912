"""Which days may still be booked (docs/domain.md#time)."""

from __future__ import annotations

from datetime import date

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import FieldError, InvalidInput
from ledger.errors import DATE_CLOSED, DATE_IN_FUTURE


@reads
def book_date_error(*, actor: Actor, day: date, field: str) -> FieldError | None:
    """What is wrong with a payment, issue or allocation date: after the company's today, or in a closed period."""
    current = today(actor.company)
    if day > current:
        return FieldError(field, f"{day} is after today, {current}.", DATE_IN_FUTURE)
    closed = actor.company.closed_until
    if closed is not None and day <= closed:
        return FieldError(
            field, f"{day} is closed: the books are closed up to and including {closed}.", DATE_CLOSED
        )
    return None


@reads
def require_book_date(*, actor: Actor, day: date, field: str) -> None:
    """Raise InvalidInput for a date that may not be booked."""
    if wrong := book_date_error(actor=actor, day=day, field=field):
        raise InvalidInput(wrong.message, code=wrong.code, errors=[wrong])
