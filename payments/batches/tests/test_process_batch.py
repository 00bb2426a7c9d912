"""A file becomes payments with their allocations, each row once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from ledger.models import Entry, Posting
from payments.batches.models import PaymentBatchRow
from payments.batches.tests.builders import (
    PATH,
    add_customer,
    assert_books_hold,
    bill,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.models import Allocation, Payment
from payments.services.auto import AutoOptions, auto_allocate_payment
from payments.services.recording import record_payment
from payments.tests.billing import owed
from tests.cast import StaffClient


def test_a_file_becomes_payments_in_its_order(api: StaffClient, manager: Actor, acme: Customer) -> None:
    first, second = bill(manager, acme, "80.00", "100.00")
    content = table(
        row(amount="60.00", reference_number="A", auto_allocate="yes", allocation_strategy="fifo"),
        row(amount="70.00", reference_number="B", auto_allocate="yes"),
        row(amount="10.00", reference_number="C"),
    )

    answer = upload(api, content, notes="Monthly bank import")
    batch = work(answer.json()["batch_id"])

    assert answer.status_code == 202
    assert (batch.status, batch.succeeded_rows, batch.number[-4:]) == ("completed", 3, "-001")
    assert [
        (each.payment.reference_number, each.obligation_id, each.amount)
        for each in Allocation.objects.select_related("payment").order_by("id")
    ] == [
        ("A", first.obligation_id, Decimal("60.00")),
        ("B", first.obligation_id, Decimal("20.00")),
        ("B", second.obligation_id, Decimal("50.00")),
    ]
    assert (owed(first), owed(second)) == (Decimal("0.00"), Decimal("50.00"))
    assert [
        (each.amount, each.unallocated, each.cashier) for each in Payment.objects.order_by("number_order")
    ] == [
        (Decimal("60.00"), Decimal("0.00"), "Mara"),
        (Decimal("70.00"), Decimal("0.00"), "Mara"),
        (Decimal("10.00"), Decimal("10.00"), "Mara"),
    ]
    assert_books_hold(manager)


def test_the_seeds_manual_entries_work_as_written(api: StaffClient, acme: Customer) -> None:
    currency = api.get("/api/reference").json()["currencies"]
    dollar = next(each["id"] for each in currency if each["code"] == "USD")
    body = {
        "source_type": "manual",
        "entries": [
            {
                "entity_id": str(acme.id),
                "payment_method": "bank_transfer",
                "amount": Decimal("500.00"),
                "currency_id": dollar,
                "payment_date": "2025-01-15",
                "reference_number": "PAY-001",
                "auto_allocate": True,
                "allocation_strategy": "fifo",
            }
        ],
    }

    answer = post(api, PATH, body)
    batch = work(answer.json()["batch_id"])
    detail = api.get(f"{PATH}/{batch.id}").json()

    assert answer.status_code == 202, answer.content
    assert (detail["status"], detail["progress_percentage"], detail["errors"]) == ("completed", 100, [])
    assert Payment.objects.get().amount == Decimal("500.00")


def test_a_second_worker_finds_nothing_to_do(api: StaffClient, acme: Customer) -> None:
    answer = upload(api, table(row(reference_number="A"), row(reference_number="B")))
    batch = work(answer.json()["batch_id"])

    again = work(batch.id)

    assert (again.succeeded_rows, Payment.objects.count()) == (2, 2)


def test_chunks_do_not_change_the_result(api: StaffClient, manager: Actor, acme: Customer) -> None:
    other = add_customer(manager, "Bravo", "BRAVO-1")
    bill(manager, acme, *["30.00"] * 5)
    bill(manager, other, *["30.00"] * 5)
    rows = [
        row(
            customer_reference="ACME-001" if number % 3 else "BRAVO-1",
            amount=f"{10 + number}.00",
            reference_number=f"R{number}",
            auto_allocate="yes",
        )
        for number in range(12)
    ]
    answer = upload(api, table(*rows))

    batch = work(answer.json()["batch_id"], rows=2)

    assert (batch.status, batch.succeeded_rows) == ("completed", 12)
    assert [each for each in outcomes(batch) if each[1] != "succeeded"] == []
    last = Allocation.objects.select_related("payment").order_by("-id").first()
    assert last is not None
    paid = PaymentBatchRow.objects.get(payment=last.payment_id)
    assert paid.row_no == 12 or paid.customer_id == acme.id
    assert_books_hold(manager)


def test_a_batch_writes_what_single_calls_write(api: StaffClient, manager: Actor, acme: Customer) -> None:
    other = add_customer(manager, "Bravo", "BRAVO-1")
    bill(manager, acme, "30.00", "50.00")
    bill(manager, other, "30.00", "50.00")
    single = record_payment(
        actor=manager,
        customer_id=other.id,
        amount=Decimal("60.00"),
        method="bank_transfer",
        payment_date=date(2025, 1, 15),
        reference_number="A",
        notes="n",
    ).payment
    auto_allocate_payment(actor=manager, payment_id=single.id, options=AutoOptions(strategy="fifo"))

    content = table(row(amount="60.00", reference_number="A", notes="n", auto_allocate="yes"))
    work(upload(api, content).json()["batch_id"])

    batched = Payment.objects.get(customer=acme.id)
    assert _written(batched) == _written(Payment.objects.get(id=single.id))


def _written(payment: Payment) -> list[Any]:
    """Every value that both ways write, without ids, numbers, requests and the moment."""
    identity = {"id", "number", "number_order", "customer_id", "created_at", "_state", "version"}
    allocations = list(payment.allocations.order_by("line"))
    sources = [str(payment.id), *(str(each.id) for each in allocations)]
    values: list[Any] = [{name: value for name, value in vars(payment).items() if name not in identity}]
    ids = {"id", "operation_id", "payment_id", "obligation_id", "created_at", "updated_at", "_state"}
    values += [{name: value for name, value in vars(each).items() if name not in ids} for each in allocations]
    for entry in Entry.objects.filter(source_id__in=sources).order_by("id"):
        lines = Posting.objects.filter(entry=entry.id).select_related("account").order_by("line")
        values.append(
            (
                *(
                    entry.event,
                    entry.source_type,
                    entry.currency,
                    entry.effective_on,
                    entry.lease_id,
                    entry.actor,
                ),
                *(entry.created_by_id, entry.case_no, entry.reason, entry.is_full_reversal),
                entry.operation_id is None,
                entry.customer_id == payment.customer_id,
                [
                    (
                        each.account.code,
                        each.amount,
                        each.obligation_id is None,
                        each.payment_id == payment.id,
                    )
                    for each in lines
                ],
            )
        )
    return values
