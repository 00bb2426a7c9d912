"""Drivers, cars, medallions and leases of Big Apple Taxi, John Doe of docs/seeds.md#interim-payments among them.

Names and numbers are drawn with a fixed seed; dates hang on the day of loading.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import models

from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle

DRIVERS: Final = 110
JOHN_DOE: Final = 101
LEASE_OFFSET: Final = 1953
"""Driver 101 has lease 2054: every driver's lease is this much further."""
FORMER: Final = frozenset(range(8, DRIVERS, 14))
"""Drivers who have left; their leases ended."""
HELPED: Final = frozenset(range(5, DRIVERS, 18))
"""Drivers on whose lease the next driver drives too."""

_FIRST: Final = (
    "Mohammed Rajesh Carlos Wei Ahmed Jean Dmitri Kwame Luis Tenzin Abdul Marie Sergei Fatima Joseph "
    "Amadou Harpreet Miguel Olga Ibrahim Pierre Sanjay Ana Yusuf Grace Nikolai Samuel Lakshmi Omar Rosa"
)
_LAST: Final = (
    "Rahman Singh Alvarez Chen Hassan Baptiste Volkov Mensah Ortiz Sherpa Karim Toussaint Petrov Diallo "
    "Okeke Kaur Morales Ivanova Traore Dupont Patel Silva Demir Adeyemi Novak Haile Reddy Farouk "
    "Jimenez Costa Nguyen"
)
_CARS: Final = (
    ("Toyota", "Camry Hybrid"),
    ("Nissan", "NV200"),
    ("Ford", "Transit Connect"),
    ("Toyota", "Sienna"),
    ("Kia", "Niro"),
)
_WEEKLY: Final = (
    Decimal("265.00"),
    Decimal("420.00"),
    Decimal("500.00"),
    Decimal("575.00"),
    Decimal("640.00"),
)
_VIN_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"  # pragma: allowlist secret - letters
_PLATE_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"  # pragma: allowlist secret - letters


@dataclass(frozen=True, slots=True)
class Seat:
    """A driver with the lease on which he is the primary driver; `active` says whether both are."""

    driver: Driver
    lease: Lease
    active: bool


def add_fleet(*, actor: Actor, today: date) -> list[Seat]:
    """Insert all of it, table by table; returns the seats in the order of the drivers' numbers."""
    chance = random.Random("fleet")  # noqa: S311 - an example, not a secret
    tenant: dict[str, Any] = {"company_id": actor.company_id}
    customers, drivers, vehicles, medallions, leases = [], [], [], [], []
    for number in range(1, DRIVERS + 1):
        customer = Customer(**tenant, **_customer(number, chance))
        customers.append(customer)
        drivers.append(Driver(**tenant, **_driver(number), customer=customer))
        vehicles.append(Vehicle(**tenant, id=number, **_vehicle(number, chance)))
        medallions.append(Medallion(**tenant, id=number, medallion_no=_medallion_no(number)))
        leases.append(
            Lease(
                **tenant,
                id=LEASE_OFFSET + number,
                lease_id=f"LS-{LEASE_OFFSET + number}",
                medallion=medallions[-1],
                vehicle=vehicles[-1],
                **_lease(number, today, chance),
            )
        )
    insert_many(customers)
    for rows in (drivers, vehicles, medallions, leases):
        _insert_with_ids(rows)
    seats = [
        Seat(driver, lease, number not in FORMER)
        for number, (driver, lease) in enumerate(zip(drivers, leases, strict=True), start=1)
    ]
    insert_many(_lease_drivers(tenant, seats))
    return seats


def _insert_with_ids(rows: list[Any]) -> None:
    """Insert rows that bring their integer keys along."""
    model: type[models.Model] = type(rows[0])
    model._default_manager.bulk_create(rows)


def _customer(number: int, chance: random.Random) -> dict[str, str]:
    first, last = chance.choice(_FIRST.split()), chance.choice(_LAST.split())
    if number == JOHN_DOE:
        return {"name": "John Doe", "phone": "(212) 555-8000", "email": "joedoe@ifsd.com"}
    return {
        "name": f"{first} {last}",
        "phone": f"({chance.choice((212, 347, 646, 718, 917))}) 555-{1000 + number:04d}",
        "email": f"{first}.{last}.{number}@example.com".lower(),
    }


def _driver(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "driver_id": f"DRV-{number:03d}",
        "tlc_license": "00504124" if number == JOHN_DOE else f"{5_400_000 + number * 731:08d}",
        "status": Driver.Status.INACTIVE if number in FORMER else Driver.Status.ACTIVE,
    }


def _vehicle(number: int, chance: random.Random) -> dict[str, Any]:
    make, model = chance.choice(_CARS)
    vin = "4T" + "".join(chance.choice(_VIN_LETTERS) for _ in range(9)) + f"{100_000 + number}"
    letter = chance.choice(_PLATE_LETTERS)
    plate = f"T{600_000 + number * 37 % 99_991}{letter}"
    if number == JOHN_DOE:
        vin, plate = "4TALWRZV6YW122447", "8SAM401"
    return {
        "vin": vin,
        "plate_no": plate,
        "make": make,
        "model": model,
        "year": chance.randint(2018, 2024),
    }


def _medallion_no(number: int) -> str:
    if number == JOHN_DOE:
        return "1P43"
    return f"{number % 9 + 1}{'ABCDEFGHJKLMN'[number % 13]}{10 + number % 89}"


def _lease(number: int, today: date, chance: random.Random) -> dict[str, Any]:
    weekly, age = chance.choice(_WEEKLY), chance.randint(200, 900)
    lease_type = Lease.Type.LONG_TERM if age > 320 else Lease.Type.SHORT_TERM
    values: dict[str, Any] = {"lease_type": lease_type, "weekly_amount": weekly}
    if number == JOHN_DOE:
        # On the road before the debts that the first guide dates to October 2024.
        return values | {"weekly_amount": Decimal("265.00"), "started_on": date(2023, 9, 3)}
    values["started_on"] = today - timedelta(days=age)
    if number in FORMER:
        values |= {"status": Lease.Status.ENDED, "ended_on": today - timedelta(days=20 + number % 25)}
    return values


def _lease_drivers(tenant: dict[str, Any], seats: list[Seat]) -> list[LeaseDriver]:
    rows = [
        LeaseDriver(
            **tenant,
            lease=seat.lease,
            driver=seat.driver,
            role=LeaseDriver.Role.PRIMARY,
            from_on=seat.lease.started_on,
            until_on=seat.lease.ended_on,
        )
        for seat in seats
    ]
    rows += [
        LeaseDriver(
            **tenant,
            lease=seats[number - 1].lease,
            driver=seats[number].driver,
            role=LeaseDriver.Role.ADDITIONAL,
            from_on=seats[number - 1].lease.started_on + timedelta(days=30),
        )
        for number in sorted(HELPED - FORMER)
        if number != JOHN_DOE
    ]
    return rows
