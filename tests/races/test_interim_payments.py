"""Interim payments at the same moment, with real connections: never twice, never too much, never a deadlock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.errors import InvalidInput
from ledger.models import Obligation, Posting
from payments.models import Allocation, Payment
from payments.services.voids import void_payment
from payments.tests.builders import make_john_doe, new_key, pay
from payments.tests.conftest import SEED_DATA
from tests.cast import StaffClient, acting

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = ("Lease", "MED-102-LS-08"), ("Repairs", "INV-2457"), ("PVB", "PVB-4471")


@pytest.fixture
def john() -> None:
    """John Doe, committed."""
    with acting("manager") as manager:
        make_john_doe(manager)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads that start together; their results, or the refusals they met."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return job()
        except InvalidInput as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_two_identical_posts_make_one_payment(john: None, client_of: Callable[..., StaffClient]) -> None:
    body = {"step_id": "INTPAY-002", "data": SEED_DATA}
    case_no = client_of("cashier").post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]

    answers = at_once([lambda: client_of("cashier").post(f"/bpm/case/{case_no}", body)] * 4)

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    with acting("manager"):
        assert Payment.objects.count() == 1
        assert Allocation.objects.count() == 2


def test_the_same_key_gives_the_same_answer(john: None, client_of: Callable[..., StaffClient]) -> None:
    body = {"step_id": "INTPAY-002", "data": SEED_DATA}
    case_no = client_of("cashier").post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]
    key = {"Idempotency-Key": new_key()}

    answers = at_once([lambda: client_of("cashier").post(f"/bpm/case/{case_no}", body, headers=key)] * 4)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    with acting("manager"):
        assert Payment.objects.count() == 1


def test_two_payments_never_over_allocate_one_obligation(john: None) -> None:
    def submit() -> Any:
        with acting("cashier") as cashier:
            return pay(cashier, "100.00", ("PVB", "PVB-4471", "100.00"))

    results = at_once([submit] * 8)

    refusals = [each for each in results if isinstance(each, InvalidInput)]
    assert len(refusals) == 7
    assert "100.00 is above the 15.00 outstanding" in refusals[0].message
    with acting("manager"):
        assert Obligation.objects.get(reference_id="PVB-4471").outstanding == Decimal("15.00")
        assert [payment.number[-5:] for payment in Payment.objects.all()] == ["00001"]


def test_the_last_cent_is_paid_once(john: None) -> None:
    """The loser finds it settled: the lock is waited for, then the row is read again."""

    def submit() -> Any:
        with acting("cashier") as cashier:
            return pay(cashier, "115.00", ("PVB", "PVB-4471", "115.00"))

    results = at_once([submit] * 4)

    assert sum(isinstance(each, InvalidInput) for each in results) == 3
    assert all("is settled" in each.message for each in results if isinstance(each, InvalidInput))


def test_opposite_orders_do_not_deadlock(john: None, client_of: Callable[..., StaffClient]) -> None:
    """Each names the same debts in another order; obligations are locked by id anyway."""

    def submit(ways: list[tuple[str, str]]) -> Any:
        client = client_of("cashier")
        case_no = client.post("/bpm/case", {"case_type": "INTPAY"}).json()["case_no"]
        lines = [{"category": kind, "reference_id": key, "amount": "5.00"} for kind, key in ways]
        data = {**SEED_DATA, "total_amount": "20.00", "allocations": lines}
        return client.post(f"/bpm/case/{case_no}", {"step_id": "INTPAY-002", "data": data})

    answers = at_once(
        [lambda shift=shift: submit([*WAYS[shift % 3 :], *WAYS[: shift % 3]]) for shift in range(12)]
    )

    assert {answer.status_code for answer in answers} == {200}
    with acting("manager"):
        assert Payment.objects.count() == 12
        assert Obligation.objects.get(reference_id="INV-2457").outstanding == Decimal("390.00")
        numbers = sorted(payment.number for payment in Payment.objects.all())
        assert [number[-5:] for number in numbers] == [f"{each:05}" for each in range(1, 13)]


def test_void_against_a_new_payment(john: None) -> None:
    """A void gives back what others may take at the same moment; every figure still adds up."""
    with acting("cashier") as cashier:
        first = pay(cashier, "115.00", ("PVB", "PVB-4471", "115.00"))

    def void() -> Any:
        with acting("manager") as manager:
            return void_payment(
                actor=manager, payment_id=first.payment.id, reason="The transfer was returned."
            )

    def submit() -> Any:
        with acting("cashier") as cashier:
            return pay(cashier, "50.00", ("PVB", "PVB-4471", "40.00"))

    at_once([void, submit, submit, submit])

    with acting("manager"):
        obligation = Obligation.objects.get(reference_id="PVB-4471")
        posted = sum(Posting.objects.filter(obligation=obligation).values_list("amount", flat=True))
        assert obligation.outstanding == posted
        for payment in Payment.objects.all():
            live = sum(line.amount for line in payment.allocations.filter(status="active"))
            expected = 0 if payment.status == "voided" else payment.amount
            assert live + payment.unallocated == expected


def test_voided_by_two_at_once_is_voided_once(john: None, client_of: Callable[..., StaffClient]) -> None:
    with acting("cashier") as cashier:
        paid = pay(cashier, "115.00", ("PVB", "PVB-4471", "115.00"))
    path = f"/payments/interim-payments/{paid.payment.number}/void"

    answers = at_once([lambda: client_of("manager").post(path, {"reason": "The transfer was returned."})] * 4)

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    with acting("manager"):
        assert Posting.objects.filter(entry__event="payment_voided").count() == 2
