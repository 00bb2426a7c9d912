"""A small fleet for tests: one driver on one lease of north, made by the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Driver, Lease, Medallion, Vehicle
from batconnect.directory.services import add_customer, add_driver, add_lease, add_medallion, add_vehicle


@dataclass(frozen=True)
class Fleet:
    """John Doe on LS-2054, as the first guide has him."""

    customer: Customer
    driver: Driver
    vehicle: Vehicle
    medallion: Medallion
    lease: Lease


def make_driver(
    actor: Actor, *, name: str = "John Doe", number: str = "DRV-101", tlc_license: str = "00504124"
) -> Driver:
    """A customer who is a driver."""
    customer = add_customer(actor=actor, name=name)
    return add_driver(
        actor=actor, customer=customer, driver_id=number, tlc_license=tlc_license, status="Active"
    )


def make_fleet(actor: Actor, *, started_on: date = date(2024, 1, 1)) -> Fleet:
    """The whole of it; `actor` needs `directory.change`."""
    driver = make_driver(actor)
    vehicle = add_vehicle(actor=actor, plate_no="8SAM401", vin="4T1BF1FK5HU123456")
    medallion = add_medallion(actor=actor, medallion_no="1P43")
    lease = add_lease(
        actor=actor,
        lease_id="LS-2054",
        medallion=medallion,
        vehicle=vehicle,
        weekly_amount=Decimal("500.00"),
        started_on=started_on,
        primary_driver=driver,
    )
    return Fleet(driver.customer, driver, vehicle, medallion, lease)
