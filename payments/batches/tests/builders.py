"""Files, customers with open invoices, and the calls of the quick start, for the tests of batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Customer
from ledger.verification import verify
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.services.processing import process_batch
from payments.models import Invoice
from payments.services.invoices import InvoiceItem, issue_invoice
from payments.tests.builders import new_key
from tests.cast import NORTH, StaffClient

PATH = "/api/accounting/payment-batches"
RECEIPTS = "/api/accounting/unidentified-receipts"
HEADINGS = (
    "customer_reference,payment_method,amount,currency,payment_date,reference_number,notes,auto_allocate,"
    "allocation_strategy"
)


def add_customer(actor: Actor, name: str = "Acme Insurance", reference: str = "ACME-001") -> Customer:
    """A customer that a file names by its reference."""
    return Customer.objects.create(
        company_id=actor.company_id, name=name, external_reference=reference, email="office@example.com"
    )


def bill(actor: Actor, customer: Customer, *amounts: str) -> list[Invoice]:
    """Invoices of so much each, the first the oldest."""
    day = today(actor.company)
    return [
        issue_invoice(
            actor=actor,
            customer_id=customer.id,
            issue_date=day - timedelta(days=60 - place),
            due_date=day - timedelta(days=30 - place),
            items=[InvoiceItem(description="Premium", quantity=Decimal(1), unit_price=Decimal(amount))],
        )
        for place, amount in enumerate(amounts)
    ]


def row(**changes: str) -> str:
    """A good row of a file, changed by the keyword arguments."""
    cells = {
        "customer_reference": "ACME-001",
        "payment_method": "bank_transfer",
        "amount": "50.00",
        "currency": "USD",
        "payment_date": "2025-01-15",
        "reference_number": "",
        "notes": "",
        "auto_allocate": "",
        "allocation_strategy": "",
        **changes,
    }
    return ",".join(f'"{text}"' if "," in text or "\n" in text else text for text in cells.values())


def table(*rows: str, headings: str = HEADINGS) -> bytes:
    """A CSV file."""
    return "".join(f"{line}\r\n" for line in (headings, *rows)).encode()


def upload(
    client: StaffClient,
    content: bytes,
    *,
    source_type: str = "csv_import",
    name: str = "payments.csv",
    query: str = "",
    key: str = "",
    **fields: str,
) -> Any:
    """POST a file."""
    return client.post(
        PATH + query,
        {"source_type": source_type, "file": SimpleUploadedFile(name, content), **fields},
        format="multipart",
        headers={"Idempotency-Key": key or new_key()},
    )


def post(client: StaffClient, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """POST JSON with a fresh key."""
    return client.post(path, body or {}, headers={"Idempotency-Key": new_key()})


def work(batch_id: str | UUID, **options: Any) -> PaymentBatch:
    """Do what a worker does, and read the batch again."""
    process_batch(company_id=NORTH, batch_id=UUID(str(batch_id)), **options)
    return PaymentBatch.objects.get(id=batch_id)


def outcomes(batch: PaymentBatch) -> list[tuple[int, str, str]]:
    """Each row's number, status and error code."""
    rows: Iterable[PaymentBatchRow] = PaymentBatchRow.objects.filter(batch=batch.id).order_by("row_no")
    return [(each.row_no, each.status, each.error_code) for each in rows]


def assert_books_hold(actor: Actor) -> None:
    """Every check of `verify_ledger` finds nothing."""
    assert [
        f"{each.check}: {each.difference.subject} {each.difference.message}" for each in verify(actor=actor)
    ] == []
