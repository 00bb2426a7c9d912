"""Customers, drivers, vehicles and medallions: adding, changing, refusing, and their history."""

from __future__ import annotations

from uuid import uuid4

import pytest

from batconnect.core.database.history import FieldChange, history_of
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotAllowed
from batconnect.directory.errors import AlreadyInUse, UnknownEntry
from batconnect.directory.models import Customer, Driver
from batconnect.directory.querysets import find_driver_by_license
from batconnect.directory.services import (
    add_customer,
    add_driver,
    change_customer,
    change_driver,
    change_medallion,
    change_vehicle,
)
from batconnect.directory.tests.builders import Fleet, make_driver
from tests.cast import NORTH, SOUTH


def test_adds_a_customer(manager: Actor) -> None:
    added = add_customer(actor=manager, name=" Ann Lee ", external_reference="")

    stored = Customer.objects.get()
    assert (stored.pk, stored.name, stored.external_reference, stored.company_id) == (
        added.pk,
        "Ann Lee",
        None,
        NORTH,
    )


def test_keeps_who_changed_what(manager: Actor) -> None:
    customer = add_customer(actor=manager, name="Ann", email="ann@example.com")

    change_customer(actor=manager, customer_id=customer.pk, name="Ann Lee")

    changed, added = history_of(customer)
    assert (changed.who, changed.what, changed.request_id) == ("manager", "changed", "test-request")
    assert changed.fields == (FieldChange("name", "Ann", "Ann Lee"),)
    assert (added.who, added.what) == ("manager", "added")
    assert FieldChange("email", "", "ann@example.com") in added.fields


def test_keeps_what_a_driver_a_vehicle_and_a_medallion_were(fleet: Fleet, manager: Actor) -> None:
    change_driver(actor=manager, driver_pk=fleet.driver.pk, status="Inactive")
    change_vehicle(actor=manager, vehicle_pk=fleet.vehicle.pk, plate_no="8SAM402")
    change_medallion(actor=manager, medallion_pk=fleet.medallion.pk, medallion_no="1P44")

    assert [history_of(each)[0].fields for each in (fleet.driver, fleet.vehicle, fleet.medallion)] == [
        (FieldChange("status", "Active", "Inactive"),),
        (FieldChange("plate", "8SAM401", "8SAM402"),),
        (FieldChange("medallion", "1P43", "1P44"),),
    ]


def test_writes_no_history_where_nothing_changed(manager: Actor) -> None:
    customer = add_customer(actor=manager, name="Ann")

    change_customer(actor=manager, customer_id=customer.pk, name="Ann")

    assert len(history_of(customer)) == 1


def test_refuses_without_the_right(cashier: Actor) -> None:
    with pytest.raises(NotAllowed, match=r"directory\.change"):
        add_customer(actor=cashier, name="Ann")

    assert not Customer.objects.exists()


def test_refuses_a_customer_without_name(manager: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_customer(actor=manager, name="  ", email="nowhere")

    assert {each.field for each in caught.value.errors} == {"name", "email"}
    assert not Customer.objects.exists()


def test_refuses_a_taken_license(fleet: Fleet, manager: Actor) -> None:
    customer = add_customer(actor=manager, name="Ann")

    with pytest.raises(AlreadyInUse) as caught:
        add_driver(actor=manager, customer=customer, driver_id="DRV-2", tlc_license="00504124")

    assert caught.value.errors[0].field == "tlc_license"
    assert Driver.objects.count() == 1


def test_refuses_another_companys_customer(manager: Actor, outsider: Actor) -> None:
    set_company(SOUTH, metadata={"job": "test"})
    theirs = add_customer(actor=outsider, name="Theirs")
    set_company(NORTH, metadata={"job": "test"})

    with pytest.raises(UnknownEntry):
        change_customer(actor=manager, customer_id=theirs.pk, name="Ours")
    with pytest.raises(InvalidInput):
        add_driver(actor=manager, customer=theirs, driver_id="DRV-1", tlc_license="1")

    assert not Driver.objects.exists()
    set_company(SOUTH, metadata={"job": "test"})
    assert Customer.objects.get().name == "Theirs"


def test_refuses_an_unknown_customer(manager: Actor) -> None:
    with pytest.raises(UnknownEntry):
        change_customer(actor=manager, customer_id=uuid4(), name="Ann")


def test_finds_a_driver_by_license(fleet: Fleet, manager: Actor) -> None:
    make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")

    driver = find_driver_by_license(" 00504124 ")

    assert driver == fleet.driver
    assert find_driver_by_license("unknown") is None
