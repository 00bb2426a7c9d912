"""What a lease costs a week, from which day (docs/domain.md#lease-rates); the lease is locked first."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.errors import LeaseHasEnded, WeekSettled
from batconnect.directory.models import Lease, LeaseRate
from batconnect.directory.services.writing import PERMISSION, add_row, lock_row, save_row
from batconnect.directory.settled import settled_weeks

_SHOWN = 20


@transaction.atomic
def set_lease_rate(
    *, actor: Actor, lease_pk: int, from_on: date, weekly_amount: Decimal, over_settled: bool = False
) -> LeaseRate:
    """Set what the lease costs a week from a day on, until its next rate begins; the same again changes nothing.

    A rate that begins on that very day gets the new amount. `weekly_amount` is in the company's base currency. A caller
    who corrects the settled weeks in the same transaction changes them too (`over_settled`). Needs `directory.change`.
    Raises NotAllowed, UnknownEntry, LeaseHasEnded, InvalidInput (below zero, a day before the lease), WeekSettled (409)
    naming the settled weeks that would cost something else.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    return set_rate(
        actor=actor, lease=lease, weekly_amount=weekly_amount, from_on=from_on, over_settled=over_settled
    )


@joins_transaction
def set_rate(
    *, actor: Actor, lease: Lease, weekly_amount: Decimal, from_on: date, over_settled: bool = False
) -> LeaseRate:
    """As `set_lease_rate`, of a lease that the caller has locked; the instance gets its latest rate."""
    if from_on < lease.started_on:
        raise InvalidInput(f"{lease.lease_id} starts on {lease.started_on}.", field="from_on")
    rates = list(LeaseRate.objects.filter(lease=lease).order_by("from_on"))
    current = next((each for each in reversed(rates) if each.from_on <= from_on), None)
    if current is not None and current.weekly_amount == weekly_amount:
        return current
    following = next((each.from_on for each in rates if each.from_on > from_on), None)
    if not over_settled:
        until = following - timedelta(days=1) if following else None
        refuse_settled(lease, since=from_on, until=until, field="from_on")
    if current is not None and current.from_on == from_on:
        current.weekly_amount, current.entered_by = weekly_amount, actor.name
        rate = save_row(current, fields=["weekly_amount", "entered_by"])
    else:
        values = {
            "lease": lease,
            "from_on": from_on,
            "weekly_amount": weekly_amount,
            "entered_by": actor.name,
        }
        rate = add_row(LeaseRate, actor=actor, values=values)
    if following is None:
        lease.weekly_amount = weekly_amount
        save_row(lease, fields=["weekly_amount"])
    return rate


@joins_transaction
def running_lease(lease_pk: int) -> Lease:
    """The lease, locked until the transaction ends. Raises UnknownEntry, LeaseHasEnded."""
    lease = lock_row(Lease, key=lease_pk)
    if lease.status != Lease.Status.ACTIVE:
        raise LeaseHasEnded(f"{lease.lease_id} ended on {lease.ended_on}.")
    return lease


@reads
def refuse_settled(lease: Lease, *, since: date, until: date | None = None, field: str) -> None:
    """Raise WeekSettled (409) when weeks of the locked lease with a day in the span are settled; it names them."""
    weeks = settled_weeks(company_id=lease.company_id, lease_pk=lease.pk, since=since, until=until)
    if weeks:
        named = ", ".join(str(week) for week in weeks[:_SHOWN])
        more = f" and {len(weeks) - _SHOWN} more" if len(weeks) > _SHOWN else ""
        raise WeekSettled(
            f"{lease.lease_id} is settled in the weeks of {named}{more}, which this would change.",
            field=field,
        )
