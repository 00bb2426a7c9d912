"""Reads of the settlement that have a name; they write nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Driver, Lease, LeaseDriver
from ledger.settlement.models import Dtr, DtrLine, LeaseEarning

# SQL about a lease `l` in the week from `week` to `last`. Active is what `rules.settlement.active_days` counts days of.
IS_ACTIVE: Final = "(l.started_on <= %(last)s::date and (l.ended_on is null or l.ended_on >= %(week)s::date))"
# The primary driver of the week, as `Primaries.primary_on` its last day; no row where there was none yet.
PRIMARY_DRIVER: Final = """
select ld.driver_id, r.customer_id from lease_drivers ld
join drivers r on r.company_id = ld.company_id and r.id = ld.driver_id
where ld.company_id = l.company_id and ld.lease_id = l.id and ld.role = 'Primary' and ld.from_on <= %(last)s::date
order by ld.from_on desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Primary:
    """A driver's time as the primary driver of a lease."""

    driver_id: int
    customer_id: UUID
    name: str
    from_on: date


@dataclass(frozen=True, slots=True)
class Primaries:
    """Drivers (key and customer) and leases by any of their identifiers, and who drove which lease when."""

    drivers: dict[int | str, tuple[int, UUID]]
    leases: dict[int | str, int]
    times: dict[int, list[Primary]]

    def primary_on(self, lease_id: int, day: date) -> Primary | None:
        """The primary driver on the day, else the last one before it; None when there was none yet."""
        return next((each for each in self.times.get(lease_id, ()) if each.from_on <= day), None)


def find_primaries(
    *, actor: Actor, drivers: Collection[int | str], leases: Collection[int | str]
) -> Primaries:
    """Look up drivers by key, number or license and leases by key or number, with the leases' primary drivers.

    Three statements, however many there are.
    """
    keys = {each for each in drivers if isinstance(each, int)}
    names = {each for each in drivers if isinstance(each, str)}
    driver_rows = Driver.objects.filter(
        Q(id__in=keys) | Q(driver_id__in=names) | Q(tlc_license__in=names), company_id=actor.company_id
    )
    known_drivers: dict[int | str, tuple[int, UUID]] = {}
    for key, number, license, customer_id in driver_rows.values_list(
        "id", "driver_id", "tlc_license", "customer_id"
    ):
        known_drivers[key] = known_drivers[number] = known_drivers[license] = (key, customer_id)
    lease_keys = {each for each in leases if isinstance(each, int)}
    lease_names = {each for each in leases if isinstance(each, str)}
    known_leases: dict[int | str, int] = {}
    for key, number in Lease.objects.filter(
        Q(id__in=lease_keys) | Q(lease_id__in=lease_names), company_id=actor.company_id
    ).values_list("id", "lease_id"):
        known_leases[key] = known_leases[number] = key
    times: dict[int, list[Primary]] = {}
    rows = LeaseDriver.objects.filter(
        company_id=actor.company_id, role=LeaseDriver.Role.PRIMARY, lease__in=set(known_leases.values())
    ).order_by("-from_on")
    for lease_id, driver_id, customer_id, name, from_on in rows.values_list(
        "lease_id", "driver_id", "driver__customer_id", "driver__customer__name", "from_on"
    ):
        times.setdefault(lease_id, []).append(Primary(driver_id, customer_id, name, from_on))
    return Primaries(known_drivers, known_leases, times)


def dtrs(*, actor: Actor) -> QuerySet[Dtr, Any]:
    """Every DTR as a row."""
    return Dtr.objects.filter(company_id=actor.company_id).values(
        "number",
        "week",
        "settled_on",
        "currency",
        "gross",
        "prior_balance",
        "charges",
        "interim_payments",
        "adjustments",
        "owed",
        "recovered",
        "net",
        "due_to_driver",
        "carried_forward",
        "unallocated_cash",
        "status",
        "paid_on",
        "payment_method",
        "payment_reference",
        "paid_by",
        "is_former",
        "created_at",
        driver_pk=F("driver_id"),
        driver_no=F("driver__driver_id"),
        driver_name=F("customer__name"),
        tlc_license=F("driver__tlc_license"),
        lease_no=F("lease__lease_id"),
        lease_id_pk=F("lease_id"),
        medallion_no=F("lease__medallion__medallion_no"),
    )


def find_dtr(*, actor: Actor, number: str) -> Dtr | None:
    """One DTR by number, with its driver and lease."""
    return (
        Dtr.objects.select_related("lease__medallion", "lease__vehicle", "driver", "customer", "previous")
        .filter(company_id=actor.company_id, number=number)
        .first()
    )


def lines_of(*, actor: Actor, dtr_ids: Collection[UUID]) -> QuerySet[DtrLine, Any]:
    """What the DTRs cover, entry by entry, oldest first."""
    return (
        DtrLine.objects.filter(company_id=actor.company_id, dtr__in=dtr_ids)
        .order_by("dtr_id", "entry_id")
        .values(
            "dtr_id",
            "kind",
            "category",
            "amount",
            "is_delayed",
            "obligation_id",
            "entry_id",
            reference_id=F("obligation__reference_id"),
            description=F("obligation__description"),
            due_date=F("obligation__due_date"),
            original=F("obligation__original"),
            effective_on=F("entry__effective_on"),
            event=F("entry__event"),
            source_type=F("entry__source_type"),
            source_id=F("entry__source_id"),
            case_no=F("entry__case_no"),
            reason=F("entry__reason"),
        )
    )


def earnings(*, actor: Actor) -> QuerySet[LeaseEarning, Any]:
    """Every imported week of earnings as a row."""
    return LeaseEarning.objects.filter(company_id=actor.company_id).values(
        "id",
        "week",
        "gross",
        "currency",
        "status",
        "imported_by",
        "created_at",
        driver_pk=F("driver_id"),
        driver_no=F("driver__driver_id"),
        driver_name=F("customer__name"),
        lease_no=F("lease__lease_id"),
        lease_id_pk=F("lease_id"),
        dtr_number=F("dtr__number"),
    )
