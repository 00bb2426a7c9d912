"""Renewal cases paid, planned and settled at the same moment, with real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from batconnect.core.kernel.clock import today
from cases.models import Case
from ledger import verification
from ledger.models import Obligation
from outstanding.models import CustomerPayment, PaymentPlan
from outstanding.tests.builders import event_of, ids_of, make_renewal, path, signed
from payments.gateways.models import GatewayCharge, GatewayEndpoint
from payments.gateways.services import accept_event, send_charges
from payments.models import Payment
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.recording import record_payment
from tests.cast import NORTH, StaffClient, acting

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = (("P1", "100.00", date(2024, 1, 1)), ("P2", "200.00", date(2024, 2, 1)))


@pytest.fixture
def renewal() -> Any:
    """A case owing 300.00, committed."""
    with acting("manager") as manager:
        return make_renewal(manager, ROWS)


def at_once(jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run the jobs in threads that start together."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def assert_clean() -> None:
    with acting("manager") as manager:
        assert [
            (name, found) for name, check in verification.checks().items() for found in check(manager)
        ] == []


@pytest.mark.parametrize("mode", ["cash", "upi"])
def test_two_pays_at_once_make_one(renewal: Any, client_of: Callable[..., StaffClient], mode: str) -> None:
    answers = at_once([lambda: client_of("cashier").post(path(renewal, "pay"), {"payment_mode": mode})] * 4)

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    with acting("manager"):
        assert CustomerPayment.objects.count() == 1
        assert Payment.objects.count() == (1 if mode == "cash" else 0)
    assert_clean()


def test_a_pay_against_a_plan(renewal: Any, client_of: Callable[..., StaffClient]) -> None:
    plan = {
        "installment_count": 2,
        "start_date": "2024-01-01",
        "payment_frequency": "weekly",
        "payment_method": "upi",
    }
    pay = {"installment_ids": ids_in_north(renewal), "payment_mode": "upi"}

    answers = at_once(
        [
            lambda: client_of("cashier").post(path(renewal, "pay"), pay),
            lambda: client_of("cashier").post(path(renewal, "setup-payment-plan"), plan),
        ]
    )

    assert sorted(answer.status_code for answer in answers) in ([200, 400], [200, 409])
    with acting("manager"):
        assert PaymentPlan.objects.count() + CustomerPayment.objects.count() == 1
    assert_clean()


def ids_in_north(renewal: Any) -> list[int]:
    with acting("manager"):
        return ids_of(renewal)


def test_the_same_event_at_once_counts_once(renewal: Any, client_of: Callable[..., StaffClient]) -> None:
    client_of("cashier").post(path(renewal, "pay"), {"payment_mode": "emi"})
    send_charges(company_id=NORTH)
    with acting("manager"):
        charge, endpoint = GatewayCharge.objects.get(), GatewayEndpoint.objects.get()
    body, signature = signed(endpoint, event_of(charge.reference, amount="300.00"))

    outcomes = at_once(
        [lambda: accept_event(endpoint_id=str(endpoint.id), body=body, signature=signature).outcome] * 4
    )

    assert sorted(outcomes) == ["applied", "duplicate", "duplicate", "duplicate"]
    with acting("manager"):
        assert Payment.objects.count() == 1
    assert_clean()


def test_two_senders_hand_each_charge_over_once(renewal: Any, client_of: Callable[..., StaffClient]) -> None:
    client_of("cashier").post(path(renewal, "pay"), {"payment_mode": "upi"})

    sent = at_once([lambda: send_charges(company_id=NORTH)] * 4)

    assert sorted(sent) == [0, 0, 0, 1]
    with acting("manager"):
        assert GatewayCharge.objects.get().sendings == 1
    assert_clean()


def test_two_that_settle_the_last_installments_close_the_case(renewal: Any) -> None:
    """Each settles one; whoever comes last sees that nothing is left."""
    with acting("manager") as manager:
        payments = [
            record_payment(
                actor=manager,
                customer_id=renewal.customer_id,
                amount=Decimal(amount),
                method="ach",
                payment_date=today(manager.company),
                reference_number=period,
            ).payment.id
            for period, amount, _ in ROWS
        ]
        owed = list(Obligation.objects.order_by("due_date").values_list("id", "outstanding"))

    def settle(place: int) -> Any:
        with acting("manager") as manager:
            key, amount = owed[place]
            return allocate_payment(
                actor=manager,
                payment_id=payments[place],
                requests=[AllocationRequest(amount=amount, obligation_id=key)],
            )

    at_once([lambda: settle(0), lambda: settle(1)])

    with acting("manager"):
        assert Case.objects.get(pk=renewal.pk).state == "Closed"
    assert_clean()
