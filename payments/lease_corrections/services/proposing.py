"""What a change of a lease over settled weeks comes to: for each week and driver a charge, or a credit.

Rule: docs/domain.md#lease-corrections.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotFound
from batconnect.core.kernel.field_codes import REQUIRED
from batconnect.core.kernel.money import ZERO
from batconnect.directory.models import Driver, Lease
from batconnect.directory.services import change_primary_driver, end_lease, set_lease_rate
from ledger.models import Obligation
from payments.credit_memos.services.items import creditable
from payments.lease_corrections.services.shares import (
    Charged,
    drivers_of,
    read_charged,
    shares_of,
    weeks_since,
)
from payments.models import LeaseCorrection

Kind = LeaseCorrection.Kind


@dataclass(frozen=True, slots=True)
class LeaseChange:
    """What is changed: another primary driver from `day` on, another rate from `day` on, `day` as the lease's last, or
    nothing but that its settled weeks from `day` on were never charged. `weekly_amount` is in the base currency."""

    kind: Kind
    day: date
    driver_id: int | None = None
    weekly_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A driver's week by the terms before (`was`) and since (`due`): what is charged in addition, or the items that are
    credited and by how much. `kept` is what cannot be credited, as it was credited or written off before."""

    week: date
    driver: Driver
    was: Decimal
    due: Decimal
    credits: tuple[tuple[Obligation, Decimal], ...] = ()
    kept: Decimal = ZERO

    @property
    def charge(self) -> Decimal:
        """What is raised in addition; zero where something is credited."""
        return max(self.due - self.was, ZERO)

    @property
    def credited(self) -> Decimal:
        """What is credited in all."""
        return sum((amount for _, amount in self.credits), ZERO)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Every difference that a change makes, by week and driver, with what the numbers of new charges go on from."""

    lease: Lease
    change: LeaseChange
    differences: tuple[Difference, ...]
    charged: Charged

    @property
    def charges(self) -> Decimal:
        """What is charged in all."""
        return sum((each.charge for each in self.differences), ZERO)

    @property
    def credits(self) -> Decimal:
        """What is credited in all."""
        return sum((each.credited for each in self.differences), ZERO)

    @property
    def digest(self) -> str:
        """Names all of it, to compare with what somebody agreed to."""
        seen = [
            (
                each.week,
                each.driver.pk,
                each.was,
                each.due,
                each.kept,
                [(item.id, part) for item, part in each.credits],
            )
            for each in self.differences
        ]
        return hashlib.sha256(repr((self.lease.pk, self.change, seen)).encode()).hexdigest()

    def free_reference(self, week: date, driver: Driver) -> str:
        """`{lease}-{week}-{driver}-{n}`, which no charge has yet."""
        taken = {each.reference_id for each in self.charged.items.get(week, ())}
        base = f"{self.lease.lease_id}-{week.isoformat()}-{driver.driver_id}"
        return next(f"{base}-{n}" for n in range(1, len(taken) + 2) if f"{base}-{n}" not in taken)


@joins_transaction
def change_terms(*, actor: Actor, lease: Lease, change: LeaseChange) -> Proposal:
    """Change the terms of the locked lease, over settled weeks too, and say what that comes to.

    Weeks of which nothing was ever charged count as not owed before. Raises as the directory's own changes do, except
    WeekSettled; InvalidInput for a driver or an amount that is missing, NotFound for an unknown driver.
    """
    weeks = weeks_since(actor=actor, lease=lease, since=max(change.day, lease.started_on))
    charged = read_charged(actor=actor, lease=lease)
    before = shares_of(lease=lease, weeks=[week for week in weeks if charged.items.get(week)])
    changed = _apply(actor, lease, change)
    after = shares_of(lease=changed, weeks=weeks)
    keys = sorted(
        key for key in before.keys() | after.keys() if before.get(key, ZERO) != after.get(key, ZERO)
    )
    drivers = drivers_of(actor=actor, keys={driver for _, driver in keys})
    differences = tuple(
        _difference(
            week, drivers[driver], before.get((week, driver), ZERO), after.get((week, driver), ZERO), charged
        )
        for week, driver in keys
    )
    return Proposal(changed, change, differences, charged)


def _apply(actor: Actor, lease: Lease, change: LeaseChange) -> Lease:
    if change.kind == Kind.DRIVER:
        if change.driver_id is None:
            raise InvalidInput("Name the driver.", field="driver_id", code=REQUIRED)
        driver = Driver.objects.filter(company_id=actor.company_id, id=change.driver_id).first()
        if driver is None:
            raise NotFound("There is no such driver.", field="driver_id")
        change_primary_driver(
            actor=actor, lease_pk=lease.pk, driver=driver, from_on=change.day, over_settled=True
        )
    elif change.kind == Kind.RATE:
        if change.weekly_amount is None:
            raise InvalidInput("Say what a week costs.", field="weekly_amount", code=REQUIRED)
        set_lease_rate(
            actor=actor,
            lease_pk=lease.pk,
            from_on=change.day,
            weekly_amount=change.weekly_amount,
            over_settled=True,
        )
    elif change.kind == Kind.END:
        end_lease(actor=actor, lease_pk=lease.pk, ended_on=change.day, over_settled=True)
    return Lease.objects.get(company_id=actor.company_id, id=lease.pk)


def _difference(week: date, driver: Driver, was: Decimal, due: Decimal, charged: Charged) -> Difference:
    left = was - due
    credits: list[tuple[Obligation, Decimal]] = []
    for item in charged.of(week, driver.customer_id) if left > 0 else ():
        part = min(left, max(creditable(item), ZERO))
        if part > 0:
            credits.append((item, part))
            left -= part
    return Difference(week, driver, was, due, tuple(credits), max(left, ZERO))


def items_of(differences: Sequence[Difference]) -> set[UUID]:
    """The ids of the items that are credited."""
    return {item.id for each in differences for item, _ in each.credits}
