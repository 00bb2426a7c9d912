"""Reads of the directory that have a name. Row-level security keeps each to the company of the context."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from batconnect.directory.models import Driver, Lease, LeaseDriver


def find_driver_by_license(tlc_license: str) -> Driver | None:
    """The driver who holds the TLC license, with the customer; None when nobody does."""
    return Driver.objects.select_related("customer").filter(tlc_license=tlc_license.strip()).first()


def primary_leases_of(driver_pk: int, *, on: date) -> QuerySet[Lease]:
    """The active leases of a primary driver on that day, by number (docs/domain.md#interim-payments)."""
    return (
        Lease.objects.select_related("medallion", "vehicle")
        .filter(
            Q(lease_drivers__until_on__isnull=True) | Q(lease_drivers__until_on__gte=on),
            status=Lease.Status.ACTIVE,
            lease_drivers__driver_id=driver_pk,
            lease_drivers__role=LeaseDriver.Role.PRIMARY,
            lease_drivers__from_on__lte=on,
        )
        .order_by("lease_id")
    )


def active_leases_of(driver_pk: int, *, on: date) -> QuerySet[Lease]:
    """The active leases that the driver drives on that day, in whatever role, by number."""
    return (
        Lease.objects.select_related("medallion", "vehicle")
        .filter(
            Q(lease_drivers__until_on__isnull=True) | Q(lease_drivers__until_on__gte=on),
            status=Lease.Status.ACTIVE,
            lease_drivers__driver_id=driver_pk,
            lease_drivers__from_on__lte=on,
        )
        .order_by("lease_id")
        .distinct()
    )


def primary_driver_on(lease_pk: int, *, day: date) -> LeaseDriver | None:
    """The lease's primary driver on a day (docs/domain.md#who-drove)."""
    return (
        LeaseDriver.objects.select_related("driver__customer")
        .filter(
            Q(until_on__isnull=True) | Q(until_on__gte=day),
            lease_id=lease_pk,
            role=LeaseDriver.Role.PRIMARY,
            from_on__lte=day,
        )
        .first()
    )


def leases_of_customer(customer_id: UUID) -> QuerySet[LeaseDriver]:
    """Every time a customer drove on a lease, newest first."""
    return (
        LeaseDriver.objects.select_related("lease__medallion", "lease__vehicle", "driver")
        .filter(driver__customer_id=customer_id)
        .order_by("-from_on", "-id")
    )
