"""What was received in a period, by method."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from payments.services.reports import payment_report
from payments.services.voids import void_payment
from payments.tests.billing import allocate, bill, make_customer, receive


def _receive(manager: Actor) -> None:
    customer = make_customer(manager)
    payment = receive(manager, customer, "80.00")
    allocate(manager, payment, (bill(manager, customer, "100.00"), "50.00"))
    undone = receive(manager, customer, "7.00")
    void_payment(actor=manager, payment_id=undone.id, reason="Entered twice by mistake")
    receive(manager, customer, "5.00", currency="EUR")


def test_adds_up_per_method_and_currency(manager: Actor) -> None:
    _receive(manager)
    day = today(manager.company)

    rows = payment_report(actor=manager, first=day, last=day)

    assert [
        (
            row.currency,
            row.label,
            row.count,
            *map(str, (row.received, row.applied, row.unallocated, row.voided)),
        )
        for row in rows
    ] == [
        ("EUR", "Bank transfer", 1, "5.00", "0.00", "5.00", "0.00"),
        ("USD", "Bank transfer", 1, "80.00", "50.00", "30.00", "7.00"),
    ]


def test_leaves_out_other_days(manager: Actor) -> None:
    _receive(manager)
    before = today(manager.company) - timedelta(days=1)

    assert payment_report(actor=manager, first=before, last=before) == []


@pytest.mark.parametrize("kind", ["table", "csv"])
def test_prints_it(manager: Actor, kind: str) -> None:
    _receive(manager)
    out = StringIO()

    call_command("payment_report", company="North Taxi", format=kind, stdout=out)

    assert "Bank transfer" in out.getvalue()
    assert "80.00" in out.getvalue()


def test_refuses_days_the_wrong_way_round(manager: Actor) -> None:
    with pytest.raises(CommandError, match="is after"):
        call_command(
            "payment_report", "--company", "North Taxi", "--from", "2025-02-01", "--to", "2025-01-31"
        )


def test_sums_exactly(manager: Actor) -> None:
    customer = make_customer(manager)
    for _ in range(3):
        receive(manager, customer, "0.10")
    day = today(manager.company)

    (row,) = payment_report(actor=manager, first=day, last=day)

    assert row.received == Decimal("0.30")
