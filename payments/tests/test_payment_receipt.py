"""The receipt of a payment: its structure, after a void or refund, at an earlier instant, as a PDF."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.models import Entry
from payments.errors import PaymentNotFound
from payments.models import Payment
from payments.services.receipts import Receipt, read_payment_receipt
from payments.services.refunds import refund_allocation
from payments.services.voids import void_allocation
from payments.tests.billing import allocate, bill, make_customer, post, receive
from payments.tests.builders import make_john_doe, pay
from tests.cast import StaffClient, acting

REASON = "The bank returned it"


@pytest.fixture
def office(client_of: Callable[..., StaffClient], in_north: Any) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


@pytest.fixture
def acme(manager: Actor) -> Customer:
    return make_customer(manager, "Acme Dispatch")


@pytest.fixture
def paid(manager: Actor, acme: Customer) -> Payment:
    """1,000.00 of which 980.00 settled an invoice of 1,000.00 with 2 % discount."""
    day = today(manager.company)
    invoice = bill(
        manager,
        acme,
        "1000.00",
        issued=day - timedelta(days=5),
        due=day + timedelta(days=25),
        percent="2",
        days=10,
    )
    payment = receive(manager, acme, "1000.00")
    allocate(manager, payment, (invoice, "1000.00"), apply_early_payment_discount=True)
    return payment


def receipt_of(office: StaffClient, payment: Payment, query: str = "?format=json") -> dict[str, Any]:
    answer = office.get(f"/api/payments/{payment.id}/receipt{query}")
    assert answer.status_code == 200, answer.content
    receipt: dict[str, Any] = answer.json()
    return receipt


def adds_up(receipt: dict[str, Any]) -> bool:
    """`total_allocated + total_refunded + remaining_amount = payment_amount`."""
    sums = {name: Decimal(str(value)) for name, value in receipt["amount_summary"].items()}
    parts = sums["total_allocated"] + sums["total_refunded"] + sums["remaining_amount"]
    return parts == sums["payment_amount"]


def test_has_the_seeds_structure(office: StaffClient, paid: Payment) -> None:
    CompanySettings.objects.update(address="43-15 Vernon Boulevard\nLong Island City, NY 11101")

    receipt = receipt_of(office, paid)

    assert receipt["receipt_number"] == f"R-{paid.number}"
    assert receipt["company_details"]["name"] == "North Taxi"
    assert receipt["company_details"]["address"].startswith("43-15 Vernon")
    assert (receipt["customer_details"]["name"], receipt["customer_details"]["email"]) == (
        *("Acme Dispatch", "ap@acme.example"),
    )
    assert (
        receipt["payment_details"]["payment_number"],
        receipt["payment_details"]["payment_method_label"],
    ) == (*(paid.number, "Bank transfer"),)
    assert receipt["amount_summary"] == {
        "payment_amount": 1000.00,
        "total_allocated": 980.00,
        "total_discount_applied": 20.00,
        "total_refunded": 0.00,
        "remaining_amount": 20.00,
    }
    (line,) = receipt["allocations"]
    assert line["invoice_number"].startswith("TEST-")
    assert (
        line["original_amount"],
        line["discount_amount"],
        line["discount_percent"],
        line["allocated_amount"],
    ) == (*(1000.00, 20.00, 2.0, 980.00),)
    assert line["allocation_date"] == str(paid.payment_date)
    assert receipt["voided"] is False


def test_takes_at_most_eight_statements(office: StaffClient, paid: Payment) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        receipt_of(office, paid)

    made = [each["sql"] for each in queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(made) <= 8, made


def test_tells_of_an_interim_payment_too(office: StaffClient, manager: Actor) -> None:
    make_john_doe(manager)
    payment = pay(manager, "600.00", ("Repairs", "INV-2457", "335.00")).payment

    receipt = receipt_of(office, payment)

    assert receipt["receipt_number"] == f"R-{payment.number}"
    assert receipt["payment_details"]["payment_method_label"] == "ACH"
    assert [
        (line["invoice_number"], line["category"], line["reference_id"]) for line in receipt["allocations"]
    ] == [
        (None, "Repairs", "INV-2457"),
        (None, "Lease", "MED-102-LS-08"),
    ]
    assert adds_up(receipt)


def test_says_that_a_part_was_refunded(office: StaffClient, paid: Payment) -> None:
    line = receipt_of(office, paid)["allocations"][0]
    path = f"/api/payments/{paid.id}/allocations/{line['allocation_id']}/refund"
    post(office, path, {"amount": 490, "reason": REASON})

    receipt = receipt_of(office, paid)

    assert receipt["amount_summary"] == {
        "payment_amount": 1000.00,
        "total_allocated": 490.00,
        "total_discount_applied": 10.00,
        "total_refunded": 490.00,
        "remaining_amount": 20.00,
    }
    assert receipt["allocations"][0]["status"] == "partially_refunded"
    assert receipt["allocations"][0]["refunded_amount"] == 490.00
    assert adds_up(receipt)


def test_counts_a_refund_of_unallocated_cash(office: StaffClient, paid: Payment) -> None:
    post(office, f"/api/payments/{paid.id}/refund", {"amount": 15, "reason": REASON})

    receipt = receipt_of(office, paid)

    assert receipt["amount_summary"]["total_refunded"] == 15.00
    assert receipt["amount_summary"]["remaining_amount"] == 5.00
    assert adds_up(receipt)


def test_says_that_it_was_voided(office: StaffClient, paid: Payment) -> None:
    post(office, f"/api/payments/{paid.id}/void", {"reason": REASON})

    receipt = receipt_of(office, paid)

    assert (receipt["voided"], receipt["status"], receipt["void_reason"]) == (True, "voided", REASON)
    assert receipt["voided_at"].endswith("Z")
    assert receipt["allocations"][0]["status"] == "voided"
    sums = receipt["amount_summary"]
    assert (sums["total_allocated"], sums["total_refunded"], sums["remaining_amount"]) == (0, 0, 0)
    assert sums["total_discount_applied"] == 0


def test_refuses_an_instant_before_the_payment(manager: Actor, paid: Payment) -> None:
    with pytest.raises(PaymentNotFound):
        read_payment_receipt(actor=manager, payment_id=paid.id, known_at=now() - timedelta(days=1))


def test_refuses_an_instant_without_a_zone(office: StaffClient, paid: Payment) -> None:
    answer = office.get(f"/api/payments/{paid.id}/receipt?known_at=2026-01-31T12:00:00")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "known_at")


@pytest.mark.django_db(transaction=True)
def test_prints_it_as_it_stood() -> None:
    with acting("manager") as manager:
        customer = make_customer(manager, "Acme Dispatch")
        invoice = bill(manager, customer, "100.00")
        payment = receive(manager, customer, "80.00")
    with acting("manager") as manager:
        (made,) = allocate(manager, payment, (invoice, "50.00")).applied.allocations
    with acting("manager") as manager:
        refund_allocation(
            actor=manager,
            payment_id=payment.id,
            allocation_id=made.id,
            amount=Decimal("20.00"),
            reason=REASON,
        )
    with acting("manager") as manager:
        void_allocation(actor=manager, allocation_id=made.id, reason=REASON)
        instants = list(
            Entry.objects.filter(source_type__startswith="payments.")
            .order_by("posted_at")
            .values_list("posted_at", flat=True)
        )

        stood = [
            _figures(read_payment_receipt(actor=manager, payment_id=payment.id, known_at=instant))
            for instant in [*instants, None]
        ]

    assert stood == [
        ("0.00", "0.00", "80.00", []),
        ("50.00", "0.00", "30.00", ["active"]),
        ("30.00", "20.00", "30.00", ["partially_refunded"]),
        ("0.00", "20.00", "60.00", ["voided"]),
        ("0.00", "20.00", "60.00", ["voided"]),
    ]


@pytest.mark.system
@pytest.mark.parametrize("after", ["nothing", "refund", "void"])
def test_prints_one_page(office: StaffClient, paid: Payment, after: str) -> None:
    CompanySettings.objects.update(brand_colour="#b45309", address="<b>Vernon</b> & Sons")
    if after != "nothing":
        body = {"reason": REASON, **({"amount": 15} if after == "refund" else {})}
        post(office, f"/api/payments/{paid.id}/{after}", body)

    answer = office.get(f"/api/payments/{paid.id}/receipt?format=pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'attachment; filename="R-{paid.number}.pdf"'
    assert answer.content.startswith(b"%PDF-")


def _figures(receipt: Receipt) -> tuple[str, str, str, list[str]]:
    return (
        str(receipt.allocated),
        str(receipt.refunded),
        str(receipt.unallocated),
        [line.status for line in receipt.lines],
    )


def test_dates_are_the_companys(paid: Payment, manager: Actor) -> None:
    receipt = read_payment_receipt(actor=manager, payment_id=paid.id)

    assert receipt.lines[0].allocation_date == today(manager.company)
    assert isinstance(receipt.payment.payment_date, date)
