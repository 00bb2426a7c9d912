"""Raw SQL against each rule of the directory that the database keeps, as the runtime role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer, Lease, LeaseDriver
from batconnect.directory.tests.builders import Fleet, make_driver, make_fleet
from tests.cast import NORTH, SOUTH


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))


def refused(constraint: str, statement: str, *values: Any) -> None:
    """The statement breaks exactly this constraint."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run(statement, *values)
    assert caught.value.__cause__.diag.constraint_name == constraint


def inserted(table: str, values: dict[str, Any]) -> tuple[str, list[Any]]:
    places = ", ".join(["%s"] * len(values))
    return f"insert into {table} ({', '.join(values)}) values ({places})", list(values.values())


def insert_lease(number: str, fleet: Fleet, **columns: Any) -> tuple[str, list[Any]]:
    values: dict[str, Any] = {
        "company_id": NORTH,
        "lease_id": number,
        "lease_type": "Long term",
        "medallion_id": fleet.medallion.pk,
        "vehicle_id": fleet.vehicle.pk,
        "weekly_amount": "500.00",
        "status": "Active",
        "started_on": date(2025, 1, 1),
        **columns,
    }
    return inserted("leases", values)


def insert_time(fleet: Fleet, driver_pk: int, **columns: Any) -> tuple[str, list[Any]]:
    values: dict[str, Any] = {
        "company_id": NORTH,
        "lease_id": fleet.lease.pk,
        "driver_id": driver_pk,
        "role": "Primary",
        "from_on": date(2025, 1, 1),
        **columns,
    }
    return inserted("lease_drivers", values)


def test_refuses_a_second_active_lease_of_a_medallion(fleet: Fleet) -> None:
    statement, values = insert_lease("LS-2", fleet)

    refused("lease_one_active_per_medallion", statement, *values)

    assert Lease.objects.count() == 1


def test_takes_an_ended_lease_of_the_same_medallion(fleet: Fleet) -> None:
    statement, values = insert_lease("LS-2", fleet, status="Ended", ended_on=date(2025, 2, 1))

    run(statement, *values)

    assert Lease.objects.count() == 2


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"lease_id": "LS-2054", "status": "Ended", "ended_on": date(2025, 2, 1)}, "lease_number"),
        ({"status": "Ended", "ended_on": date(2024, 12, 31)}, "lease_ends_after_start"),
        ({"status": "Ended"}, "lease_ended_has_last_day"),
        (
            {"status": "Ended", "ended_on": date(2025, 2, 1), "weekly_amount": "-0.01"},
            "lease_weekly_amount_not_negative",
        ),
    ],
)
def test_refuses_an_impossible_lease(fleet: Fleet, columns: dict[str, Any], constraint: str) -> None:
    statement, values = insert_lease("LS-2", fleet, **columns)

    refused(constraint, statement, *values)

    assert Lease.objects.count() == 1


@pytest.mark.parametrize(
    ("column", "constraint", "foreign"),
    [
        ("medallion_id", "lease_medallion_key", lambda south: south.medallion.pk),
        ("vehicle_id", "lease_vehicle_key", lambda south: south.vehicle.pk),
    ],
)
def test_refuses_another_companys_id(
    outsider: Actor, manager: Actor, column: str, constraint: str, foreign: Callable[[Fleet], int]
) -> None:
    south, north = both_fleets(outsider, manager)
    statement, values = insert_lease(
        "LS-2", north, status="Ended", ended_on=date(2025, 2, 1), **{column: foreign(south)}
    )

    refused(constraint, statement, *values)

    assert Lease.objects.count() == 1


def test_refuses_another_companys_customer_as_driver(outsider: Actor, manager: Actor) -> None:
    south, _ = both_fleets(outsider, manager)

    refused(
        "driver_customer_key",
        "insert into drivers (company_id, customer_id, driver_id, tlc_license, status) values (%s, %s, %s, %s, %s)",
        NORTH,
        south.customer.pk,
        "DRV-9",
        "9",
        "Active",
    )


def both_fleets(outsider: Actor, manager: Actor) -> tuple[Fleet, Fleet]:
    """South's fleet and north's; the transaction is inside north afterwards."""
    set_company(SOUTH, metadata={"job": "test"})
    south = make_fleet(outsider)
    set_company(NORTH, metadata={"job": "test"})
    return south, make_fleet(manager)


@pytest.mark.parametrize(
    ("from_on", "until_on"),
    [
        (date(2024, 6, 1), date(2024, 6, 30)),
        (date(2023, 6, 1), date(2024, 1, 1)),
        (date(2030, 1, 1), date(2031, 1, 1)),
    ],
)
def test_refuses_two_primary_drivers_on_one_day(
    fleet: Fleet, manager: Actor, from_on: date, until_on: date
) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")
    statement, values = insert_time(fleet, other.pk, from_on=from_on, until_on=until_on)

    refused("lease_driver_one_primary", statement, *values)

    assert LeaseDriver.objects.count() == 1


def test_refuses_to_stretch_a_primary_drivers_time_over_another(fleet: Fleet, manager: Actor) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")
    run("update lease_drivers set until_on = %s", date(2024, 12, 31))
    statement, values = insert_time(fleet, other.pk, from_on=date(2025, 1, 1))
    run(statement, *values)

    refused(
        "lease_driver_one_primary",
        "update lease_drivers set until_on = %s where driver_id = %s",
        date(2025, 1, 1),
        fleet.driver.pk,
    )

    assert LeaseDriver.objects.get(driver=fleet.driver).until_on == date(2024, 12, 31)


def test_takes_additional_drivers_beside_the_primary(fleet: Fleet, manager: Actor) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")
    statement, values = insert_time(fleet, other.pk, role="Additional")

    run(statement, *values)

    assert LeaseDriver.objects.count() == 2


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("update customers set name = ''", "customer_has_name"),
        ("update lease_drivers set until_on = date '2023-12-30'", "lease_driver_ends_after_start"),
        ("update lease_rates set weekly_amount = -0.01", "lease_rate_not_negative"),
    ],
)
def test_refuses_impossible_values(fleet: Fleet, statement: str, constraint: str) -> None:
    refused(constraint, statement)

    assert Customer.objects.get().name == "John Doe"


def test_refuses_a_row_of_another_company(fleet: Fleet) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        run(
            "insert into customers (id, company_id, name, email, phone, address) values (%s, %s, 'X', '', '', '')",
            uuid4(),
            SOUTH,
        )

    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "statement", ["update customers_history set name = 'x'", "delete from customers_history"]
)
def test_refuses_to_change_history(fleet: Fleet, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(statement)

    assert fleet.customer.history.get().name == "John Doe"
