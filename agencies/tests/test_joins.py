"""To whom rows belong: by plate, tag, medallion or license and the day, or why they wait."""

from __future__ import annotations

from datetime import date, timedelta

from agencies.models import AgencyRow
from agencies.services.known import add_known_vehicle
from agencies.services.proposing import propose_for
from agencies.tests.builders import (
    EZPASS,
    PVB,
    TRIPS,
    csv_of,
    found_wrong,
    row_of,
    take,
    toll,
    trip,
    violation,
)
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Lease, LeaseDriver, Vehicle
from ledger.models import Obligation
from ledger.tests.settlement.builders import make_driver

DAY = "11/03/2025"


def _why() -> dict[str, str]:
    return {row.reference: row.why for row in AgencyRow.objects.all()}


def test_a_plate_that_two_vehicles_had_in_the_week_waits_until_it_is_remembered(manager: Actor) -> None:
    first, second = make_driver(manager), make_driver(manager, number=2, name="Jane Roe")
    Vehicle.objects.filter(pk=first.lease.vehicle_id).update(plate_no="NEW1")
    Vehicle.objects.filter(pk=second.lease.vehicle_id).update(plate_no="1SAM401")
    yesterday = today(manager.company) - timedelta(days=1)
    text = f"{yesterday:%m/%d/%Y}"

    take(manager, csv_of(EZPASS, toll("T1", text, "1SAM401"), toll("T2", text, "NEW1")))
    add_known_vehicle(
        actor=manager, mark="plate", text="1SAM401", vehicle_id=second.lease.vehicle_id, from_on=yesterday
    )
    take(manager, csv_of(EZPASS, toll("T3", text, "1SAM401")))

    assert _why() == {"T1": "two_vehicles", "T2": "", "T3": ""}
    assert row_of("T3").driver_id == second.driver.id


def test_two_leases_of_a_day_wait(manager: Actor) -> None:
    debtor = make_driver(manager)
    lease = debtor.lease
    LeaseDriver.objects.filter(lease=lease).update(until_on=date(2025, 11, 3))
    Lease.objects.filter(pk=lease.pk).update(status="Ended", ended_on=date(2025, 11, 3))
    again = Lease.objects.create(
        company_id=manager.company_id,
        lease_id="LS-9001",
        medallion=lease.medallion,
        vehicle=lease.vehicle,
        weekly_amount=lease.weekly_amount,
        started_on=date(2025, 11, 3),
    )
    LeaseDriver.objects.create(
        company_id=manager.company_id, lease=again, driver=debtor.driver, from_on=date(2025, 11, 3)
    )

    take(
        manager,
        csv_of(
            EZPASS,
            toll("T1", "11/02/2025", "1SAM401"),
            toll("T2", DAY, "1SAM401"),
            toll("T3", "11/04/2025", "1SAM401"),
        ),
    )

    assert _why() == {"T1": "", "T2": "two_leases", "T3": ""}
    assert (row_of("T1").lease_id, row_of("T3").lease_id) == (lease.pk, again.pk)
    proposals = propose_for(actor=manager, rows=[row_of("T2")])[row_of("T2").id]
    assert {each.lease.lease_id for each in proposals} == {"LS-2054", "LS-9001"}


def test_what_contradicts_itself_waits(manager: Actor) -> None:
    make_driver(manager)
    make_driver(manager, number=2, name="Jane Roe")
    headings = (*TRIPS, "Plate")

    take(
        manager,
        csv_of(headings, (*trip("1", "1P43", "504124", f"{DAY} 08:00"), "2SAM401")),
        layout=_with_plate(manager),
    )

    assert _why() == {"1": "contradiction"}


def _with_plate(manager: Actor) -> str:
    from agencies.rules.layouts import READY
    from agencies.services.layouts import add_layout

    columns = {**READY[0].form.columns, "plate": "Plate"}
    layout = add_layout(actor=manager, kind="trips", name="Trips with plates", agency="CURB", columns=columns)
    return str(layout.id)


def test_a_day_without_a_driver_waits(manager: Actor) -> None:
    debtor = make_driver(manager)
    LeaseDriver.objects.filter(lease=debtor.lease).update(until_on=date(2025, 11, 2))

    take(manager, csv_of(PVB, violation("8801", "11/02/2025", "1SAM401"), violation("8802", DAY, "1SAM401")))

    assert _why() == {"8801": "", "8802": "no_driver"}


def test_a_toll_is_the_primary_drivers_where_others_drive_too(manager: Actor) -> None:
    debtor, other = make_driver(manager), make_driver(manager, number=2, name="Jane Roe")
    LeaseDriver.objects.create(
        company_id=manager.company_id,
        lease=debtor.lease,
        driver=other.driver,
        role="Additional",
        from_on=debtor.lease.started_on,
    )

    take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401")))

    assert row_of("T1").driver_id == debtor.driver.id


def test_a_number_that_was_charged_by_hand_is_the_same_or_waits(manager: Actor) -> None:
    from ledger.chart import Category
    from ledger.services import Charge, enter_charges

    debtor = make_driver(manager)
    for number, amount in (("T1", "6.94"), ("T2", "9.00")):
        charge = Charge(
            category=Category.EZPASS,
            reference_id=number,
            amount=Obligation._meta.get_field("original").to_python(amount),
            due_date=date(2025, 11, 3),
            driver_id=debtor.driver.pk,
            lease_id=debtor.lease.pk,
        )
        enter_charges(actor=manager, charges=[charge])

    take(manager, csv_of(EZPASS, toll("T1", DAY, "1SAM401"), toll("T2", DAY, "1SAM401")))

    assert (row_of("T1").state, row_of("T2").why) == ("done", "reference_taken")
    assert Obligation.objects.count() == 2
    assert found_wrong(manager) == []


def test_a_day_of_february_is_read_as_it_is(manager: Actor) -> None:
    make_driver(manager)

    received = take(
        manager, csv_of(EZPASS, toll("T1", "02/29/2024", "1SAM401"), toll("T2", "02/29/2025", "1SAM401"))
    )

    assert (str(row_of("T1").day), received.failed_lines) == ("2024-02-29", 1)
