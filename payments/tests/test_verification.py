"""`verify_ledger` finds what does not add up in payments: a copy is corrupted as superuser."""

from __future__ import annotations

import pytest
from django.db import connection

from batconnect.core.database.tenancy import company_context
from batconnect.core.kernel.actors import Actor
from ledger.verification import verify
from payments.services.voids import void_allocation, void_payment
from payments.tests.builders import make_john_doe, pay
from tests.cast import NORTH, acting
from tests.databases import superuser_connection


def _differences(actor: Actor) -> list[str]:
    return [f"{found.difference.subject}: {found.difference.message}" for found in verify(actor=actor)]


def test_nothing_to_find_after_payments_and_voids(manager: Actor) -> None:
    make_john_doe(manager)
    first = pay(manager, "700.00", ("Lease", "MED-102-LS-08", "265.00"), ("Repairs", "INV-2457", "335.00"))
    second = pay(manager, "1000.00", ("PVB", "PVB-4471", "115.00"))
    pay(manager, "24.75", ("EZPass", "EZ-88213", "24.75"), method="Cash")
    void_payment(actor=manager, payment_id=first.payment.id, reason="The check was returned.")
    void_allocation(
        actor=manager, allocation_id=second.allocations[0].id, reason="Entered for the wrong debt."
    )

    assert _differences(manager) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("corruption", "reported"),
    [
        (
            "update payments set unallocated = unallocated + 1",
            "has 1000.00, but 645.00 applied + 0.00 refunded + 356.00 unallocated",
        ),
        ("update payments set unallocated = unallocated + 1", "356.00 unallocated, postings say 355.00"),
        (
            "update payment_allocations set amount = amount + 1 where line = 1",
            "allocations settle 116.00, their postings 115.00",
        ),
        (
            "update payment_allocations set status = 'voided', voided_at = now() where line = 1",
            "is voided, but no void is posted",
        ),
        (
            "update payments set status = 'voided', unallocated = 0, voided_at = now()",
            "is voided, but 645.00",
        ),
        (
            "delete from payment_allocations where line = 1",
            "allocations settle 0.00, their postings 115.00",
        ),
    ],
)
def test_finds_corruption(corruption: str, reported: str) -> None:
    with acting("manager") as manager:
        make_john_doe(manager)
        pay(manager, "1000.00", ("PVB", "PVB-4471", "115.00"))
    connection.close()
    with superuser_connection() as superuser:
        superuser.execute("set session_replication_role = replica")
        superuser.execute(corruption)  # type: ignore[call-overload]  # a fixed text of this file

    with company_context(NORTH, job="verify") as actor:
        differences = _differences(actor)

    assert any(reported in each for each in differences), differences
