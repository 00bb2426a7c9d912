"""Leases and their drivers over time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from batconnect.core.database.history import FieldChange, history_of
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.directory.errors import AlreadyInUse, LeaseHasEnded
from batconnect.directory.models import Lease, LeaseDriver, LeaseRate
from batconnect.directory.querysets import active_leases_of, primary_driver_on, primary_leases_of
from batconnect.directory.services import (
    add_lease,
    add_lease_driver,
    change_lease,
    change_primary_driver,
    end_lease,
    end_lease_driver,
    set_lease_rate,
)
from batconnect.directory.tests.builders import Fleet, make_driver
from tests.digest import assert_nothing_written

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


def test_refuses_a_primary_driver_before_the_lease_began(fleet: Fleet, manager: Actor) -> None:
    other = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")

    with pytest.raises(InvalidInput):
        change_primary_driver(
            actor=manager, lease_pk=fleet.lease.pk, driver=other, from_on=date(2023, 12, 31)
        )

    assert list(LeaseDriver.objects.values_list("driver_id", "until_on")) == [(fleet.driver.pk, None)]


def test_of_two_changes_on_a_day_the_last_counts(fleet: Fleet, manager: Actor) -> None:
    ann = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")
    bob = make_driver(manager, name="Bob", number="DRV-3", tlc_license="3")

    for driver in (ann, bob, fleet.driver, ann):
        change_primary_driver(actor=manager, lease_pk=fleet.lease.pk, driver=driver, from_on=DAY)

    before, after = date(2025, 5, 31), date(2026, 1, 1)
    assert primary_driver_on(fleet.lease.pk, day=before).driver == fleet.driver
    assert primary_driver_on(fleet.lease.pk, day=DAY).driver == ann
    assert primary_driver_on(fleet.lease.pk, day=after).driver == ann
    assert list(primary_leases_of(bob.pk, on=DAY)) == []
    assert list(LeaseDriver.objects.filter(driver=bob).values_list("from_on", "until_on")) == [(DAY, before)]


def test_an_additional_driver_comes_and_goes(fleet: Fleet, manager: Actor) -> None:
    ann = make_driver(manager, name="Ann", number="DRV-2", tlc_license="2")

    add_lease_driver(actor=manager, lease_pk=fleet.lease.pk, driver=ann, from_on=DAY)
    with pytest.raises(InvalidInput, match="drives on LS-2054"):
        add_lease_driver(actor=manager, lease_pk=fleet.lease.pk, driver=ann, from_on=date(2025, 7, 1))
    end_lease_driver(actor=manager, lease_pk=fleet.lease.pk, driver=ann, until_on=date(2025, 6, 30))

    assert list(active_leases_of(ann.pk, on=date(2025, 6, 30))) == [fleet.lease]
    assert list(active_leases_of(ann.pk, on=date(2025, 7, 1))) == []
    assert primary_driver_on(fleet.lease.pk, day=DAY).driver == fleet.driver


class TestRates:
    """What a lease costs, from which day."""

    def rates(self) -> list[tuple[str, str, str]]:
        rows = LeaseRate.objects.order_by("from_on").values_list("from_on", "weekly_amount", "entered_by")
        return [(str(day), str(amount), who) for day, amount, who in rows]

    def test_a_lease_has_its_rate_from_the_first_day(self, fleet: Fleet) -> None:
        assert self.rates() == [("2024-01-01", "500.00", "")]

    def test_a_rate_counts_from_its_day_on(self, fleet: Fleet, manager: Actor) -> None:
        for day, amount in ((DAY, "600.00"), (date(2025, 3, 1), "550.00"), (DAY, "610.00")):
            set_lease_rate(actor=manager, lease_pk=fleet.lease.pk, from_on=day, weekly_amount=Decimal(amount))

        assert self.rates() == [
            ("2024-01-01", "500.00", ""),
            ("2025-03-01", "550.00", manager.name),
            ("2025-06-01", "610.00", manager.name),
        ]
        assert Lease.objects.get().weekly_amount == Decimal("610.00")

    def test_the_same_rate_again_changes_nothing(self, fleet: Fleet, manager: Actor) -> None:
        with assert_nothing_written():
            set_lease_rate(
                actor=manager, lease_pk=fleet.lease.pk, from_on=DAY, weekly_amount=Decimal("500.00")
            )

    def test_a_changed_amount_is_the_rate_from_today_on(self, fleet: Fleet, manager: Actor) -> None:
        change_lease(actor=manager, lease_pk=fleet.lease.pk, weekly_amount=Decimal("450.00"))

        assert self.rates()[1] == (str(today(manager.company)), "450.00", manager.name)

    @pytest.mark.parametrize(("day", "amount"), [(date(2023, 12, 31), "500.00"), (DAY, "-0.01")])
    def test_refuses_impossible_rates(self, fleet: Fleet, manager: Actor, day: date, amount: str) -> None:
        with assert_nothing_written(), pytest.raises(InvalidInput):
            set_lease_rate(actor=manager, lease_pk=fleet.lease.pk, from_on=day, weekly_amount=Decimal(amount))


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
