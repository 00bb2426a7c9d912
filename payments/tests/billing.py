"""A customer with invoices and payments, for the tests of allocations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now, today
from batconnect.directory.models import Customer
from ledger.models import Obligation
from payments.models import Allocation, Invoice, Payment
from payments.services.choosing import Allocated, AllocationRequest, allocate_payment
from payments.services.invoices import InvoiceItem, issue_invoice
from payments.services.recording import record_payment
from payments.tests.builders import new_key
from tests.cast import StaffClient
from tests.databases import owners_hand

_next = count(1)


def make_customer(actor: Actor, name: str = "Acme Insurance") -> Customer:
    """A customer of the actor's company."""
    return Customer.objects.create(company_id=actor.company_id, name=name, email="ap@acme.example")


def bill(
    actor: Actor,
    customer: Customer,
    amount: str,
    *,
    issued: date | None = None,
    due: date | None = None,
    percent: str | None = None,
    days: int | None = None,
    currency: str = "",
    number: str = "",
) -> Invoice:
    """An invoice; issued 30 days ago and due in 30 days unless said otherwise."""
    day = today(actor.company)
    return issue_invoice(
        actor=actor,
        customer_id=customer.pk,
        issue_date=issued or day - timedelta(days=30),
        due_date=due or day + timedelta(days=30),
        items=[InvoiceItem("Premium", Decimal(1), Decimal(amount))],
        currency=currency,
        number=number or f"TEST-{next(_next):05}",
        early_payment_discount_percent=Decimal(percent) if percent else None,
        early_payment_discount_days=days,
    )


def receive(
    actor: Actor,
    customer: Customer,
    amount: str,
    *,
    on: date | None = None,
    currency: str = "",
    method: str = "bank_transfer",
) -> Payment:
    """A payment by bank transfer, all of it unallocated; dated today unless said otherwise."""
    payment = record_payment(
        actor=actor,
        customer_id=customer.pk,
        amount=Decimal(amount),
        method=method,
        payment_date=on or today(actor.company),
        currency=currency,
    ).payment
    # The server's clock does not travel with the test's.
    with owners_hand():
        Payment.objects.filter(id=payment.id).update(created_at=now())
    return payment


def allocate(actor: Actor, payment: Payment, *lines: tuple[Invoice, str], **options: Any) -> Allocated:
    """Allocate the payment to invoices by the service."""
    return allocate_payment(
        actor=actor,
        payment_id=payment.id,
        requests=[
            AllocationRequest(
                amount=Decimal(amount), invoice_id=invoice.id, field=f"allocations.{n}", **options
            )
            for n, (invoice, amount) in enumerate(lines)
        ],
    )


def post(client: StaffClient, path: str, body: Any, **headers: str) -> Any:
    """POST with a fresh Idempotency-Key unless one is given."""
    return client.post(path, body, headers={"Idempotency-Key": new_key(), **headers})


def owed(invoice: Invoice) -> Decimal:
    """What is outstanding on the invoice."""
    return Obligation.objects.get(id=invoice.obligation_id).outstanding


def assert_identities(customers: Sequence[UUID] = ()) -> None:
    """Both identities (docs/domain.md#allocation), of every payment and obligation that the transaction sees."""
    live = Allocation.objects.filter(status__in=["active", "partially_refunded"])
    for payment in Payment.objects.all():
        cash = sum(
            each.amount - each.discount_amount - each.refunded_amount
            for each in live.filter(payment=payment.id)
        )
        expected = 0 if payment.status == "voided" else payment.amount
        assert expected == cash + payment.refunded + payment.unallocated + payment.returned, payment.number
        assert 0 <= payment.reserved <= payment.unallocated
    for obligation in Obligation.objects.all():
        gross = sum(
            each.amount - each.refunded_amount - each.refunded_discount
            for each in live.filter(obligation=obligation.id)
        )
        if obligation.status != "voided":
            assert obligation.original == obligation.outstanding + gross + obligation.written_off, obligation
