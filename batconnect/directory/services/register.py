"""Customers, drivers, vehicles and medallions."""

from __future__ import annotations

from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Driver, Medallion, Vehicle
from batconnect.directory.services.writing import PERMISSION, add_row, change_row


class CustomerValues(TypedDict, total=False):
    """The fields of a customer; `external_reference` is unique in the company, "" means none."""

    name: str
    email: str
    phone: str
    address: str
    external_reference: str | None


class DriverValues(TypedDict, total=False):
    """The fields of a driver besides the customer."""

    driver_id: str
    tlc_license: str
    status: str


class VehicleValues(TypedDict, total=False):
    """The fields of a vehicle."""

    plate_no: str
    vin: str
    make: str
    model: str
    year: int | None


@transaction.atomic
def add_customer(*, actor: Actor, **values: Unpack[CustomerValues]) -> Customer:
    """Add a customer. Raises NotAllowed, InvalidInput, AlreadyInUse (external reference)."""
    actor.require(PERMISSION)
    return add_row(Customer, actor=actor, values=_reference_or_none(values))


@transaction.atomic
def change_customer(*, actor: Actor, customer_id: UUID, **values: Unpack[CustomerValues]) -> Customer:
    """Change the given fields of a customer. Raises NotAllowed, UnknownEntry, InvalidInput, AlreadyInUse."""
    actor.require(PERMISSION)
    return change_row(Customer, key=customer_id, values=_reference_or_none(values))


@transaction.atomic
def add_driver(*, actor: Actor, customer: Customer, **values: Unpack[DriverValues]) -> Driver:
    """Make a customer a driver. Raises NotAllowed, InvalidInput, AlreadyInUse (customer, number, license)."""
    actor.require(PERMISSION)
    return add_row(Driver, actor=actor, values={"customer": customer, **values})


@transaction.atomic
def change_driver(*, actor: Actor, driver_pk: int, **values: Unpack[DriverValues]) -> Driver:
    """Change the given fields of a driver. Raises NotAllowed, UnknownEntry, InvalidInput, AlreadyInUse."""
    actor.require(PERMISSION)
    return change_row(Driver, key=driver_pk, values=values)


@transaction.atomic
def add_vehicle(*, actor: Actor, **values: Unpack[VehicleValues]) -> Vehicle:
    """Add a vehicle. Raises NotAllowed, InvalidInput, AlreadyInUse (VIN, plate)."""
    actor.require(PERMISSION)
    return add_row(Vehicle, actor=actor, values=values)


@transaction.atomic
def change_vehicle(*, actor: Actor, vehicle_pk: int, **values: Unpack[VehicleValues]) -> Vehicle:
    """Change the given fields of a vehicle. Raises NotAllowed, UnknownEntry, InvalidInput, AlreadyInUse."""
    actor.require(PERMISSION)
    return change_row(Vehicle, key=vehicle_pk, values=values)


@transaction.atomic
def add_medallion(*, actor: Actor, medallion_no: str) -> Medallion:
    """Add a medallion. Raises NotAllowed, InvalidInput, AlreadyInUse (number)."""
    actor.require(PERMISSION)
    return add_row(Medallion, actor=actor, values={"medallion_no": medallion_no})


@transaction.atomic
def change_medallion(*, actor: Actor, medallion_pk: int, medallion_no: str) -> Medallion:
    """Correct a medallion's number. Raises NotAllowed, UnknownEntry, InvalidInput, AlreadyInUse."""
    actor.require(PERMISSION)
    return change_row(Medallion, key=medallion_pk, values={"medallion_no": medallion_no})


def _reference_or_none(values: CustomerValues) -> CustomerValues:
    if "external_reference" in values:
        values = {**values, "external_reference": (values["external_reference"] or "").strip() or None}
    return values
