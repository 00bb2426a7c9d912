"""The counter finds drivers by the one search."""

from __future__ import annotations

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from batconnect.directory.services import change_customer
from batconnect.directory.tests.builders import make_fleet
from console.counter.payers import find_drivers


def test_the_counter_finds_the_same(manager: Actor) -> None:
    fleet = make_fleet(manager)
    customer = Customer.objects.get(pk=fleet.driver.customer_id)
    change_customer(actor=manager, customer_id=customer.pk, phone="(646) 555-1043")
    vehicle, medallion, lease = fleet.lease.vehicle, fleet.lease.medallion, fleet.lease

    texts = [
        *("646 555 1043", customer.name[1:].lower(), vehicle.plate_no[1:], vehicle.vin[-6:]),
        *(medallion.medallion_no, lease.lease_id, lease.lease_id.replace("-", ""), lease.lease_id[-4:]),
        *(fleet.driver.driver_id, fleet.driver.tlc_license[-4:]),
    ]

    assert {text: [each.driver.pk for each in find_drivers(actor=manager, text=text)] for text in texts} == {
        text: [fleet.driver.pk] for text in texts
    }
