"""Who is at the counter: drivers found by what they say about themselves, and what they owe and have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, Sum

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import NotFound
from batconnect.core.kernel.money import ZERO
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver
from batconnect.directory.querysets import active_leases_of
from console.search.queries import find_rows
from console.search.rules import read
from ledger.models import Obligation
from payments.models import Payment

MAX_FOUND: Final = 12
SHORTEST_TEXT: Final = 2


@dataclass(frozen=True, slots=True)
class FoundDriver:
    """A driver as the search shows them; `outstanding` is in the company's base currency."""

    driver: Driver
    leases: tuple[Lease, ...]
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer who does not drive, as the search shows them; `outstanding` is in the company's base currency."""

    customer: Customer
    outstanding: Decimal


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom the page is about. `leases` are the active ones driven as primary driver; amounts in base currency."""

    customer: Customer
    driver: Driver | None
    leases: tuple[Lease, ...]
    outstanding: Decimal
    unallocated: Decimal

    @property
    def query(self) -> str:
        """The payer in an address: `driver=101`."""
        return f"driver={self.driver.pk}" if self.driver else f"customer={self.customer.pk}"


def find_drivers(*, actor: Actor, text: str) -> list[FoundDriver]:
    """At most 12 drivers that the search finds by the text, themselves or what they drive today; by name. None for a
    text of less than two characters. Four statements."""
    day = today(actor.company)
    found = _found(actor, text, ("customer", "driver", "vehicle", "medallion", "lease"))
    if not any(found.values()):
        return []
    driven = _driven(actor, day).filter(
        Q(lease__in=found["lease"])
        | Q(lease__medallion__in=found["medallion"])
        | Q(lease__vehicle__in=found["vehicle"])
    )
    drivers = list(
        Driver.objects.select_related("customer")
        .filter(
            Q(customer__in=found["customer"])
            | Q(pk__in=found["driver"])
            | Q(pk__in=driven.values("driver_id")),
            company_id=actor.company_id,
        )
        .order_by("customer__name", "driver_id")[:MAX_FOUND]
    )
    leases = _leases_of(actor, drivers, day)
    owed = _outstanding(actor, [driver.customer_id for driver in drivers])
    return [
        FoundDriver(driver, tuple(leases.get(driver.pk, ())), owed.get(driver.customer_id, ZERO))
        for driver in drivers
    ]


def find_customers(*, actor: Actor, text: str) -> list[FoundCustomer]:
    """At most 12 customers who do not drive, that the search finds by the text; by name. None for a text of less than
    two characters. Three statements."""
    keys = _found(actor, text, ("customer",))["customer"]
    if not keys:
        return []
    customers = list(
        Customer.objects.filter(company_id=actor.company_id, pk__in=keys, drivers__isnull=True).order_by(
            "name", "pk"
        )[:MAX_FOUND]
    )
    owed = _outstanding(actor, [each.pk for each in customers])
    return [FoundCustomer(each, owed.get(each.pk, ZERO)) for each in customers]


def _found(actor: Actor, text: str, kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """The keys of what the one search finds of these kinds."""
    keys: dict[str, list[str]] = {kind: [] for kind in kinds}
    if len(" ".join(text.split())) >= SHORTEST_TEXT:
        query = read(text, year=today(actor.company).year, case_prefixes=())
        for row in find_rows(company_id=actor.company_id, query=query, kinds=kinds, limit=MAX_FOUND):
            keys[row.kind].append(row.key)
    return keys


def find_payer(*, actor: Actor, driver: str = "", customer: str = "") -> Payer:
    """The payer by a driver's key or a customer's id, as an address gives them; five statements at most.

    Raises NotFound for what is unknown, malformed or another company's: the answer is the same.
    """
    person: Driver | None = None
    if driver:
        if driver.isascii() and driver.isdecimal() and len(driver) <= 18:
            person = _driver(actor, pk=int(driver))
        if person is None:
            raise NotFound(f"There is no driver {driver[:20]}.")
        payer: Customer | None = person.customer
    else:
        key = _as_uuid(customer)
        person = _driver(actor, customer_id=key) if key else None
        if person is not None:
            payer = person.customer
        else:
            payer = Customer.objects.filter(company_id=actor.company_id, id=key).first() if key else None
    if payer is None:
        raise NotFound(f"There is no customer {customer[:40]}.")
    leases = tuple(active_leases_of(person.pk, on=today(actor.company))) if person else ()
    return Payer(
        customer=payer,
        driver=person,
        leases=leases,
        outstanding=_outstanding(actor, [payer.pk]).get(payer.pk, ZERO),
        unallocated=_unallocated(actor, payer.pk),
    )


def _driver(actor: Actor, **by: Any) -> Driver | None:
    return Driver.objects.select_related("customer").filter(company_id=actor.company_id, **by).first()


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _driven(actor: Actor, day: date) -> Any:
    """The times on active leases that last on the day, of primary and additional drivers."""
    return LeaseDriver.objects.filter(
        Q(until_on__isnull=True) | Q(until_on__gte=day),
        company_id=actor.company_id,
        from_on__lte=day,
        lease__status=Lease.Status.ACTIVE,
    )


def _leases_of(actor: Actor, drivers: list[Driver], day: date) -> dict[int, list[Lease]]:
    leases: dict[int, list[Lease]] = {}
    times = (
        _driven(actor, day).select_related("lease__medallion", "lease__vehicle").order_by("lease__lease_id")
    )
    for time in times.filter(driver__in=[driver.pk for driver in drivers]):
        leases.setdefault(time.driver_id, []).append(time.lease)
    return leases


def _outstanding(actor: Actor, customers: list[UUID]) -> dict[UUID, Decimal]:
    rows = Obligation.objects.filter(
        company_id=actor.company_id,
        customer_id__in=customers,
        status=Obligation.Status.OPEN,
        currency=actor.company.base_currency,
    )
    totals = rows.order_by().values("customer_id").annotate(total=Sum("outstanding"))
    return {row["customer_id"]: row["total"] for row in totals}


def _unallocated(actor: Actor, customer_id: UUID) -> Decimal:
    payments = Payment.objects.filter(
        company_id=actor.company_id,
        customer_id=customer_id,
        status=Payment.Status.POSTED,
        currency=actor.company.base_currency,
        unallocated__gt=0,
    )
    total: Decimal | None = payments.aggregate(total=Sum("unallocated"))["total"]
    return total if total is not None else ZERO
