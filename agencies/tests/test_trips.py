"""Trips become weekly earnings by lease and driver, with their fees; what is held of them are taxes."""

from __future__ import annotations

from decimal import Decimal

from agencies.models import AgencyImportLine, AgencyRow, TripWeek
from agencies.tests.builders import TRIPS, csv_of, found_wrong, row_of, take, trip
from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import LeaseDriver
from ledger.models import Obligation
from ledger.settlement.models import LeaseEarning
from ledger.tests.settlement.builders import at, make_driver, settle, settle_from

CAB, LICENSE = "1P43", "504124"


def _earned() -> list[tuple[str, str, str]]:
    rows = LeaseEarning.objects.order_by("week", "kind", "reference")
    return [(each.kind, str(each.week), str(each.gross)) for each in rows]


def test_trips_become_the_gross_of_their_week_with_fees_and_taxes(manager: Actor) -> None:
    debtor = make_driver(manager)

    received = take(
        manager,
        csv_of(
            TRIPS,
            trip("1", CAB, LICENSE, "11/03/2025 08:00", "11/03/2025 08:20"),
            trip("2", CAB, LICENSE, "11/04/2025 08:00", "11/04/2025 08:20", way="Cash", fee=""),
            trip("3", CAB, LICENSE, "11/09/2025 00:10", "11/09/2025 00:20"),
        ),
    )

    assert (received.status, received.new_lines) == ("completed", 3)
    assert _earned() == [
        ("card_fee", "2025-11-02", "-1.40"),
        ("gross", "2025-11-02", "28.00"),
        ("card_fee", "2025-11-09", "-1.40"),
        ("gross", "2025-11-09", "28.00"),
    ]
    taxes = Obligation.objects.filter(category="TAXES").order_by("due_date")
    assert [(str(each.due_date), each.original) for each in taxes] == [
        ("2025-11-09", Decimal("8.00")),
        ("2025-11-16", Decimal("4.00")),
    ]
    assert {each.customer_id for each in taxes} == {debtor.customer.id}
    assert found_wrong(manager) == []


def test_a_trip_at_midnight_of_saturday_belongs_to_the_day_on_which_it_began(manager: Actor) -> None:
    make_driver(manager)

    take(manager, csv_of(TRIPS, trip("1", CAB, LICENSE, "11/08/2025 23:50", "11/09/2025 00:20")))

    assert str(row_of("1").day) == "2025-11-08"
    assert str(TripWeek.objects.get().week) == "2025-11-02"


def test_both_hours_of_the_autumn_night_count(manager: Actor) -> None:
    make_driver(manager)

    take(
        manager,
        csv_of(
            TRIPS,
            trip("1", CAB, LICENSE, "11/02/2025 01:30", "11/02/2025 01:40"),
            trip("2", CAB, LICENSE, "11/02/2025 01:30", "11/02/2025 01:40"),
            trip("3", CAB, LICENSE, "11/02/2025 01:50", "11/02/2025 01:10"),
            trip("4", CAB, LICENSE, "11/02/2025 03:50", ""),
        ),
    )

    assert TripWeek.objects.get().trips == 4
    crossing = row_of("3")
    assert crossing.ended_at is not None
    assert (crossing.ended_at - crossing.happened_at).total_seconds() == 20 * 60
    assert row_of("4").ended_at is None


def test_a_late_trip_is_an_adjustment_of_its_settled_week(manager: Actor) -> None:
    make_driver(manager)
    with at("2025-11-04"):
        take(manager, csv_of(TRIPS, trip("1", CAB, LICENSE, "11/03/2025 08:00")))
    job = settle_from("2025-11-02")
    with at("2025-11-09", "09:00"):
        settle(job, "2025-11-02")

    with at("2025-11-10"):
        take(manager, csv_of(TRIPS, trip("2", CAB, LICENSE, "11/05/2025 08:00")))

    late = LeaseEarning.objects.get(kind="adjustment")
    assert (str(late.week), late.gross, late.dtr_id) == ("2025-11-02", Decimal("28.00"), None)
    assert late.reference == f"TRIPS-{late.lease_id}-20251102-{late.driver_id}-2"
    assert row_of("2").is_late
    assert found_wrong(manager) == []


def test_trips_beside_earnings_that_somebody_typed_wait(manager: Actor) -> None:
    debtor = make_driver(manager)
    from ledger.tests.settlement.builders import earn

    earn(manager, debtor, "2025-11-02", "900.00")

    take(manager, csv_of(TRIPS, trip("1", CAB, LICENSE, "11/03/2025 08:00")))

    row = row_of("1")
    assert (row.state, row.why) == ("waiting", "week_entered")
    assert _earned() == [("gross", "2025-11-02", "900.00")]


def test_a_trip_without_its_driver_waits_where_two_drive(manager: Actor) -> None:
    debtor, other = make_driver(manager), make_driver(manager, number=2, name="Jane Roe")
    LeaseDriver.objects.create(
        company_id=manager.company_id,
        lease=debtor.lease,
        driver=other.driver,
        role="Additional",
        from_on=debtor.lease.started_on,
    )

    take(
        manager,
        csv_of(
            TRIPS,
            trip("1", CAB, "", "11/03/2025 08:00"),
            trip("2", CAB, "504125", "11/03/2025 09:00"),
            trip("3", "2P43", LICENSE, "11/03/2025 09:00"),
            trip("4", CAB, "999999", "11/03/2025 09:00"),
        ),
    )

    assert {row.reference: row.why for row in AgencyRow.objects.all()} == {
        "1": "two_drivers",
        "2": "",
        "3": "not_on_lease",
        "4": "unknown_driver",
    }
    assert row_of("2").driver_id == other.driver.id


def test_what_is_wrong_with_trips_is_said_of_each(manager: Actor) -> None:
    make_driver(manager)

    received = take(
        manager,
        csv_of(
            TRIPS,
            trip("1", CAB, LICENSE, "11/03/2025 08:00", tip="-4.00", total="20.00"),
            trip("2", CAB, LICENSE, "02/29/2025 08:00"),
            trip("3", CAB, LICENSE, "02/29/2024 08:00"),
            trip("4", CAB, LICENSE, "11/03/2025 08:00", total="30.00"),
            trip("5", CAB, LICENSE, "11/03/2025 08:00", "11/03/2025 07:00"),
            trip("6", CAB, LICENSE, "11/03/2025 08:00", way="Dispute"),
            trip("7", CAB, LICENSE, "11/03/2025 08:00", way="Beads"),
            trip("8", CAB, LICENSE, ""),
            trip("9", CAB, LICENSE, "11/03/2099 08:00"),
        ),
    )

    assert (received.status, received.failed_lines, received.skipped_lines) == ("completed_with_errors", 7, 1)
    wrong = AgencyImportLine.objects.filter(status="failed").order_by("line_no")
    assert [(each.line_no, each.error_field, each.error_code) for each in wrong] == [
        (2, "tip", "negative_amount"),
        (3, "start", "not_a_date"),
        (5, "total", "total_differs"),
        (6, "end", "ends_before_start"),
        (8, "payment_type", "unknown_choice"),
        (9, "start", "required"),
        (10, "start", "date_in_future"),
    ]
