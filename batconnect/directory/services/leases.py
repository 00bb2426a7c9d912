"""Leases and who drives on them. An action locks the lease first, so that its drivers change one at a time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Q

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.errors import UnknownEntry
from batconnect.directory.models import Driver, Lease, LeaseDriver, Medallion, Vehicle
from batconnect.directory.querysets import primary_driver_on
from batconnect.directory.services.rates import refuse_settled, running_lease, set_rate
from batconnect.directory.services.writing import PERMISSION, add_row, change_row, save_row


class LeaseValues(TypedDict, total=False):
    """What can be changed on a running lease; `weekly_amount` is in the company's base currency."""

    lease_type: str
    vehicle: Vehicle
    weekly_amount: Decimal


@transaction.atomic
def add_lease(
    *,
    actor: Actor,
    lease_id: str,
    medallion: Medallion,
    vehicle: Vehicle,
    weekly_amount: Decimal,
    started_on: date,
    primary_driver: Driver | None = None,
    lease_type: str = Lease.Type.LONG_TERM,
) -> Lease:
    """Open a lease, with its rate and, when one is given, its primary driver from its first day.

    `weekly_amount` is in the company's base currency. Raises NotAllowed, InvalidInput, AlreadyInUse (number, or a
    medallion that has an active lease).
    """
    actor.require(PERMISSION)
    values = {
        "lease_id": lease_id,
        "medallion": medallion,
        "vehicle": vehicle,
        "weekly_amount": weekly_amount,
        "started_on": started_on,
        "lease_type": lease_type,
    }
    lease = add_row(Lease, actor=actor, values=values)
    if primary_driver is not None:
        _add_driver(actor, lease, primary_driver, LeaseDriver.Role.PRIMARY, started_on, None)
    return lease


@transaction.atomic
def change_lease(*, actor: Actor, lease_pk: int, **values: Unpack[LeaseValues]) -> Lease:
    """Change the given fields of a lease; a new `weekly_amount` is its rate from today on.

    Raises NotAllowed, UnknownEntry, InvalidInput, LeaseHasEnded; WeekSettled (409) as `set_lease_rate`.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    amount = values.get("weekly_amount")
    if amount is not None and amount != lease.weekly_amount:
        set_rate(
            actor=actor,
            lease=lease,
            weekly_amount=amount,
            from_on=max(today(actor.company), lease.started_on),
        )
    return change_row(
        Lease, key=lease_pk, values={name: value for name, value in values.items() if name != "weekly_amount"}
    )


@transaction.atomic
def end_lease(*, actor: Actor, lease_pk: int, ended_on: date, over_settled: bool = False) -> Lease:
    """End a lease and every driver's time on it; `ended_on` is its last day.

    A caller who corrects the settled weeks in the same transaction ends it before them (`over_settled`). Rule:
    docs/domain.md#who-drove.

    Raises NotAllowed, UnknownEntry, LeaseHasEnded, InvalidInput (before the start, or before a driver's time begins),
    WeekSettled (409) naming the settled weeks that would lose days.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    times = LeaseDriver.objects.filter(lease=lease).exclude(until_on__lt=F("from_on"))
    later = times.filter(from_on__gt=ended_on).order_by("-from_on").first()
    if later is not None:
        raise InvalidInput(
            f"A driver's time on {lease.lease_id} begins on {later.from_on}, so the lease cannot end on {ended_on}.",
            field="ended_on",
        )
    if ended_on >= lease.started_on and not over_settled:
        refuse_settled(lease, since=ended_on + timedelta(days=1), field="ended_on")
    lease.status, lease.ended_on = Lease.Status.ENDED, ended_on
    save_row(lease, fields=["status", "ended_on"])
    for time in times.filter(until_on__isnull=True) | times.filter(until_on__gt=ended_on):
        time.until_on = ended_on
        save_row(time, fields=["until_on"])
    return lease


@transaction.atomic
def change_primary_driver(
    *, actor: Actor, lease_pk: int, driver: Driver, from_on: date, over_settled: bool = False
) -> LeaseDriver:
    """Make another driver the lease's primary one from a day on; the one before ends the day before.

    Of several changes on a day the last counts: whoever began on it holds no day (docs/domain.md#who-drove). A caller
    who corrects the settled weeks in the same transaction changes them too (`over_settled`); the driver then has the
    lease for as long as the one before had it, or until a primary driver begins later. Raises NotAllowed, UnknownEntry,
    LeaseHasEnded, AlreadyInUse (a primary driver begins later), InvalidInput (the driver is the same, or the day is
    before the lease), WeekSettled (409) naming the settled weeks that would change hands.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    before = primary_driver_on(lease.pk, day=from_on)
    if before is not None and before.driver_id == driver.pk:
        raise InvalidInput(f"{driver} is already the primary driver.", field="driver")
    _require_within(lease, from_on)
    until_on = _until_the_next(lease, before, from_on) if over_settled else None
    if not over_settled:
        refuse_settled(lease, since=from_on, field="from_on")
    if before is not None:
        before.until_on = from_on - timedelta(days=1)
        save_row(before, fields=["until_on"])
    replaced = LeaseDriver.objects.filter(
        lease=lease, driver=driver, role=LeaseDriver.Role.PRIMARY, from_on=from_on, until_on__lt=from_on
    ).first()
    if replaced is not None:
        replaced.until_on = until_on
        return save_row(replaced, fields=["until_on"])
    return _add_driver(actor, lease, driver, LeaseDriver.Role.PRIMARY, from_on, until_on)


def _until_the_next(lease: Lease, before: LeaseDriver | None, from_on: date) -> date | None:
    """The last day of the time that a driver takes over, or the day before a primary driver begins later."""
    if before is not None:
        return before.until_on
    later = LeaseDriver.objects.filter(lease=lease, role=LeaseDriver.Role.PRIMARY, from_on__gt=from_on)
    following = later.exclude(until_on__lt=F("from_on")).order_by("from_on").first()
    return following.from_on - timedelta(days=1) if following else None


@transaction.atomic
def add_lease_driver(
    *, actor: Actor, lease_pk: int, driver: Driver, from_on: date, until_on: date | None = None
) -> LeaseDriver:
    """Add an additional driver, who earns on the lease and owes no fee (docs/domain.md#who-drove).

    Raises NotAllowed, UnknownEntry, LeaseHasEnded, InvalidInput (a day outside the lease, a last day before the first,
    a time that overlaps another of the driver), AlreadyInUse.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    if until_on is not None and until_on < from_on:
        raise InvalidInput("The last day cannot be before the first.", field="until_on")
    overlapping = LeaseDriver.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=from_on), lease=lease, driver=driver
    )
    if until_on is not None:
        overlapping = overlapping.filter(from_on__lte=until_on)
    if (other := overlapping.order_by("from_on").first()) is not None:
        raise InvalidInput(
            f"{driver} drives on {lease.lease_id} from {other.from_on} until {other.until_on or 'further notice'}.",
            field="driver",
        )
    return _add_driver(actor, lease, driver, LeaseDriver.Role.ADDITIONAL, from_on, until_on)


@transaction.atomic
def end_lease_driver(*, actor: Actor, lease_pk: int, driver: Driver, until_on: date) -> LeaseDriver:
    """End an additional driver's time on a lease; `until_on` is the last day. The driver's earnings before it stay.

    Raises NotAllowed, UnknownEntry (no additional driver whose time lasts), LeaseHasEnded, InvalidInput.
    """
    actor.require(PERMISSION)
    lease = running_lease(lease_pk)
    time = (
        LeaseDriver.objects.filter(lease=lease, driver=driver, role=LeaseDriver.Role.ADDITIONAL)
        .filter(Q(until_on__isnull=True) | Q(until_on__gt=until_on))
        .order_by("-from_on")
        .first()
    )
    if time is None:
        raise UnknownEntry(
            f"{driver} is not an additional driver of {lease.lease_id} after {until_on}.", field="driver"
        )
    if until_on < time.from_on:
        raise InvalidInput(f"The driver's time begins on {time.from_on}.", field="until_on")
    time.until_on = until_on
    return save_row(time, fields=["until_on"])


def _add_driver(
    actor: Actor, lease: Lease, driver: Driver, role: str, from_on: date, until_on: date | None
) -> LeaseDriver:
    _require_within(lease, from_on)
    values = {"lease": lease, "driver": driver, "role": role, "from_on": from_on, "until_on": until_on}
    return add_row(LeaseDriver, actor=actor, values=values)


def _require_within(lease: Lease, from_on: date) -> None:
    if from_on < lease.started_on:
        raise InvalidInput(f"{lease.lease_id} starts on {lease.started_on}.", field="from_on")
