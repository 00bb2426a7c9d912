"""`POST …/pay/`: what is paid, at once or through the gateway, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases.models import Case, CaseEvent
from cases.services import hold_case
from ledger.models import Entry, Obligation
from outstanding.models import CustomerPayment, CustomerPaymentItem, RenewalCase
from outstanding.querysets import read_summary
from outstanding.services import pay_installments
from outstanding.tests.builders import ids_of, make_renewal, path
from payments.gateways.errors import NoGateway
from payments.gateways.interface import Outcome, Result
from payments.gateways.models import GatewayCharge
from payments.gateways.services import apply_outcome, reconcile_charges, send_charges
from payments.models import Allocation, Payment
from payments.querysets import how_applied
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.recording import record_payment
from payments.services.voids import void_payment
from tests.cast import NORTH, StaffClient
from tests.digest import assert_nothing_written

Deliver = Callable[..., Any]


def state_of(renewal: RenewalCase) -> str:
    return Case.objects.get(pk=renewal.pk).state


def statuses(api: StaffClient, renewal: RenewalCase) -> list[str]:
    rows = api.get(path(renewal, "summary")).json()["data"]["installments"]
    return [row["status"] for row in rows]


def test_answers_as_the_seed_prints_it(api: StaffClient, renewal: RenewalCase) -> None:
    body = {"installment_ids": ids_of(renewal)[:3], "payment_mode": "upi", "payment_notes": "Payment notes"}

    answer = api.post(path(renewal, "pay"), body)

    assert answer.status_code == 200
    outer = answer.json()
    data = outer["data"]
    assert outer["success"] is True
    assert (
        data.items()
        >= {
            "success": True,
            "message": "Payment initiated for 3 installments",
            "total_amount": Decimal("138750.00"),
        }.items()
    )
    assert isinstance(data["payment_id"], int)
    assert re.fullmatch("TXN_[0-9A-F]{12}", data["transaction_id"])
    assert b'"total_amount":138750.00' in answer.content
    stored = CustomerPayment.objects.get(id=data["payment_id"])
    assert (stored.status, stored.transaction_id, stored.notes) == (
        "initiated",
        data["transaction_id"],
        "Payment notes",
    )


def test_the_example_without_ids_pays_everything(api: StaffClient, renewal: RenewalCase) -> None:
    body = {"payment_mode": "upi", "payment_notes": "Payment for outstanding installments"}

    data = api.post(path(renewal, "pay"), body).json()["data"]

    assert (data["message"], data["total_amount"]) == (
        "Payment initiated for 5 installments",
        Decimal("240500.00"),
    )
    assert statuses(api, renewal) == ["processing"] * 5
    assert state_of(renewal) == "In Progress"
    assert not Payment.objects.exists()
    assert not Entry.objects.exclude(event="obligation_raised").exists()


@pytest.mark.parametrize("mode", ["cash", "Cheque", "check", "BANK_TRANSFER", "bank transfer"])
def test_offline_modes_settle_at_once(api: StaffClient, renewal: RenewalCase, mode: str) -> None:
    first, second, *_ = ids_of(renewal)

    data = api.post(path(renewal, "pay"), {"installment_ids": [second, first], "payment_mode": mode}).json()[
        "data"
    ]

    payment = Payment.objects.get()
    assert (
        data.items()
        >= {
            "message": "Payment initiated for 2 installments",
            "status": "completed",
            "payment_number": payment.number,
        }.items()
    )
    assert (payment.number, payment.amount, payment.unallocated, payment.payment_date) == (
        "PAY-2024-001",
        Decimal("92500.00"),
        Decimal("0.00"),
        date(2024, 11, 15),
    )
    assert (payment.reference_number, payment.case_no) == (data["transaction_id"], renewal.case.case_no)
    assert statuses(api, renewal) == ["overdue", "pending", "pending"]
    assert not GatewayCharge.objects.exists()
    assert not CustomerPaymentItem.objects.filter(is_open=True).exists()


def test_paying_all_closes_the_case_and_a_returned_check_reopens_it(
    api: StaffClient, renewal: RenewalCase, manager: Actor
) -> None:
    api.post(path(renewal, "pay"), {"payment_mode": "cheque"})
    assert state_of(renewal) == "Closed"

    void_payment(actor=manager, payment_id=Payment.objects.get().id, reason="The check was returned unpaid.")

    assert state_of(renewal) == "In Progress"
    assert len(statuses(api, renewal)) == 5
    kinds = CaseEvent.objects.filter(case=renewal.pk).order_by("id").values_list("trigger", flat=True)
    assert list(kinds) == ["", "installments_raised", "pay", "settled", "reopened", "payment_voided"]


def test_names_every_id_that_cannot_be_paid(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    first, second, *_ = ids_of(renewal)
    foreign, *_ = ids_of(make_renewal(manager, [("P", "5.00", date(2024, 1, 1))], policy="OTHER"))
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    ids = [first, second, second, foreign, 999_999_999]

    with assert_nothing_written():
        answer = api.post(path(renewal, "pay"), {"installment_ids": ids, "payment_mode": "cash"})

    assert answer.status_code == 400
    body = answer.json()
    assert body["success"] is False
    assert [(error["field"], error["code"]) for error in body["errors"]] == [
        ("installment_ids.0", "installment_paid"),
        ("installment_ids.2", "installment_twice"),
        ("installment_ids.3", "unknown_installment"),
        ("installment_ids.4", "unknown_installment"),
    ]
    for key in (first, second, foreign, 999_999_999):
        assert str(key) in body["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "payment_mode"),
        ({"payment_mode": "bitcoin"}, "payment_mode"),
        ({"payment_mode": "enach"}, "payment_mode"),
        ({"payment_mode": "upi", "installment_ids": []}, "installment_ids"),
        ({"payment_mode": "upi", "installment_ids": ["1"]}, "installment_ids.0"),
        ({"payment_mode": "upi", "installment_ids": [Decimal("1.50")]}, "installment_ids.0"),
        ({"payment_mode": "upi", "installment_ids": [True]}, "installment_ids.0"),
        ({"payment_mode": "upi", "installment_ids": [2**63]}, "installment_ids.0"),
        ({"payment_mode": "upi", "amount": 5}, "amount"),
        ({"payment_mode": "upi", "payment_notes": "x" * 501}, "payment_notes"),
    ],
)
def test_refuses_a_wrong_body(
    api: StaffClient, renewal: RenewalCase, body: dict[str, Any], field: str
) -> None:
    with assert_nothing_written():
        answer = api.post(path(renewal, "pay"), body)

    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}


def test_refuses_rows_on_their_way(api: StaffClient, renewal: RenewalCase) -> None:
    first, second, third, *_ = ids_of(renewal)
    api.post(path(renewal, "pay"), {"installment_ids": [first, second], "payment_mode": "upi"})

    with assert_nothing_written():
        named = api.post(path(renewal, "pay"), {"installment_ids": [second, third], "payment_mode": "cash"})
        every = api.post(path(renewal, "pay"), {"payment_mode": "cash"})

    assert (named.status_code, named.json()["code"]) == (409, "installment_processing")
    assert [error["message"] for error in named.json()["errors"]] == [
        f"A payment of installment {second} is in progress."
    ]
    assert every.status_code == 409


def test_refuses_when_nothing_is_outstanding(api: StaffClient, renewal: RenewalCase) -> None:
    api.post(path(renewal, "pay"), {"payment_mode": "cash"})

    with assert_nothing_written():
        answer = api.post(path(renewal, "pay"), {"payment_mode": "cash"})

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_outstanding")


def test_refuses_a_case_that_does_not_move(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    hold_case(actor=manager, case_no=renewal.case.case_no, reason="Disputed by the customer.")

    with assert_nothing_written():
        answer = api.post(path(renewal, "pay"), {"payment_mode": "upi"})

    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


def test_the_same_key_pays_once(api: StaffClient, renewal: RenewalCase) -> None:
    key = {"HTTP_IDEMPOTENCY_KEY": "01900000-0000-7000-8000-00000000abcd"}

    first = api.post(path(renewal, "pay"), {"payment_mode": "cash"}, **key)
    again = api.post(path(renewal, "pay"), {"payment_mode": "cash"}, **key)

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Payment.objects.count() == 1


def test_refuses_electronic_modes_without_a_gateway(
    renewal: RenewalCase, manager: Actor, settings: Any
) -> None:
    settings.GATEWAY_SANDBOX = False

    with assert_nothing_written(), pytest.raises(NoGateway):
        pay_installments(actor=manager, case=renewal.pk, mode="upi")


# --- Through the gateway ----------------------------------------------------------------------------


@pytest.fixture
def transaction_id(api: StaffClient, renewal: RenewalCase) -> str:
    """The seed's payment of the first three installments, handed to the gateway by mode `emi`: it stays pending."""
    body = {"installment_ids": ids_of(renewal)[:3], "payment_mode": "emi"}
    reference: str = api.post(path(renewal, "pay"), body).json()["data"]["transaction_id"]
    assert send_charges(company_id=NORTH) == 1
    return reference


def test_sending_makes_it_processing_and_posts_nothing(renewal: RenewalCase, transaction_id: str) -> None:
    assert CustomerPayment.objects.get().status == "processing"
    assert GatewayCharge.objects.get().state == "sent"
    assert send_charges(company_id=NORTH) == 0
    assert not Payment.objects.exists()


def test_an_event_settles(
    api: StaffClient, renewal: RenewalCase, transaction_id: str, deliver: Deliver
) -> None:
    answer = deliver(transaction_id, amount="138750.00")

    assert (answer.status_code, answer.json()) == (200, {"received": True, "outcome": "applied"})
    payment, stored = Payment.objects.get(), CustomerPayment.objects.get()
    assert (payment.amount, payment.unallocated, payment.method) == (
        Decimal("138750.00"),
        Decimal("0.00"),
        "emi",
    )
    assert (stored.status, stored.payment_id, stored.settled_amount) == (
        "completed",
        payment.id,
        payment.amount,
    )
    assert statuses(api, renewal) == ["pending", "pending"]


@pytest.mark.parametrize("kind", ["failed", "cancelled"])
def test_failure_gives_the_rows_back_as_they_were(
    api: StaffClient, renewal: RenewalCase, transaction_id: str, deliver: Deliver, kind: str
) -> None:
    before = list(Obligation.objects.order_by("id").values())

    answer = deliver(transaction_id, kind, reason="Insufficient funds.")

    stored = CustomerPayment.objects.get()
    assert answer.json()["outcome"] == "applied"
    assert (stored.status, stored.failure_reason, stored.payment_id) == (kind, "Insufficient funds.", None)
    assert statuses(api, renewal) == ["overdue", "overdue", "overdue", "pending", "pending"]
    assert list(Obligation.objects.order_by("id").values()) == before
    assert not Payment.objects.exists()
    assert api.post(path(renewal, "pay"), {"payment_mode": "cash"}).status_code == 200


def test_less_than_asked_settles_the_oldest_first(
    api: StaffClient, renewal: RenewalCase, transaction_id: str, deliver: Deliver
) -> None:
    deliver(transaction_id, amount="50000.00")

    rows = api.get(path(renewal, "summary")).json()["data"]["installments"]
    assert [(row["amount"], row["status"]) for row in rows[:3]] == [
        (Decimal("42500.00"), "overdue"),
        (Decimal("46250.00"), "overdue"),
        (Decimal("50875.00"), "pending"),
    ]
    assert CustomerPayment.objects.get().settled_amount == Decimal("50000.00")


def test_more_than_asked_becomes_unallocated_cash(
    renewal: RenewalCase, transaction_id: str, deliver: Deliver
) -> None:
    deliver(transaction_id, amount="138760.50")

    payment = Payment.objects.get()
    assert (payment.amount, payment.unallocated) == (Decimal("138760.50"), Decimal("10.50"))


def test_the_same_event_counts_once(renewal: RenewalCase, transaction_id: str, deliver: Deliver) -> None:
    deliver(transaction_id, amount="138750.00")

    with assert_nothing_written():
        again = deliver(transaction_id, amount="138750.00")

    assert (again.status_code, again.json()["outcome"]) == (200, "duplicate")


def test_out_of_order_events_change_nothing_any_more(
    renewal: RenewalCase, transaction_id: str, deliver: Deliver
) -> None:
    deliver(transaction_id, amount="138750.00")

    outcomes = [
        deliver(transaction_id, kind).json()["outcome"] for kind in ("processing", "failed", "cancelled")
    ]
    another = deliver(transaction_id, amount="138750.00", event_id="another").json()["outcome"]

    assert [*outcomes, another] == ["ignored"] * 4
    assert Payment.objects.count() == 1
    assert CustomerPayment.objects.get().status == "completed"


def test_settled_before_it_was_sent(api: StaffClient, renewal: RenewalCase, deliver: Deliver) -> None:
    """The gateway's event overtakes the answer to our call."""
    reference = api.post(path(renewal, "pay"), {"payment_mode": "upi"}).json()["data"]["transaction_id"]

    answer = deliver(reference, amount="240500.00")

    assert answer.json()["outcome"] == "applied"
    assert send_charges(company_id=NORTH) == 0
    assert state_of(renewal) == "Closed"


def test_money_that_comes_after_a_failure_is_taken(
    api: StaffClient, renewal: RenewalCase, transaction_id: str, deliver: Deliver, manager: Actor
) -> None:
    first, second, *_ = ids_of(renewal)
    deliver(transaction_id, "failed", reason="Timed out.")
    pay_installments(actor=manager, case=renewal.pk, mode="cash", row_ids=[first])
    pay_installments(actor=manager, case=renewal.pk, mode="upi", row_ids=[second])

    answer = deliver(transaction_id, amount="138750.00")

    late = Payment.objects.get(reference_number=transaction_id)
    assert answer.json()["outcome"] == "applied"
    # The first is paid, the second is in progress elsewhere: the third alone takes some of it.
    assert late.unallocated == Decimal("92500.00")
    assert CustomerPayment.objects.get(transaction_id=transaction_id).status == "completed"
    assert statuses(api, renewal) == ["processing", "pending", "pending"]


def test_a_settled_event_finds_the_debt_paid_otherwise(
    renewal: RenewalCase, transaction_id: str, deliver: Deliver, manager: Actor
) -> None:
    first, *_ = ids_of(renewal)
    obligation = Obligation.objects.get(source_id=str(first))
    recorded = record_payment(
        actor=manager,
        customer_id=renewal.customer_id,
        amount=Decimal("46250.00"),
        method="ach",
        payment_date=date(2024, 11, 15),
    )
    allocate_payment(
        actor=manager,
        payment_id=recorded.payment.id,
        requests=[AllocationRequest(amount=Decimal("46250.00"), obligation_id=obligation.id)],
    )

    deliver(transaction_id, amount="138750.00")

    assert Payment.objects.get(reference_number=transaction_id).unallocated == Decimal("46250.00")
    assert sum(line.amount for line in Allocation.objects.all()) == Decimal("138750.00")
    assert {how_applied(line.strategy) for line in Allocation.objects.exclude(strategy="chosen")} == {
        "Installments of the payment"
    }


def test_a_case_on_hold_still_takes_the_money(
    renewal: RenewalCase, api: StaffClient, deliver: Deliver, manager: Actor
) -> None:
    reference = api.post(path(renewal, "pay"), {"payment_mode": "upi"}).json()["data"]["transaction_id"]
    hold_case(actor=manager, case_no=renewal.case.case_no, reason="Disputed by the customer.")

    deliver(reference, amount="240500.00")

    assert state_of(renewal) == "Closed"
    assert read_summary(actor=manager, case=renewal.pk).rows == []


def test_cancels_what_no_gateway_has_seen(api: StaffClient, renewal: RenewalCase, manager: Actor) -> None:
    data = api.post(path(renewal, "pay"), {"payment_mode": "upi"}).json()["data"]

    charge = GatewayCharge.objects.get(subject_id=str(data["payment_id"]))
    apply_outcome(
        actor=manager,
        charge_id=charge.id,
        outcome=Outcome(Result.CANCELLED, reason="Entered by mistake."),
    )

    assert CustomerPayment.objects.get().status == "cancelled"
    assert send_charges(company_id=NORTH) == 0
    assert "processing" not in statuses(api, renewal)


@pytest.mark.parametrize(
    ("mode", "at_first", "after_asking"),
    [
        ("upi", "completed", "completed"),
        ("wallet", "failed", "failed"),
        ("net_banking", "processing", "completed"),
        ("emi", "processing", "processing"),
    ],
)
def test_the_sandbox_shows_each_outcome(
    api: StaffClient, renewal: RenewalCase, mode: str, at_first: str, after_asking: str
) -> None:
    api.post(path(renewal, "pay"), {"payment_mode": mode})

    send_charges(company_id=NORTH)
    first = CustomerPayment.objects.get().status
    reconcile_charges(company_id=NORTH, at_once=True)

    assert (first, CustomerPayment.objects.get().status) == (at_first, after_asking)
