"""A fault at the k-th statement of a request, for every k: all of it is done, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection

from payments.tests.billing import bill, make_customer, receive
from payments.tests.builders import new_key
from tests.cast import StaffClient, acting
from tests.digest import digest

pytestmark = pytest.mark.django_db(transaction=True)

REASON: Final = {"reason": "a fault in the middle"}
FEWEST: Final = 4
"""A request that moves money has at least so many statements."""
Call = tuple[str, dict[str, Any]]


class Fault(RuntimeError):
    """The statement is never sent."""


def failing_at(place: int) -> Callable[..., Any]:
    """A wrapper of statements that fails at that one, counted from 1."""
    sent = 0

    def run(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == place:
            raise Fault
        return execute(sql, params, many, context)

    return run


def payment() -> Call:
    with acting("manager") as manager:
        customer = make_customer(manager)
        bill(manager, customer, "100.00")
    return "/api/payments", {
        "customer_id": str(customer.id),
        "amount": 80,
        "currency": "USD",
        "payment_method": "bank_transfer",
        "payment_date": "2024-11-01",
        "auto_allocate": True,
    }


def applied(*, rest: str = "") -> Call:
    """An allocation; with `rest`, what is done to one that is there."""
    with acting("manager") as manager:
        customer = make_customer(manager)
        invoice = bill(manager, customer, "100.00")
        received = receive(manager, customer, "80.00")
    path, body = f"/api/payments/{received.id}/allocations", {"invoice_id": str(invoice.id), "amount": 50}
    if not rest:
        return path, body
    made = StaffClient(username="manager").post(path, body, headers={"Idempotency-Key": new_key()}).json()
    return f"{path}/{made['allocations'][0]['id']}/{rest}", REASON


def allocation() -> Call:
    return applied()


def allocation_voided() -> Call:
    return applied(rest="void")


def allocation_refunded() -> Call:
    path, body = applied(rest="refund")
    return path, {**body, "amount": 20}


def payment_voided() -> Call:
    path, body = applied(rest="void")
    return f"{path.partition('/allocations')[0]}/void", body


def payment_returned() -> Call:
    path, _ = applied(rest="void")
    return f"{path.partition('/allocations')[0]}/return", {"reason_code": "R01", "fee": 20}


def credit_memo() -> Call:
    with acting("manager") as manager:
        invoice = bill(manager, make_customer(manager), "100.00")
    return "/api/accounting/credit-memos", {**REASON, "invoice_id": str(invoice.id), "amount": 30}


@pytest.mark.parametrize(
    "prepare",
    [
        payment,
        allocation,
        allocation_voided,
        allocation_refunded,
        payment_voided,
        payment_returned,
        credit_memo,
    ],
)
def test_before_or_after_and_never_between(prepare: Callable[[], Call]) -> None:
    path, body = prepare()
    client, key = StaffClient(username="manager"), {"Idempotency-Key": new_key()}
    place, before = 0, digest()

    answer: Any = None
    while answer is None or answer.status_code == 500:
        assert digest() == before
        place += 1
        with connection.execute_wrapper(failing_at(place)):
            answer = client.post(path, body, headers=key)

    assert answer.status_code in (200, 201), answer.content
    assert place > FEWEST
    assert digest() != before
    assert "Idempotent-Replayed" not in answer
    assert client.post(path, body, headers=key)["Idempotent-Replayed"] == "true"
