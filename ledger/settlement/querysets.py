"""Reads of the settlement that have a name; they write nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.directory.models import Driver, Lease, LeaseDriver
from ledger.postings import LEASE_FEE
from ledger.rules.settlement import DAYS
from ledger.settlement.models import Dtr, DtrLine, LeaseEarning

# SQL about a lease `l` in the week from `week` to `last`: it lasts on a day of the week, and a driver's time `ld` on it
# has one. Whoever was replaced on the first day has none.
IS_ACTIVE: Final = "(l.started_on <= %(last)s::date and (l.ended_on is null or l.ended_on >= %(week)s::date))"
HAS_DAY: Final = (
    "(greatest(ld.from_on, l.started_on, %(week)s::date) <= least(ld.until_on, l.ended_on, %(last)s::date))"
)


@dataclass(frozen=True, slots=True)
class Time:
    """A driver's time on a lease, in whatever role, as far as the lease lasts."""

    driver_id: int
    from_on: date
    until_on: date | None

    def has_day_between(self, first: date, last: date) -> bool:
        """Whether the driver holds a day of the span."""
        begins = max(first, self.from_on)
        return begins <= (last if self.until_on is None else min(last, self.until_on))


@dataclass(frozen=True, slots=True)
class Driving:
    """Drivers (key and customer) and leases by any of their identifiers, and who drove which lease when."""

    drivers: dict[int | str, tuple[int, UUID]]
    leases: dict[int | str, int]
    times: dict[int, list[Time]]

    def drove(self, driver_id: int, lease_id: int, *, first: date, last: date) -> bool:
        """Whether the driver has a day on the lease in the span, primary or additional."""
        return any(
            each.driver_id == driver_id and each.has_day_between(first, last)
            for each in self.times.get(lease_id, ())
        )


def find_driving(*, actor: Actor, drivers: Collection[int | str], leases: Collection[int | str]) -> Driving:
    """Look up drivers by key, number or license and leases by key or number, with everybody's times on the leases.

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
    spans: dict[int, tuple[date, date | None]] = {}
    for key, number, started_on, ended_on in Lease.objects.filter(
        Q(id__in=lease_keys) | Q(lease_id__in=lease_names), company_id=actor.company_id
    ).values_list("id", "lease_id", "started_on", "ended_on"):
        known_leases[key] = known_leases[number] = key
        spans[key] = (started_on, ended_on)
    times: dict[int, list[Time]] = {}
    rows = LeaseDriver.objects.filter(company_id=actor.company_id, lease__in=set(spans))
    for lease_id, driver_id, from_on, until_on in rows.values_list(
        "lease_id", "driver_id", "from_on", "until_on"
    ):
        started_on, ended_on = spans[lease_id]
        ends = min((day for day in (until_on, ended_on) if day is not None), default=None)
        times.setdefault(lease_id, []).append(Time(driver_id, max(from_on, started_on), ends))
    return Driving(known_drivers, known_leases, times)


_SETTLED_WEEKS: Final = """
select week from dtrs where company_id = %(company)s::uuid and lease_id = %(lease)s::bigint
  and week >= %(first)s::date and week <= %(last)s::date
union
select due_date - %(days)s::int from ledger_obligations
where company_id = %(company)s::uuid and lease_id = %(lease)s::bigint and status in ('open', 'settled', 'voided')
  and source_type = %(fee)s and due_date - %(days)s::int >= %(first)s::date
  and due_date - %(days)s::int <= %(last)s::date
order by 1
"""


def settled_weeks_of(company_id: UUID, lease_pk: int, since: date, until: date | None) -> list[date]:
    """The weeks with a day in the span that have a fee or a DTR of the lease, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLED_WEEKS,
            {
                "company": company_id,
                "lease": lease_pk,
                "first": week_start(since),
                "last": until or date.max,
                "days": DAYS,
                "fee": LEASE_FEE,
            },
        )
        return [week for (week,) in cursor.fetchall()]


_WEEKS_WITH_DTRS: Final = """
select week::date from generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '7 days') week
where exists (select 1 from dtrs d where d.company_id = %(company)s::uuid and d.week = week.week::date)
order by 1
"""


def weeks_with_dtrs(*, actor: Actor, since: date) -> list[date]:
    """The weeks from the Sunday `since` on that the company has settled for anybody, oldest first."""
    values: dict[str, Any] = {"company": actor.company_id, "first": since, "last": today(actor.company)}
    with connection.cursor() as cursor:
        cursor.execute(_WEEKS_WITH_DTRS, values)
        return [week for (week,) in cursor.fetchall()]


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
        "credits",
        "adjustments",
        "owed",
        "earned",
        "protected",
        "recovered",
        "credits_paid",
        "netted_in",
        "netted_out",
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
        "kind",
        "reference",
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
