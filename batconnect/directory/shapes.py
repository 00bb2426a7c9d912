"""Drivers and leases as the steps of every flow show them: the shapes of docs/seeds.md#interim-payments."""

from __future__ import annotations

from typing import Any

from batconnect.core.api.answers import Answer, Text, Whole
from batconnect.directory.models import Driver, Lease


class DriverShape(Answer):
    """A driver with the customer's contact data."""

    id = Whole(101)
    driver_id = Text("DRV-101")
    full_name = Text("John Doe")
    status = Text("Active")
    tlc_license = Text("00504124")
    phone = Text("(212) 555-8000")
    email = Text("joedoe@ifsd.com")


class LeaseShape(Answer):
    """A lease with its medallion and vehicle."""

    lease_id_pk = Whole(2054)
    lease_id = Text("LS-2054")
    medallion_no = Text("1P43")
    plate_no = Text("8SAM401")
    vin = Text("4TALWRZV6YW122447")


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
