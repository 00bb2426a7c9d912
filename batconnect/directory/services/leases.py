"""Leases and who drives on them. An action locks the lease first, so that its drivers change one at a time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from django.db import transaction

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.errors import LeaseHasEnded
from batconnect.directory.models import Driver, Lease, LeaseDriver, Medallion, Vehicle
from batconnect.directory.querysets import primary_driver_on
from batconnect.directory.services.writing import PERMISSION, add_row, change_row, lock_row, save_row


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
    """Open a lease, with its primary driver from its first day when one is given.

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
    """Change the given fields of a lease. Raises NotAllowed, UnknownEntry, InvalidInput, LeaseHasEnded."""
    actor.require(PERMISSION)
    _running(lease_pk)
    return change_row(Lease, key=lease_pk, values=values)


@transaction.atomic
def end_lease(*, actor: Actor, lease_pk: int, ended_on: date) -> Lease:
    """End a lease and every driver's time on it; `ended_on` is its last day.

    Raises NotAllowed, UnknownEntry, LeaseHasEnded, InvalidInput (before the start, or before a driver's time begins).
    """
    actor.require(PERMISSION)
    lease = _running(lease_pk)
    times = LeaseDriver.objects.filter(lease=lease)
    later = times.filter(from_on__gt=ended_on).order_by("-from_on").first()
    if later is not None:
        raise InvalidInput(
            f"A driver's time on {lease.lease_id} begins on {later.from_on}, so the lease cannot end on {ended_on}.",
            field="ended_on",
        )
    lease.status, lease.ended_on = Lease.Status.ENDED, ended_on
    save_row(lease, fields=["status", "ended_on"])
    for time in times.filter(until_on__isnull=True) | times.filter(until_on__gt=ended_on):
        time.until_on = ended_on
        save_row(time, fields=["until_on"])
    return lease


@transaction.atomic
def change_primary_driver(*, actor: Actor, lease_pk: int, driver: Driver, from_on: date) -> LeaseDriver:
    """Make another driver the lease's primary one from a day on; the one before ends the day before.

    Raises NotAllowed, UnknownEntry, LeaseHasEnded, AlreadyInUse (a primary driver begins later), InvalidInput (the
    one before began on that very day, or is the same).
    """
    actor.require(PERMISSION)
    lease = _running(lease_pk)
    before = primary_driver_on(lease.pk, day=from_on)
    if before is not None:
        if before.driver_id == driver.pk:
            raise InvalidInput(f"{driver} is already the primary driver.", field="driver")
        if before.from_on == from_on:
            raise InvalidInput(
                f"{before.driver} begins as primary driver on {from_on}: choose a later day.", field="from_on"
            )
        before.until_on = from_on - timedelta(days=1)
        save_row(before, fields=["until_on"])
    return _add_driver(actor, lease, driver, LeaseDriver.Role.PRIMARY, from_on, None)


@transaction.atomic
def add_lease_driver(
    *, actor: Actor, lease_pk: int, driver: Driver, from_on: date, until_on: date | None = None
) -> LeaseDriver:
    """Add an additional driver. Raises NotAllowed, UnknownEntry, LeaseHasEnded, InvalidInput, AlreadyInUse."""
    actor.require(PERMISSION)
    lease = _running(lease_pk)
    return _add_driver(actor, lease, driver, LeaseDriver.Role.ADDITIONAL, from_on, until_on)


def _running(lease_pk: int) -> Lease:
    lease = lock_row(Lease, key=lease_pk)
    if lease.status != Lease.Status.ACTIVE:
        raise LeaseHasEnded(f"{lease.lease_id} ended on {lease.ended_on}.")
    return lease


def _add_driver(
    actor: Actor, lease: Lease, driver: Driver, role: str, from_on: date, until_on: date | None
) -> LeaseDriver:
    if from_on < lease.started_on:
        raise InvalidInput(f"{lease.lease_id} starts on {lease.started_on}.", field="from_on")
    values = {"lease": lease, "driver": driver, "role": role, "from_on": from_on, "until_on": until_on}
    return add_row(LeaseDriver, actor=actor, values=values)
