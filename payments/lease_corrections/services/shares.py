"""What a lease's settled weeks cost each driver by its terms, and the items by which that was charged.

Rule: docs/domain.md#lease-corrections, docs/domain.md#lease-rates.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from batconnect.core.database.transactions import reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import week_start
from batconnect.directory.models import Driver, Lease, LeaseDriver, LeaseRate
from batconnect.directory.settled import settled_weeks
from ledger.chart import Category
from ledger.models import Obligation
from ledger.rules.settlement import Held, Rate, week_fee
from ledger.settlement.querysets import weeks_with_dtrs

# The week, and the driver's key.
Share = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Charged:
    """The items by which the weeks of a lease were charged, voided ones too, by week."""

    items: Mapping[date, list[Obligation]]

    def of(self, week: date, customer_id: object) -> list[Obligation]:
        """What stands of the customer's items of the week, the last one first."""
        mine = [each for each in self.items.get(week, ()) if each.customer_id == customer_id]
        standing = [each for each in mine if each.status != Obligation.Status.VOIDED]
        return sorted(standing, key=lambda each: each.id, reverse=True)


@reads
def weeks_since(*, actor: Actor, lease: Lease, since: date) -> list[date]:
    """The weeks with a day from `since` on that are settled: for the lease, or for the company; oldest first."""
    of_lease = settled_weeks(company_id=actor.company_id, lease_pk=lease.pk, since=since)
    return sorted({*of_lease, *weeks_with_dtrs(actor=actor, since=week_start(since))})


@reads
def read_charged(*, actor: Actor, lease: Lease) -> Charged:
    """What was charged for the lease's weeks, by the job and by corrections: told by its reference."""
    of_week = re.compile(rf"{re.escape(lease.lease_id)}-(\d{{4}}-\d\d-\d\d)(?:-.+)?")
    items: dict[date, list[Obligation]] = {}
    rows = Obligation.objects.filter(
        company_id=actor.company_id,
        lease=lease.pk,
        category=Category.LEASE,
        reference_id__startswith=f"{lease.lease_id}-",
    )
    for item in rows.order_by("id"):
        if found := of_week.fullmatch(item.reference_id):
            items.setdefault(date.fromisoformat(found[1]), []).append(item)
    return Charged(items)


@reads
def shares_of(*, lease: Lease, weeks: Collection[date]) -> dict[Share, Decimal]:
    """Each primary driver's share of each week's fee, by the lease's terms as they stand."""
    times = LeaseDriver.objects.filter(lease=lease, role=LeaseDriver.Role.PRIMARY).select_related("driver")
    keys = {each.driver.driver_id: each.driver_id for each in times}
    held = [Held(each.driver.driver_id, each.from_on, each.until_on) for each in times]
    rates = [
        Rate(from_on, amount)
        for from_on, amount in LeaseRate.objects.filter(lease=lease).values_list("from_on", "weekly_amount")
    ]
    shares: dict[Share, Decimal] = {}
    for week in weeks:
        fee = week_fee(
            week=week,
            lease_number=lease.lease_id,
            started_on=lease.started_on,
            ended_on=lease.ended_on,
            times=held,
            rates=rates,
        )
        shares |= {(week, keys[share.driver]): share.amount for share in fee.shares}
    return shares


@reads
def drivers_of(*, actor: Actor, keys: Collection[int]) -> dict[int, Driver]:
    """The drivers with their customers, by key."""
    rows = Driver.objects.filter(company_id=actor.company_id, id__in=keys).select_related("customer")
    return {row.pk: row for row in rows}
