"""Tolls and violations from files: each is charged once, to whoever drove."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agencies.models import AgencyImportLine, AgencyRow
from agencies.tests.builders import EZPASS, PVB, csv_of, found_wrong, row_of, take, toll, violation
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.tests.settlement.builders import make_driver

NOVEMBER = "11/03/2025"


def test_charges_the_primary_driver_of_the_day(manager: Actor) -> None:
    debtor = make_driver(manager)

    received = take(
        manager, csv_of(EZPASS, toll("T1", NOVEMBER, "NY 1SAM401"), toll("T2", NOVEMBER, "1SAM401", "-9.11"))
    )

    assert (received.status, received.new_lines, received.amount) == ("completed", 2, Decimal("16.05"))
    charge = Obligation.objects.get(category="EZPASS", reference_id="T1")
    assert (charge.customer_id, charge.lease_id) == (debtor.customer.id, debtor.lease.id)
    assert (charge.original, str(charge.issue_date), str(charge.due_date)) == (
        Decimal("6.94"),
        "2025-11-03",
        "2025-11-03",
    )
    assert charge.description == "TOLL · MTAB&T · RFK on 2025-11-03"
    row = row_of("T1")
    assert (row.state, row.charged, row.obligation_id) == ("done", Decimal("6.94"), charge.id)
    assert found_wrong(manager) == []


def test_an_overlapping_file_adds_only_what_is_new(manager: Actor) -> None:
    make_driver(manager)
    take(manager, csv_of(EZPASS, toll("T1", NOVEMBER, "1SAM401"), toll("T2", NOVEMBER, "1SAM401")))

    received = take(manager, csv_of(EZPASS, toll("T2", NOVEMBER, "1SAM401"), toll("T3", NOVEMBER, "1SAM401")))

    assert (received.new_lines, received.repeated_lines) == (1, 1)
    assert Obligation.objects.filter(category="EZPASS").count() == 3
    assert found_wrong(manager) == []


def test_what_cannot_be_joined_waits_with_its_reason(manager: Actor) -> None:
    make_driver(manager, since="2025-11-02")

    take(
        manager,
        csv_of(
            EZPASS,
            toll("T1", NOVEMBER, "00599999999"),
            toll("T2", "10/03/2025", "1SAM401"),
            toll("T3", NOVEMBER, "UNKNOWN1"),
        ),
    )

    assert {row.reference: (row.state, row.why) for row in AgencyRow.objects.all()} == {
        "T1": ("waiting", "unknown_vehicle"),
        "T2": ("waiting", "no_lease"),
        "T3": ("waiting", "unknown_vehicle"),
    }
    assert not Obligation.objects.exists()


def test_a_penalty_raises_the_difference_and_a_reduction_is_a_memo(manager: Actor) -> None:
    make_driver(manager)
    take(manager, csv_of(PVB, violation("8801", NOVEMBER, "1SAM401")))

    take(manager, csv_of(PVB, violation("8801", NOVEMBER, "1SAM401", penalty="10.00")))
    take(manager, csv_of(PVB, violation("8801", NOVEMBER, "1SAM401", penalty="10.00", reduction="65.00")))
    again = take(manager, csv_of(PVB, violation("8801", NOVEMBER, "1SAM401", penalty="10.00")), force=True)

    assert Obligation.objects.get(reference_id="8801/P1").original == Decimal("10.00")
    charge = Obligation.objects.get(reference_id="8801")
    assert (charge.original, charge.credited, charge.outstanding) == (
        Decimal("65.00"),
        Decimal("65.00"),
        Decimal("0.00"),
    )
    assert again.repeated_lines == 1
    assert row_of("8801").amount == Decimal("10.00")
    assert found_wrong(manager) == []


def test_a_penalty_in_the_same_file_raises_the_difference(manager: Actor) -> None:
    make_driver(manager)

    received = take(
        manager,
        csv_of(
            PVB,
            violation("8801", NOVEMBER, "1SAM401"),
            violation("8801", NOVEMBER, "1SAM401", penalty="10.00"),
        ),
    )

    assert (received.new_lines, received.changed_lines) == (1, 1)
    raised = Obligation.objects.order_by("reference_id").values_list("reference_id", "original")
    assert list(raised) == [("8801", Decimal("65.00")), ("8801/P1", Decimal("10.00"))]
    assert found_wrong(manager) == []


def test_another_amount_is_a_conflict_that_charges_nothing(manager: Actor) -> None:
    make_driver(manager)
    take(manager, csv_of(EZPASS, toll("T1", NOVEMBER, "1SAM401")))

    received = take(manager, csv_of(EZPASS, toll("T1", NOVEMBER, "1SAM401", "-16.94")))

    assert received.changed_lines == 1
    change = row_of("T1").changes.get()
    assert (change.status, change.is_conflict, change.raised) == ("open", True, Decimal("10.00"))
    assert Obligation.objects.count() == 1
    line = AgencyImportLine.objects.get(import_file=received)
    assert line.error_message == "It cost 6.94 before, the file says 16.94."


@pytest.mark.parametrize("amount", ["4.00", "0.00"])
def test_money_in_is_no_toll(manager: Actor, amount: str) -> None:
    make_driver(manager)

    received = take(manager, csv_of(EZPASS, toll("T1", NOVEMBER, "1SAM401", amount)))

    assert (received.status, received.skipped_lines) == ("completed", 1)
    assert not AgencyRow.objects.exists()
