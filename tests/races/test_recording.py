"""Recording payments and issuing invoices at the same moment, over real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connections

from batconnect.core.kernel.clock import today
from batconnect.core.models import IdempotencyKey
from payments.models import Invoice, Payment
from payments.services.invoices import InvoiceItem, issue_invoice
from payments.services.recording import record_payment
from payments.tests.billing import make_customer
from tests.cast import StaffClient, acting

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8


def at_once(work: Callable[[int], Any], *, times: int = CLIENTS) -> list[Any]:
    """Every result, in order; all of them start together."""
    gate = Barrier(times)

    def run(number: int) -> Any:
        try:
            gate.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def new_customer() -> UUID:
    with acting("manager") as manager:
        return make_customer(manager).id


def test_of_duplicates_only_the_first_has_no_warning() -> None:
    customer_id = new_customer()

    def record(_: int) -> bool:
        with acting("cashier") as cashier:
            recorded = record_payment(
                actor=cashier,
                customer_id=customer_id,
                amount=Decimal("10.00"),
                method="cash",
                payment_date=today(cashier.company),
            )
            return recorded.duplicate is None

    alone = at_once(record)

    assert sum(alone) == 1
    with acting("auditor"):
        orders = list(Payment.objects.order_by("number_order").values_list("number_order", flat=True))
    assert [order - orders[0] for order in orders] == list(range(CLIENTS))


def test_an_invoice_number_is_given_once() -> None:
    customer_id = new_customer()

    def issue(_: int) -> str:
        with acting("manager") as manager:
            return issue_invoice(
                actor=manager,
                customer_id=customer_id,
                issue_date=date(2025, 9, 1),
                due_date=date(2025, 10, 1),
                items=[InvoiceItem("Dispatch", Decimal(1), Decimal(100))],
            ).number

    numbers = at_once(issue)

    assert len(set(numbers)) == CLIENTS
    with acting("auditor"):
        assert Invoice.objects.count() == CLIENTS


def test_of_one_number_given_by_hand_one_wins() -> None:
    customer_id = new_customer()
    body = {
        "customer_id": str(customer_id),
        "number": "HAND-1",
        "issue_date": "2025-09-01",
        "due_date": "2025-10-01",
        "items": [{"description": "Dispatch", "quantity": 1, "unit_price": 100}],
    }

    statuses = at_once(lambda _: StaffClient(username="manager").post("/api/invoices", body).status_code)

    assert sorted(statuses) == [201, *[409] * (CLIENTS - 1)]


def test_one_key_records_one_payment() -> None:
    customer_id = new_customer()
    key = {"Idempotency-Key": str(uuid4())}
    body = {
        "customer_id": str(customer_id),
        "amount": 10,
        "payment_method": "cash",
        "payment_date": "2025-09-15",
    }

    answers = at_once(lambda _: StaffClient(username="cashier").post("/api/payments", body, headers=key))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["payment_number"] for answer in answers}) == 1
    with acting("auditor"):
        assert Payment.objects.count() == 1
        assert IdempotencyKey.objects.count() == 1
