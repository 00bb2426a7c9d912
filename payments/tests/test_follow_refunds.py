"""A payment's refunds as a list, and why it has what is unallocated of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from payments.models import Payment
from payments.services.refunds import (
    approve_refund,
    refund_allocation,
    refund_unallocated,
    reject_refund,
)
from payments.services.voids import void_allocation
from payments.tests.billing import allocate, bill, make_customer, receive
from tests.cast import StaffClient


@pytest.fixture
def payment(manager: Actor, second_manager: Actor) -> Payment:
    """5,000.00, of which a third was applied and taken back, and everything happened to the rest."""
    acme = make_customer(manager)
    received = receive(manager, acme, "5000.00")
    kept = allocate(manager, received, (bill(manager, acme, "500.00"), "500.00")).applied.allocations[0]
    taken = allocate(manager, received, (bill(manager, acme, "300.00"), "300.00")).applied.allocations[0]
    void_allocation(actor=manager, allocation_id=taken.id, reason="The wrong invoice")
    refund_allocation(
        actor=manager,
        payment_id=received.id,
        allocation_id=kept.id,
        amount=Decimal("20.00"),
        reason="A part of it is disputed",
    )
    refund_unallocated(
        actor=manager, payment_id=received.id, amount=Decimal("30.00"), reason="The customer paid too much"
    )
    for amount, decide in (("1200.00", approve_refund), ("1300.00", reject_refund), ("1400.00", None)):
        requested = refund_unallocated(
            actor=manager, payment_id=received.id, amount=Decimal(amount), reason="Far too much was paid"
        )
        assert requested.approval is not None
        if decide is not None:
            decide(actor=second_manager, request_id=requested.approval.id, reason="Looked at it")
    return Payment.objects.get(id=received.id)


def test_lists_what_was_paid_back_and_what_waits(
    payment: Payment, client_of: Callable[..., StaffClient]
) -> None:
    answer = client_of("auditor").get(f"/api/payments/{payment.id}/refunds")

    body = answer.json()
    assert answer.status_code == 200, answer.content
    assert (body["payment_amount"], body["total_refunded"], body["reserved_amount"]) == (
        *(Decimal("5000.00"), Decimal("1250.00")),
        Decimal("1400.00"),
    )
    assert [(each["amount"], each["status"]) for each in body["refunds"]] == [
        (Decimal("20.00"), "posted"),
        (Decimal("30.00"), "posted"),
        (Decimal("1200.00"), "approved"),
        (Decimal("1300.00"), "rejected"),
        (Decimal("1400.00"), "pending_approval"),
    ]
    posted, _, approved, rejected, waiting = body["refunds"]
    assert (posted["requested_by"], posted["reason"]) == ("Mara", "A part of it is disputed")
    assert posted["allocation_id"]
    assert (approved["decided_by"], approved["decision_reason"]) == ("Sam", "Looked at it")
    assert approved["refunded_at"]
    assert rejected["refunded_at"] is None
    assert (waiting["refund_request_id"], waiting["decided_at"]) == (waiting["refund_id"], None)
    assert body["total_refunded"] == sum(each["amount"] for each in body["refunds"] if each["refunded_at"])


def test_explains_the_unallocated_cash(payment: Payment, client_of: Callable[..., StaffClient]) -> None:
    body = client_of("auditor").get(f"/api/payments/{payment.id}/explain").json()

    assert body["summary"] == {
        "received": Decimal("5000.00"),
        "applied": -Decimal("800.00"),
        "allocations_voided": Decimal("300.00"),
        "refunded": -Decimal("1230.00"),
        "returned": Decimal("0.00"),
        "voided": Decimal("0.00"),
        "unmatched": Decimal("0.00"),
        "other": Decimal("0.00"),
        "unallocated": Decimal("3270.00"),
    }
    assert body["explanation"] == (
        f"{payment.number} has 3,270.00 unallocated: received 5,000.00, applied -800.00, allocations voided "
        "+300.00, refunded -1,230.00. Of what was applied, 20.00 was paid back."
    )
    assert body["events"][-1]["balance"] == body["payment"]["unallocated_amount"] == Decimal("3270.00")
    assert [each["event"] for each in body["events"]] == [
        "payment_received",
        "allocation_applied",
        "allocation_applied",
        "allocation_voided",
        "allocation_refunded",
        "unallocated_refunded",
        "unallocated_refunded",
    ]
    assert body["events"][4]["amount"] == Decimal("0.00")
    assert body["events"][4]["reason"] == "A part of it is disputed"
    assert body["events"][6]["user"] == "Sam"


@pytest.mark.parametrize("what", ["refunds", "explain"])
def test_a_payment_that_is_not_there(in_north: Any, client_of: Callable[..., StaffClient], what: str) -> None:
    answer = client_of("auditor").get(f"/api/payments/{uuid4()}/{what}")

    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")
