"""Reads of payments and of what they can be applied to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from batconnect.directory.models import Driver, Lease, LeaseDriver
from ledger.chart import Category
from ledger.models import Obligation
from payments.models import Allocation, Invoice, Payment

# Names that the model's own fields do not have, as annotations must.
INTERIM_ROW: Final = {
    "payment_number": F("payment__number"),
    "driver_name": F("payment__customer__name"),
    "tlc_license": F("payment__driver__tlc_license"),
    "lease_number": F("payment__lease__lease_id"),
    "lease_pk": F("payment__lease_id"),
    "medallion_no": F("payment__lease__medallion__medallion_no"),
    "category": F("obligation__category"),
    "reference_id": F("obligation__reference_id"),
    "allocated": F("amount"),
    "payment_date": F("payment__payment_date"),
    "payment_method": F("payment__method"),
    "allocation_status": F("status"),
}


def open_obligations_of_driver(
    *, company_id: UUID, customer_id: UUID, lease_pk: int | None = None
) -> QuerySet[Obligation]:
    """What the driver owes on the lease, or on all leases, with the lease (DOMAIN 5). What has no lease is not
    paid by interim payments."""
    found = Obligation.objects.select_related("lease").filter(
        company_id=company_id,
        customer_id=customer_id,
        status=Obligation.Status.OPEN,
        lease__isnull=False,
    )
    return found if lease_pk is None else found.filter(lease_id=lease_pk)


def payable_by_interim(*, customer_id: UUID, lease_pk: int, chosen: list[tuple[str, str]]) -> Q:
    """The lease's open obligations that an interim payment may touch: the chosen (category, reference) pairs, and
    every LEASE one, which takes the excess."""
    pairs = Q(category=Category.LEASE.value)
    for category, reference_id in chosen:
        pairs |= Q(category=category, reference_id=reference_id)
    return pairs & Q(customer_id=customer_id, lease_id=lease_pk, status=Obligation.Status.OPEN)


def find_driver(*, company_id: UUID, driver_pk: int) -> Driver | None:
    """The driver with the customer."""
    return Driver.objects.select_related("customer").filter(company_id=company_id, id=driver_pk).first()


def find_lease(*, company_id: UUID, lease: int | str) -> Lease | None:
    """The lease by key or number: 2054, `LS-2054`."""
    return Lease.objects.filter(_names_lease(lease), company_id=company_id).order_by("id").first()


def find_primary_driver(
    *, company_id: UUID, driver_pk: int, lease: int | str, on: date
) -> LeaseDriver | None:
    """The driver's time as primary driver on the active lease (key or number) that lasts on the day; with driver,
    customer, lease and medallion, in one statement."""
    return (
        LeaseDriver.objects.select_related("driver__customer", "lease__medallion")
        .filter(
            _names_lease(lease, "lease__"),
            Q(until_on__isnull=True) | Q(until_on__gte=on),
            company_id=company_id,
            driver_id=driver_pk,
            role=LeaseDriver.Role.PRIMARY,
            from_on__lte=on,
            lease__status=Lease.Status.ACTIVE,
        )
        .order_by("-from_on")
        .first()
    )


def _names_lease(lease: int | str, prefix: str = "") -> Q:
    text = str(lease).strip()
    by_number = Q(**{f"{prefix}lease_id__iexact": text})
    return by_number | Q(**{f"{prefix}id": int(text)}) if text.isascii() and text.isdecimal() else by_number


def interim_allocations(*, company_id: UUID) -> QuerySet[Allocation]:
    """The allocations of interim payments: the rows of the list (DOMAIN 5), to be filtered and counted."""
    return Allocation.objects.filter(
        company_id=company_id, payment__company_id=company_id, payment__kind=Payment.Kind.INTERIM
    )


def with_interim_columns(rows: QuerySet[Allocation]) -> QuerySet[Allocation, dict[str, Any]]:
    """The rows with every column of the list, as dicts.

    Interim payments name driver and lease by constraint, which the filters tell the planner: it may then begin
    with whichever table the list is sorted by.
    """
    return rows.filter(
        payment__driver__company_id=F("company_id"),
        payment__lease__company_id=F("company_id"),
    ).values(**INTERIM_ROW)


def interim_payment(*, company_id: UUID, number: str) -> Payment | None:
    """One interim payment by number, with whom and what it is about."""
    return (
        Payment.objects.select_related("customer", "driver", "lease__medallion")
        .filter(company_id=company_id, kind=Payment.Kind.INTERIM, number=number)
        .first()
    )


def allocations_of(payment: Payment) -> list[Allocation]:
    """Every allocation the payment ever fed, in the order they were made, with the obligations."""
    return list(
        Allocation.objects.select_related("obligation")
        .filter(company_id=payment.company_id, payment_id=payment.id)
        .order_by("id")
    )


def discount_terms(*, company_id: UUID, obligation_ids: Collection[UUID]) -> dict[UUID, tuple[Decimal, int]]:
    """Per obligation that has them, the invoice's early-payment terms (percent, days before the due date); in one
    statement. Terms never change, so they may be read before or after the obligations are locked."""
    rows = Invoice.objects.filter(
        company_id=company_id,
        obligation_id__in=list(obligation_ids),
        early_payment_discount_percent__isnull=False,
    ).values_list("obligation_id", "early_payment_discount_percent", "early_payment_discount_days")
    return {key: (percent, days) for key, percent, days in rows if percent is not None and days is not None}
