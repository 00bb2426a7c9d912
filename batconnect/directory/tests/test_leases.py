"""Leases and their drivers over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from batconnect.core.database.history import FieldChange, history_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.errors import AlreadyInUse, LeaseHasEnded
from batconnect.directory.models import Lease, LeaseDriver
from batconnect.directory.querysets import primary_driver_on, primary_leases_of
from batconnect.directory.services import (
    add_lease,
    add_lease_driver,
    change_lease,
    change_primary_driver,
    end_lease,
)
from batconnect.directory.tests.builders import Fleet, make_driver

DAY = date(2025, 6, 1)


def test_finds_the_leases_of_a_primary_driver(fleet: Fleet, manager: Actor) -> None:
    helper = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")
    add_lease_driver(actor=manager, lease_pk=fleet.lease.pk, driver=helper, from_on=DAY)

    leases = list(primary_leases_of(fleet.driver.pk, on=DAY))

    assert leases == [fleet.lease]
    assert list(primary_leases_of(helper.pk, on=DAY)) == []
    assert list(primary_leases_of(fleet.driver.pk, on=date(2023, 12, 31))) == []


def test_changes_the_primary_driver_from_a_day_on(fleet: Fleet, manager: Actor) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")

    change_primary_driver(actor=manager, lease_pk=fleet.lease.pk, driver=other, from_on=DAY)

    assert primary_driver_on(fleet.lease.pk, day=date(2025, 5, 31)).driver == fleet.driver
    assert primary_driver_on(fleet.lease.pk, day=DAY).driver == other
    assert list(primary_leases_of(fleet.driver.pk, on=DAY)) == []
    assert list(primary_leases_of(other.pk, on=DAY)) == [fleet.lease]


@pytest.mark.parametrize("from_on", [date(2024, 1, 1), date(2023, 12, 31)])
def test_refuses_a_primary_driver_before_the_earlier_one_began(
    fleet: Fleet, manager: Actor, from_on: date
) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")

    with pytest.raises(InvalidInput):
        change_primary_driver(actor=manager, lease_pk=fleet.lease.pk, driver=other, from_on=from_on)

    assert list(LeaseDriver.objects.values_list("driver_id", "until_on")) == [(fleet.driver.pk, None)]


def test_ends_a_lease_with_its_drivers(fleet: Fleet, manager: Actor) -> None:
    end_lease(actor=manager, lease_pk=fleet.lease.pk, ended_on=DAY)

    lease = Lease.objects.get()
    assert (lease.status, lease.ended_on) == ("Ended", DAY)
    assert LeaseDriver.objects.get().until_on == DAY
    assert list(primary_leases_of(fleet.driver.pk, on=DAY)) == []
    assert FieldChange("status", "Active", "Ended") in history_of(lease)[0].fields


@pytest.mark.parametrize("ended_on", [date(2023, 12, 31)])
def test_refuses_to_end_a_lease_before_it_began(fleet: Fleet, manager: Actor, ended_on: date) -> None:
    with pytest.raises(InvalidInput):
        end_lease(actor=manager, lease_pk=fleet.lease.pk, ended_on=ended_on)

    assert Lease.objects.get().status == "Active"


def test_refuses_to_touch_an_ended_lease(fleet: Fleet, manager: Actor) -> None:
    end_lease(actor=manager, lease_pk=fleet.lease.pk, ended_on=DAY)

    with pytest.raises(LeaseHasEnded):
        change_lease(actor=manager, lease_pk=fleet.lease.pk, weekly_amount=Decimal("1.00"))
    with pytest.raises(LeaseHasEnded):
        end_lease(actor=manager, lease_pk=fleet.lease.pk, ended_on=DAY)

    assert Lease.objects.get().weekly_amount == Decimal("500.00")


def test_refuses_a_second_active_lease_of_a_medallion(fleet: Fleet, manager: Actor) -> None:
    with pytest.raises(AlreadyInUse) as caught:
        add_lease(
            actor=manager,
            lease_id="LS-2",
            medallion=fleet.medallion,
            vehicle=fleet.vehicle,
            weekly_amount=Decimal("400.00"),
            started_on=DAY,
        )

    assert caught.value.errors[0].field == "medallion"
    assert Lease.objects.count() == 1


def test_opens_a_new_lease_when_the_old_one_has_ended(fleet: Fleet, manager: Actor) -> None:
    end_lease(actor=manager, lease_pk=fleet.lease.pk, ended_on=DAY)

    lease = add_lease(
        actor=manager,
        lease_id="LS-2",
        medallion=fleet.medallion,
        vehicle=fleet.vehicle,
        weekly_amount=Decimal("400.00"),
        started_on=DAY,
        primary_driver=fleet.driver,
    )

    assert list(primary_leases_of(fleet.driver.pk, on=DAY)) == [lease]
