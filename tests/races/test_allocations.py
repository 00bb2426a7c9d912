"""Allocations at the same moment, over HTTP with real connections: never over-allocated, one winner, and no deadlock
or 5xx reaches a client; `verify_ledger` is clean afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from ledger.models import Obligation
from ledger.verification import verify
from payments.models import Allocation, Payment
from payments.tests.billing import bill, make_customer, receive
from payments.tests.builders import new_key
from tests.cast import StaffClient, acting

pytestmark = pytest.mark.django_db(transaction=True)
WHY = {"reason": "Whoever comes first."}


@dataclass
class World:
    """Payments and invoices of one customer, committed."""

    payments: list[UUID]
    invoices: list[UUID]


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """`world(payments=["100.00"], invoices=[…])`; the books are verified when the test is over."""

    def make(*, payments: list[str], invoices: list[str]) -> World:
        with acting("manager") as manager:
            customer = make_customer(manager)
            return World(
                [receive(manager, customer, each).id for each in payments],
                [bill(manager, customer, each).id for each in invoices],
            )

    yield make
    with acting("manager") as manager:
        assert [f"{found.check}: {found.difference}" for found in verify(actor=manager)] == []


def at_once(count: int, job: Callable[[int], Any]) -> list[Any]:
    """Run `job(0) … job(count − 1)` in threads that start together; their answers in order."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        try:
            barrier.wait(timeout=30)
            return job(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def send(path: str, body: Any, *, who: str = "manager", key: str = "") -> Any:
    """POST as a client of its own."""
    client = StaffClient(username=who)
    answer = client.post(path, body, headers={"Idempotency-Key": key or new_key()})
    assert answer.status_code < 500, answer.content
    return answer


def statuses(answers: list[Any]) -> dict[int, int]:
    """How many answers have which status; these tests do not expect `busy`."""
    busy = [each.json() for each in answers if each.status_code == 409 and each.json()["code"] == "busy"]
    assert busy == []
    return dict(Counter(each.status_code for each in answers))


def allocate(payment: UUID, *lines: tuple[UUID, str], key: str = "") -> Any:
    listed = [{"invoice_id": str(invoice), "amount": amount} for invoice, amount in lines]
    return send(f"/api/payments/{payment}/allocations", {"allocations": listed}, key=key)


def test_32_clients_on_one_payment_apply_exactly_what_it_has(world: Callable[..., World]) -> None:
    here = world(payments=["100.00"], invoices=["50.00"] * 8)

    answers = at_once(32, lambda n: allocate(here.payments[0], (here.invoices[n % 8], "10.00")))

    assert statuses(answers) == {201: 10, 400: 22}
    assert {each.json()["code"] for each in answers if each.status_code == 400} == {"above_unallocated"}
    with acting("manager"):
        assert Payment.objects.get().unallocated == 0
        assert sum(each.amount for each in Allocation.objects.all()) == Decimal("100.00")


def test_16_payments_on_one_invoice_settle_it_once(world: Callable[..., World]) -> None:
    here = world(payments=["30.00"] * 16, invoices=["100.00"])

    answers = at_once(16, lambda n: allocate(here.payments[n], (here.invoices[0], "30.00")))

    assert statuses(answers) == {201: 3, 400: 13}
    assert {each.json()["code"] for each in answers if each.status_code == 400} == {"above_outstanding"}
    with acting("manager"):
        assert Obligation.objects.get().outstanding == Decimal("10.00")


def test_opposite_orders_do_not_deadlock(world: Callable[..., World]) -> None:
    here = world(payments=["100.00"] * 8, invoices=["100.00"] * 4)

    def job(number: int) -> Any:
        lines = [(invoice, "1.00") for invoice in here.invoices]
        return allocate(here.payments[number % 8], *(lines if number % 2 else reversed(lines)))

    answers = at_once(24, job)

    assert statuses(answers) == {201: 24}
    with acting("manager"):
        assert {each.outstanding for each in Obligation.objects.all()} == {Decimal("76.00")}


def test_strategies_chosen_lines_and_undo_meet_without_deadlock(world: Callable[..., World]) -> None:
    here = world(payments=["40.00"] * 6, invoices=["25.00"] * 6)
    first = send(f"/api/payments/{here.payments[0]}/allocations/auto", {"strategy": "fifo"}).json()

    def job(number: int) -> Any:
        payment = here.payments[number % 6]
        match number % 4:
            case 0:
                return send(f"/api/payments/{payment}/allocations/auto", {"strategy": "largest_first"})
            case 1:
                return send(f"/api/payments/{payment}/allocations/auto", {"strategy": "proportional"})
            case 2:
                return allocate(payment, (here.invoices[5], "1.00"), (here.invoices[0], "1.00"))
            case _:
                return send(f"/api/operations/{first['operation_id']}/undo", WHY)

    answers = at_once(24, job)

    counts = statuses(answers)
    assert set(counts) <= {200, 201, 400, 409}
    assert counts[200] == 1
    with acting("manager"):
        assert all(each.outstanding >= 0 for each in Obligation.objects.all())


def test_void_against_refund_has_one_winner(world: Callable[..., World]) -> None:
    here = world(payments=["50.00"], invoices=["50.00"])
    line = allocate(here.payments[0], (here.invoices[0], "50.00")).json()["allocations"][0]["id"]
    path = f"/api/payments/{here.payments[0]}/allocations/{line}"

    def job(number: int) -> Any:
        if number % 2:
            return send(f"{path}/void", WHY)
        return send(f"{path}/refund", {"amount": "50.00", **WHY})

    answers = at_once(12, job)

    assert statuses(answers) == {200: 1, 409: 11}
    with acting("manager"):
        payment = Payment.objects.get()
        assert payment.unallocated + payment.refunded == Decimal("50.00")
        assert Obligation.objects.get().outstanding == Decimal("50.00")


def test_partial_refunds_never_exceed_the_cash(world: Callable[..., World]) -> None:
    here = world(payments=["50.00"], invoices=["50.00"])
    line = allocate(here.payments[0], (here.invoices[0], "50.00")).json()["allocations"][0]["id"]
    path = f"/api/payments/{here.payments[0]}/allocations/{line}/refund"

    answers = at_once(12, lambda _: send(path, {"amount": "20.00", **WHY}))

    assert statuses(answers) == {200: 2, 409: 10}


def test_a_request_is_decided_once(world: Callable[..., World]) -> None:
    here = world(payments=["5000.00"], invoices=[])
    requested = send(f"/api/payments/{here.payments[0]}/refund", {"amount": "3000.00", **WHY}).json()
    path = f"/api/refund-requests/{requested['refund_request_id']}"

    answers = at_once(
        8, lambda n: send(f"{path}/{'approve' if n % 2 else 'reject'}", {}, who="second_manager")
    )

    assert statuses(answers) == {200: 1, 409: 7}
    with acting("manager"):
        payment = Payment.objects.get()
        assert payment.reserved == 0
        assert payment.unallocated + payment.refunded == Decimal("5000.00")


def test_the_same_key_from_50_threads_is_done_once(world: Callable[..., World]) -> None:
    here = world(payments=["100.00"], invoices=["100.00"])
    key = new_key()

    answers = at_once(50, lambda _: allocate(here.payments[0], (here.invoices[0], "2.00"), key=key))

    done = [each for each in answers if each.status_code == 201]
    late = [each for each in answers if each.status_code == 409]
    assert len(done) + len(late) == 50
    assert {each.json()["code"] for each in late} <= {"idempotency_in_progress"}
    assert len({each.content for each in done}) == 1
    assert sum("Idempotent-Replayed" not in each for each in done) == 1
    with acting("manager"):
        assert Allocation.objects.count() == 1
        assert Payment.objects.get().unallocated == Decimal("98.00")
