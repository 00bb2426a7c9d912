"""Voiding: an interim payment with all it ever paid, a single allocation, and through the ledger's hook."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound
from batconnect.core.models import AuditEvent
from cases.models import CaseEvent
from ledger.models import Entry, Obligation, Posting
from ledger.services import corrections
from ledger.services.locks import lock_obligations
from payments.models import Allocation, Payment
from payments.services.allocation import AllocationLine, apply_allocations, lock_payment
from payments.services.voids import void_allocation, void_payment
from payments.tests.builders import Debtor, outstanding, owe, pay
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

REASON = "The check was returned by the bank."


def test_reopens_what_was_paid(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "700.00", ("Lease", "MED-102-LS-08", "265.00"), ("Repairs", "INV-2457", "335.00"))

    voided = void_payment(actor=manager, number=paid.payment.number, reason=f"  {REASON} ")

    payment = Payment.objects.get(id=voided.id)
    assert (payment.status, payment.unallocated, payment.void_reason) == ("voided", Decimal("0.00"), REASON)
    assert payment.version == 2
    assert set(Allocation.objects.values_list("status", flat=True)) == {"voided"}
    assert outstanding("MED-102-LS-08") == Decimal("265.00")
    assert outstanding("MED-102-LS-09") == Decimal("265.00")
    assert outstanding("INV-2457") == Decimal("450.00")
    assert Obligation.objects.get(reference_id="MED-102-LS-08").status == "open"
    assert sum(Posting.objects.filter(payment_id=payment.id).values_list("amount", flat=True)) == 0


def test_every_entry_is_reversed_once(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))

    void_payment(actor=manager, payment_id=paid.payment.id, reason=REASON)

    made = Entry.objects.filter(source_type__startswith="payments.").order_by("id")
    received, applied, allocation_voided, payment_voided = made
    assert (allocation_voided.reverses_id, payment_voided.reverses_id) == (applied.id, received.id)
    assert allocation_voided.is_full_reversal
    assert payment_voided.is_full_reversal
    assert payment_voided.reason == REASON


def test_takes_allocations_made_later_from_the_rest(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "1000.00", ("PVB", "PVB-4471", "115.00"))
    (later,) = owe(manager, john, ("Lease", "MED-102-LS-10", "265.00", "2024-11-03"))
    payment = lock_payment(actor=manager, payment_id=paid.payment.id)
    apply_allocations(
        actor=manager,
        payment=payment,
        obligations=lock_obligations(actor=manager, ids=[later.id]),
        lines=[AllocationLine(obligation_id=later.id, amount=Decimal("265.00"), strategy="hierarchy")],
    )
    assert Payment.objects.get().unallocated == Decimal("90.00")

    void_payment(actor=manager, payment_id=payment.id, reason=REASON)

    assert outstanding("MED-102-LS-10") == Decimal("265.00")
    assert Payment.objects.get().unallocated == 0


def test_the_case_tells_of_it(john: Debtor, submit: Any, client_of: Any) -> None:
    number = submit().json()["payment_id"]

    answer = client_of("manager").post(f"/payments/interim-payments/{number}/void", {"reason": REASON})

    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["status"], body["void_reason"]) == ("Voided", REASON)
    assert {line["status"] for line in body["allocations"]} == {"Voided"}
    event = CaseEvent.objects.order_by("-id").first()
    assert event is not None
    assert (event.kind, event.trigger, event.reason, event.actor) == (
        "note",
        "payment_voided",
        REASON,
        "Mara",
    )
    assert event.case.state == "Closed"


def test_without_a_case_the_audit_trail_tells_of_it(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))

    void_payment(actor=manager, payment_id=paid.payment.id, reason=REASON)

    event = AuditEvent.objects.get(action="payments.payment_voided")
    assert (event.subject_id, event.reason, event.actor) == (str(paid.payment.id), REASON, "Mara")


def test_voided_twice_is_refused(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))
    void_payment(actor=manager, payment_id=paid.payment.id, reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict, match="has already been voided") as refused:
        void_payment(actor=manager, payment_id=paid.payment.id, reason=REASON)

    assert refused.value.code == "already_voided"


@pytest.mark.parametrize("reason", ["", "too short", "   nine c   ", "x" * 501])
def test_refuses_reasons_that_are_too_short_or_long(john: Debtor, manager: Actor, reason: str) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))

    with assert_nothing_written(), pytest.raises(InvalidInput, match="10 to 500"):
        void_payment(actor=manager, payment_id=paid.payment.id, reason=reason)


def test_cashier_may_not_void(john: Debtor, cashier: Actor) -> None:
    paid = pay(cashier, "115.00", ("PVB", "PVB-4471", "115.00"))

    with assert_nothing_written(), pytest.raises(NotAllowed, match=r"payments\.void"):
        void_payment(actor=cashier, payment_id=paid.payment.id, reason=REASON)


def test_refunded_payment_cannot_be_voided(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "1000.00", ("PVB", "PVB-4471", "115.00"))
    Payment.objects.update(refunded=Decimal("5.00"), unallocated=Decimal("350.00"))

    with assert_nothing_written(), pytest.raises(Conflict, match=r"5\.00 of .* was refunded"):
        void_payment(actor=manager, payment_id=paid.payment.id, reason=REASON)


def test_unknown_payment(manager: Actor, in_north: Any) -> None:
    with pytest.raises(NotFound):
        void_payment(actor=manager, number="INTPAY-2026-99999", reason=REASON)


def test_single_allocation_returns_to_the_payment(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "600.00", ("Lease", "MED-102-LS-08", "265.00"), ("Repairs", "INV-2457", "335.00"))

    void_allocation(actor=manager, allocation_id=paid.allocations[1].id, reason=REASON)

    payment = Payment.objects.get()
    assert (payment.status, payment.unallocated, payment.version) == ("posted", Decimal("335.00"), 2)
    assert outstanding("INV-2457") == Decimal("450.00")
    assert outstanding("MED-102-LS-08") == 0


def test_allocation_voided_twice_is_refused(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))
    void_allocation(actor=manager, allocation_id=paid.allocations[0].id, reason=REASON)

    with assert_nothing_written(), pytest.raises(Conflict, match="already voided"):
        void_allocation(actor=manager, allocation_id=paid.allocations[0].id, reason=REASON)


def test_allocation_of_another_payment_is_not_found(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))

    with assert_nothing_written(), pytest.raises(NotFound):
        void_allocation(
            actor=manager, allocation_id=paid.allocations[0].id, reason=REASON, payment_id=uuid4()
        )


def test_voiding_a_posting_voids_the_whole_allocation(john: Debtor, manager: Actor) -> None:
    paid = pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))
    posting = Posting.objects.get(
        entry__source_id=str(paid.allocations[0].id), obligation__reference_id="PVB-4471"
    )

    corrections.void_posting(actor=manager, posting_id=posting.id, reason=REASON)

    assert Payment.objects.get().unallocated == Decimal("115.00")
    assert Allocation.objects.get().status == "voided"


def test_voiding_the_posting_of_a_payment_voids_the_payment(john: Debtor, manager: Actor) -> None:
    pay(manager, "115.00", ("PVB", "PVB-4471", "115.00"))
    posting = Posting.objects.get(account__code="cash:ach")

    corrections.void_posting(actor=manager, posting_id=posting.id, reason=REASON)

    assert Payment.objects.get().status == "voided"


def test_stale_if_match_changes_nothing(john: Debtor, submit: Any, client_of: Any) -> None:
    number = submit().json()["payment_id"]
    manager: StaffClient = client_of("manager")
    tag = manager.get(f"/payments/interim-payments/{number}")["ETag"]

    with assert_nothing_written():
        stale = manager.post(
            f"/payments/interim-payments/{number}/void", {"reason": REASON}, headers={"If-Match": '"old"'}
        )
    fresh = manager.post(
        f"/payments/interim-payments/{number}/void", {"reason": REASON}, headers={"If-Match": tag}
    )

    assert (stale.status_code, fresh.status_code) == (412, 200)
    assert fresh["ETag"] != tag


def test_over_http_as_cashier_is_403(john: Debtor, submit: Any, api: StaffClient) -> None:
    number = submit().json()["payment_id"]

    with assert_nothing_written():
        answer = api.post(f"/payments/interim-payments/{number}/void", {"reason": REASON})

    assert answer.status_code == 403
