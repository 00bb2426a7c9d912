"""Drivers and leases as the steps of every flow show them: the shapes of docs/seeds.md#interim-payments."""

from __future__ import annotations

from typing import Any

from batconnect.core.api.answers import Answer, Text, Whole
from batconnect.directory.models import Driver, Lease


class NamedDriver(Answer):
    """A driver as documents name one."""

    id = Whole(101)
    driver_id = Text("DRV-101")
    full_name = Text("John Doe")
    tlc_license = Text("00504124")


class OnLease(Answer):
    """The lease and the medallion of what happened on it."""

    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    medallion_no = Text("1P43")


def driver_shape(driver: Driver) -> dict[str, Any]:
    """A driver with the customer's contact data; the customer is loaded."""
    return {
        "id": driver.pk,
        "driver_id": driver.driver_id,
        "full_name": driver.customer.name,
        "status": driver.status,
        "tlc_license": driver.tlc_license,
        "phone": driver.customer.phone,
        "email": driver.customer.email,
    }


def lease_shape(lease: Lease) -> dict[str, Any]:
    """A lease with its medallion and vehicle, which are loaded."""
    return {
        "lease_id_pk": lease.pk,
        "lease_id": lease.lease_id,
        "medallion_no": lease.medallion.medallion_no,
        "plate_no": lease.vehicle.plate_no,
        "vin": lease.vehicle.vin,
    }
