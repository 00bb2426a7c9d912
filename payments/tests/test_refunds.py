"""Void and refund, of allocations and of unallocated cash, with approval above the limit.

Rule: docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Entry, Posting
from ledger.verification import verify
from payments.models import Allocation, Invoice, Payment, Refund
from payments.tests.billing import allocate, assert_identities, bill, make_customer, owed, post, receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
WHY = "Customer dispute"


@pytest.fixture
def acme(manager: Actor) -> Customer:
    """A customer of north."""
    return make_customer(manager)


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def second(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """Another finance manager's client."""
    return client_of("second_manager")


@pytest.fixture
def invoice(manager: Actor, acme: Customer) -> Invoice:
    """50.00, open."""
    return bill(manager, acme, "50.00")


@pytest.fixture
def line(manager: Actor, acme: Customer, invoice: Invoice) -> Allocation:
    """50.00 of a payment of 60.00, applied to the invoice."""
    return allocate(manager, receive(manager, acme, "60.00"), (invoice, "50.00")).applied.allocations[0]


@pytest.fixture
def discounted(manager: Actor, acme: Customer) -> Allocation:
    """1,000.00 settled by 980.00 in cash and 20.00 of discount."""
    invoice = bill(manager, acme, "1000.00", percent="2", days=5)
    payment = receive(manager, acme, "980.00")
    return allocate(
        manager, payment, (invoice, "1000.00"), apply_early_payment_discount=True
    ).applied.allocations[0]


def void(client: StaffClient, line: Allocation, reason: str = WHY) -> Any:
    return post(client, f"/api/payments/{line.payment_id}/allocations/{line.id}/void", {"reason": reason})


def refund(client: StaffClient, line: Allocation, amount: str, reason: str = "Partial refund") -> Any:
    path = f"/api/payments/{line.payment_id}/allocations/{line.id}/refund"
    return post(client, path, {"amount": amount, "reason": reason})


def pay_back(client: StaffClient, payment_id: Any, amount: str) -> Any:
    return post(client, f"/api/payments/{payment_id}/refund", {"amount": amount, "reason": "Paid too much"})


def assert_clean(actor: Actor) -> None:
    """Both identities, and everything that verify_ledger recomputes."""
    assert_identities()
    assert [f"{found.check}: {found.difference}" for found in verify(actor=actor)] == []


def test_the_seeds_void(boss: StaffClient, manager: Actor, invoice: Invoice, line: Allocation) -> None:
    answer = void(boss, line)

    document = answer.json()
    assert answer.status_code == 200, answer.content
    assert (document["status"], document["reason"]) == ("voided", WHY)
    assert document["voided_at"] is not None
    assert document["invoice"]["outstanding"] == Decimal("50.00")
    assert document["invoice"]["status"] == "open"
    assert document["payment"]["unallocated_amount"] == Decimal("60.00")
    assert document["payment"]["total_allocated"] == 0
    assert owed(invoice) == D("50.00")
    reversal = Entry.objects.get(event="allocation_voided")
    assert reversal.is_full_reversal
    assert reversal.reason == WHY
    assert AuditEvent.objects.filter(action="payments.allocation_voided", reason=WHY).count() == 1
    assert_clean(manager)


def test_the_seeds_refund(boss: StaffClient, manager: Actor, invoice: Invoice, line: Allocation) -> None:
    answer = refund(boss, line, "10.00")

    document = answer.json()
    assert answer.status_code == 200, answer.content
    assert document["status"] == "partially_refunded"
    assert document["refunded_amount"] == Decimal("10.00")
    assert document["payment"]["total_allocated"] == Decimal("40.00")
    assert document["payment"]["total_refunded"] == Decimal("10.00")
    assert document["payment"]["unallocated_amount"] == Decimal("10.00")
    assert owed(invoice) == D("10.00")
    lines = Posting.objects.filter(entry__event="allocation_refunded").order_by("line")
    assert [(each.account.code, each.amount) for each in lines] == [
        ("receivable:INVOICE", D("10.00")),
        ("payments_in_transit:operating", D("-10.00")),
    ]
    assert AuditEvent.objects.filter(action="payments.refunded", reason="Partial refund").count() == 1
    assert_clean(manager)


def test_the_third_20_of_50_is_refused(boss: StaffClient, manager: Actor, line: Allocation) -> None:
    first, second = refund(boss, line, "20.00"), refund(boss, line, "20.00")

    with assert_nothing_written():
        third = refund(boss, line, "20.00")
    rest = refund(boss, line, "10.00")

    assert [each.status_code for each in (first, second, third, rest)] == [200, 200, 409, 200]
    assert third.json()["code"] == "above_refundable"
    assert "20.00 is more than the 10.00" in third.json()["detail"]
    assert rest.json()["status"] == "refunded"
    assert_clean(manager)


def test_nothing_happens_to_what_is_voided_or_wholly_refunded(
    boss: StaffClient, manager: Actor, acme: Customer, line: Allocation
) -> None:
    other = allocate(manager, receive(manager, acme, "5.00"), (bill(manager, acme, "5.00"), "5.00"))
    void(boss, line)
    refund(boss, other.applied.allocations[0], "5.00")

    with assert_nothing_written():
        answers = [
            void(boss, line),
            refund(boss, line, "1.00"),
            void(boss, other.applied.allocations[0]),
            refund(boss, other.applied.allocations[0], "1.00"),
        ]

    assert {each.status_code for each in answers} == {409}
    assert {each.json()["code"] for each in answers} == {"allocation_not_live"}


def test_a_void_after_a_refund_returns_the_rest(
    boss: StaffClient, manager: Actor, discounted: Allocation
) -> None:
    refund(boss, discounted, "480.00")

    answer = void(boss, discounted)

    payment = Payment.objects.get()
    assert answer.status_code == 200
    assert (payment.unallocated, payment.refunded) == (D("500.00"), D("480.00"))
    assert answer.json()["invoice"]["outstanding"] == Decimal("1000.00")
    lines = Posting.objects.filter(entry__event="allocation_voided").order_by("line")
    assert [(each.account.code, each.amount) for each in lines] == [
        ("receivable:INVOICE", D("510.20")),
        ("unallocated_cash", D("-500.00")),
        ("discounts_allowed", D("-10.20")),
    ]
    assert_clean(manager)


def test_discount_shares_are_cumulative(boss: StaffClient, manager: Actor, discounted: Allocation) -> None:
    shares = []
    for amount in ("100.00", "100.00", "100.00", "680.00"):
        shares.append(refund(boss, discounted, amount).json()["refund"]["discount_amount"])

    allocation = Allocation.objects.get()
    assert shares == [Decimal("2.04"), Decimal("2.04"), Decimal("2.04"), Decimal("13.88")]
    assert (allocation.refunded_amount, allocation.refunded_discount) == (D("980.00"), D("20.00"))
    assert allocation.status == "refunded"
    assert owed(Invoice.objects.get()) == D("1000.00")
    assert_clean(manager)


def test_unallocated_cash_is_refunded(boss: StaffClient, manager: Actor, line: Allocation) -> None:
    with assert_nothing_written():
        too_much = pay_back(boss, line.payment_id, "10.01")
    answer = pay_back(boss, line.payment_id, "4.00")

    assert (too_much.status_code, too_much.json()["code"]) == (409, "above_refundable")
    assert answer.status_code == 200
    assert answer.json()["payment"]["unallocated_amount"] == Decimal("6.00")
    assert answer.json()["payment"]["total_refunded"] == Decimal("4.00")
    assert answer.json()["refund"]["allocation_id"] is None
    lines = Posting.objects.filter(entry__event="unallocated_refunded").order_by("line")
    assert [(each.account.code, each.amount) for each in lines] == [
        ("unallocated_cash", D("4.00")),
        ("payments_in_transit:operating", D("-4.00")),
    ]
    assert_clean(manager)


def test_a_payment_is_voided_with_its_allocations(
    boss: StaffClient, manager: Actor, invoice: Invoice, line: Allocation
) -> None:
    path = f"/api/payments/{line.payment_id}/void"

    answer = post(boss, path, {"reason": "The check was returned"})
    with assert_nothing_written():
        again = post(boss, path, {"reason": "The check was returned"})

    document = answer.json()
    assert answer.status_code == 200
    assert document["status"] == "voided"
    assert (document["total_allocated"], document["unallocated_amount"]) == (0, 0)
    assert [each["status"] for each in document["allocations"]] == ["voided"]
    assert owed(invoice) == D("50.00")
    assert (again.status_code, again.json()["code"]) == (409, "already_voided")
    assert_clean(manager)


def test_a_payment_of_which_anything_was_refunded_is_not_voided(
    boss: StaffClient, manager: Actor, line: Allocation
) -> None:
    pay_back(boss, line.payment_id, "0.01")

    with assert_nothing_written():
        answer = post(boss, f"/api/payments/{line.payment_id}/void", {"reason": "The check was returned"})

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_refunded")


@pytest.fixture
def low_limit(manager: Actor) -> None:
    """Refunds above 5.00 need a second person."""
    CompanySettings.objects.update(refund_approval_limit=D("5.00"))


def test_the_limit_itself_needs_nobody_and_no_slice_passes_it(
    boss: StaffClient, low_limit: None, line: Allocation
) -> None:
    answers = [refund(boss, line, "2.00"), pay_back(boss, line.payment_id, "3.00")]
    answers += [refund(boss, line, "0.01"), pay_back(boss, line.payment_id, "0.01")]

    assert [each.status_code for each in answers] == [200, 200, 202, 202]


def test_above_the_limit_it_waits_and_reserves(
    boss: StaffClient,
    second: StaffClient,
    manager: Actor,
    low_limit: None,
    invoice: Invoice,
    line: Allocation,
) -> None:
    requested = refund(boss, line, "30.00")
    request_id = requested.json()["refund_request_id"]

    with assert_nothing_written():
        by_self = post(boss, f"/api/refund-requests/{request_id}/approve", {})
        too_much = refund(second, line, "20.01")
        voided = void(second, line)
        whole = post(second, f"/api/payments/{line.payment_id}/void", {"reason": "The check was returned"})
        undone = post(second, f"/api/operations/{line.operation_id}/undo", {"reason": WHY})
    approved = post(second, f"/api/refund-requests/{request_id}/approve", {"reason": "Agreed"})
    with assert_nothing_written():
        again = post(second, f"/api/refund-requests/{request_id}/reject", {})

    assert (requested.status_code, requested.json()["status"]) == (202, "pending_approval")
    assert requested.json()["payment"]["total_refunded"] == 0
    assert (by_self.status_code, by_self.json()["code"]) == (403, "second_person_required")
    assert (too_much.status_code, too_much.json()["code"]) == (409, "above_refundable")
    assert "30.00 is waiting for approval" in too_much.json()["detail"]
    assert {each.json()["code"] for each in (voided, whole, undone)} == {"refund_pending"}
    assert approved.status_code == 200
    assert approved.json()["status"] == "approved"
    assert approved.json()["payment"]["total_refunded"] == Decimal("30.00")
    assert owed(invoice) == D("30.00")
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    agreed = Refund.objects.select_related("approval").get().approval
    assert (str(agreed.id), agreed.decision_reason) == (request_id, "Agreed")
    assert_clean(manager)


def test_a_rejected_refund_frees_its_amount(
    boss: StaffClient, second: StaffClient, manager: Actor, acme: Customer, low_limit: None, line: Allocation
) -> None:
    requested = pay_back(boss, line.payment_id, "8.00")
    other = bill(manager, acme, "10.00")
    path = f"/api/payments/{line.payment_id}/allocations"
    body = {"invoice_id": str(other.id), "amount": "2.01"}

    with assert_nothing_written():
        held = post(boss, path, body)
        too_much = pay_back(boss, line.payment_id, "2.01")
    rejected = post(second, f"/api/refund-requests/{requested.json()['refund_request_id']}/reject", {})
    taken = post(boss, path, {**body, "amount": "10.00"})

    assert requested.status_code == 202
    assert requested.json()["payment"]["reserved_amount"] == Decimal("8.00")
    assert requested.json()["payment"]["unallocated_amount"] == Decimal("10.00")
    assert (held.status_code, held.json()["code"]) == (400, "above_unallocated")
    assert "8.00 of it reserved for refunds" in held.json()["detail"]
    assert (too_much.status_code, too_much.json()["code"]) == (409, "above_refundable")
    assert rejected.json()["status"] == "rejected"
    assert taken.status_code == 201
    assert Payment.objects.get().reserved == 0
    assert_clean(manager)


def test_an_approved_refund_of_unallocated_cash_is_paid(
    boss: StaffClient, second: StaffClient, manager: Actor, low_limit: None, line: Allocation
) -> None:
    requested = pay_back(boss, line.payment_id, "8.00").json()

    approved = post(second, f"/api/refund-requests/{requested['refund_request_id']}/approve", {})

    payment = Payment.objects.get()
    assert approved.status_code == 200
    assert (payment.unallocated, payment.reserved, payment.refunded) == (D("2.00"), D(0), D("8.00"))
    assert_clean(manager)


def test_auto_allocation_leaves_what_is_reserved(
    boss: StaffClient, manager: Actor, acme: Customer, low_limit: None, line: Allocation
) -> None:
    pay_back(boss, line.payment_id, "8.00")
    bill(manager, acme, "10.00")

    answer = post(boss, f"/api/payments/{line.payment_id}/allocations/auto", {"strategy": "fifo"})

    assert answer.json()["total_allocated"] == Decimal("2.00")
    assert answer.json()["unallocated_amount"] == Decimal("8.00")
    assert_clean(manager)


@pytest.mark.parametrize("reason", ["", "too short", " " * 20, "x" * 501])
def test_reasons_have_10_to_500_characters(boss: StaffClient, line: Allocation, reason: str) -> None:
    with assert_nothing_written():
        answers = [
            void(boss, line, reason),
            refund(boss, line, "1.00", reason),
            post(boss, f"/api/payments/{line.payment_id}/void", {"reason": reason}),
            post(boss, f"/api/payments/{line.payment_id}/refund", {"reason": reason, "amount": "1.00"}),
        ]

    assert {each.status_code for each in answers} == {400}
    assert {each.json()["code"] for each in answers} == {"reason_length"}


def test_a_cashier_neither_voids_nor_refunds(
    client_of: Callable[..., StaffClient], in_north: Any, line: Allocation
) -> None:
    cashier = client_of("cashier")

    with assert_nothing_written():
        answers = [
            void(cashier, line),
            refund(cashier, line, "1.00"),
            pay_back(cashier, line.payment_id, "1.00"),
            post(cashier, f"/api/payments/{line.payment_id}/void", {"reason": WHY}),
            post(cashier, f"/api/refund-requests/{uuid4()}/approve", {}),
        ]

    assert {each.status_code for each in answers} == {403}


def test_another_payments_allocation_is_not_found(
    boss: StaffClient, manager: Actor, acme: Customer, line: Allocation
) -> None:
    other = receive(manager, acme, "1.00")
    tail = f"allocations/{line.id}"

    with assert_nothing_written():
        answers = [
            post(boss, f"/api/payments/{other.id}/{tail}/void", {"reason": WHY}),
            post(boss, f"/api/payments/{other.id}/{tail}/refund", {"reason": WHY, "amount": "1.00"}),
        ]

    assert {each.status_code for each in answers} == {404}
    assert {each.json()["code"] for each in answers} == {"allocation_not_found"}


def test_another_companys_refund_request_is_not_found(
    client_of: Callable[..., StaffClient], boss: StaffClient, low_limit: None, line: Allocation
) -> None:
    request_id = refund(boss, line, "30.00").json()["refund_request_id"]

    answers = [
        post(client_of("outsider"), f"/api/refund-requests/{each}/{action}", {})
        for each in (request_id, uuid4())
        for action in ("approve", "reject")
    ]

    assert {each.status_code for each in answers} == {404}
    assert {each.json()["code"] for each in answers} == {"refund_request_not_found"}


def test_stale_etags_are_refused(boss: StaffClient, line: Allocation) -> None:
    base = f"/api/payments/{line.payment_id}"
    stale = {"If-Match": '"0"'}

    with assert_nothing_written():
        answers = [
            post(boss, f"{base}/void", {"reason": WHY}, **stale),
            post(boss, f"{base}/refund", {"reason": WHY, "amount": "1.00"}, **stale),
            post(boss, f"{base}/allocations/auto", {"strategy": "fifo"}, **stale),
            post(boss, f"{base}/allocations/{line.id}/void", {"reason": WHY}, **stale),
            post(boss, f"{base}/allocations/{line.id}/refund", {"reason": WHY, "amount": "1.00"}, **stale),
        ]

    assert {each.status_code for each in answers} == {412}


def test_unallocated_cash_as_the_seed_shows_it(
    client_of: Callable[..., StaffClient], in_north: Any, manager: Actor, acme: Customer
) -> None:
    first, second = receive(manager, acme, "300.00"), receive(manager, acme, "200.00")
    euros = receive(manager, acme, "7.00", currency="EUR")
    allocate(manager, receive(manager, acme, "5.00"), (bill(manager, acme, "5.00"), "5.00"))

    answer = client_of("auditor").get(f"/api/customers/{acme.pk}/unallocated-cash")

    document = answer.json()
    assert answer.status_code == 200
    assert document["customer_id"] == str(acme.pk)
    assert (document["total_unallocated"], document["currency"]) == (Decimal("500.00"), "USD")
    assert document["payments_count"] == 2
    assert [(each["payment_id"], each["amount"]) for each in document["unallocated_entries"]] == [
        (str(first.id), Decimal("300.00")),
        (str(second.id), Decimal("200.00")),
    ]
    assert [(each["currency"], each["total_unallocated"]) for each in document["by_currency"]] == [
        ("USD", Decimal("500.00")),
        ("EUR", Decimal("7.00")),
    ]
    assert document["by_currency"][1]["unallocated_entries"][0]["payment_id"] == str(euros.id)


def test_unallocated_cash_of_another_company_is_not_found(
    client_of: Callable[..., StaffClient], in_north: Any, acme: Customer
) -> None:
    outsider = client_of("outsider")

    seen = outsider.get(f"/api/customers/{acme.pk}/unallocated-cash")
    never = outsider.get(f"/api/customers/{uuid4()}/unallocated-cash")

    assert seen.status_code == never.status_code == 404
    assert seen.json()["code"] == never.json()["code"] == "customer_not_found"
