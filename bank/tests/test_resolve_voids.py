"""What a line became is taken back once, by two people above the limit, and never voided behind its back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from bank.models import Explanation, LinePart
from bank.tests.builders import book
from bank.tests.test_resolve_api import assert_clean, at
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.models import CompanySettings
from ledger.models import Posting
from payments.batches.tests.builders import add_customer, row, table, upload, work
from payments.models import Payment
from payments.tests.billing import make_customer, post, receive
from payments.tests.builders import make_john_doe, pay
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], manager: Actor) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


def joined(boss: StaffClient, payment: Payment, actor: Actor) -> LinePart:
    """A line that is explained as the payment."""
    (part,) = book(actor, str(payment.amount))
    piece = {"kind": "known_payment", "amount": str(payment.amount), "payment_id": str(payment.id)}
    answer = post(boss, at(part), {"pieces": [piece]})
    assert answer.status_code == 200, answer.content
    return part


def test_nothing_is_undone_twice(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "100.00")
    empty = post(boss, at(part, "undo"), {"reason": REASON})
    post(boss, at(part), {"pieces": [{"kind": "interest", "amount": "100.00"}]})
    explanation = Explanation.objects.get()
    post(boss, at(part, "undo"), {"reason": REASON})

    with assert_nothing_written():
        again = post(boss, at(part, "undo"), {"reason": REASON})
        named = post(boss, at(part, "undo"), {"reason": REASON, "explanation_id": str(explanation.id)})
        short = post(boss, at(part, "undo"), {"reason": "short"})

    assert (empty.status_code, empty.json()["code"]) == (409, "nothing_explained")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_explained")
    assert (named.status_code, named.json()["code"]) == (409, "explanation_undone")
    assert short.status_code in (400, 409)


def test_above_the_limit_it_waits(
    boss: StaffClient, manager: Actor, client_of: Callable[..., StaffClient]
) -> None:
    payment = receive(manager, make_customer(manager), "100.00", method="check")
    (part,) = book(manager, "-100.00", return_code="R01")
    CompanySettings.objects.update(void_approval_limit=D("50.00"))
    pieces = {"pieces": [{"kind": "payment_return", "amount": "100.00", "payment_id": str(payment.id)}]}

    answer = post(boss, at(part), pieces)

    assert answer.status_code == 202, answer.content
    waits = answer.json()["approval_request_id"]
    decided = post(client_of("second_manager"), f"/api/approvals/{waits}/approve", {})
    assert decided.status_code == 200, decided.content
    assert LinePart.objects.get(id=part.id).status == "explained"
    assert Payment.objects.get(id=payment.id).status == "returned"
    assert_clean(manager)


@pytest.mark.parametrize("entry_point", ["payment", "journal"])
def test_a_payment_at_the_bank_is_not_voided(boss: StaffClient, manager: Actor, entry_point: str) -> None:
    payment = receive(manager, make_customer(manager), "100.00")
    part = joined(boss, payment, manager)
    received = Posting.objects.filter(entry__source_id=str(payment.id)).first()
    assert received is not None
    path = {
        "payment": f"/api/payments/{payment.id}/void",
        "journal": f"/ledger/postings/{received.id}/void",
    }[entry_point]

    with assert_nothing_written():
        answer = post(boss, path, {"reason": REASON})

    assert (answer.status_code, answer.json()["code"]) == (409, "at_the_bank"), answer.content
    post(boss, at(part, "undo"), {"reason": REASON})
    assert post(boss, path, {"reason": REASON}).status_code == 200
    assert_clean(manager)


def test_nor_with_its_batch(boss: StaffClient, manager: Actor) -> None:
    add_customer(manager)
    batch = work(upload(boss, table(row(), row(amount="70.00"))).json()["batch_id"])
    payment = Payment.objects.get(amount=D("70.00"))
    part = joined(boss, payment, manager)
    path = f"/api/operations/{batch.operation_id}/undo"

    with assert_nothing_written():
        answer = post(boss, path, {"reason": REASON})

    assert (answer.status_code, answer.json()["code"]) == (409, "at_the_bank"), answer.content
    assert payment.number in answer.json()["detail"]
    post(boss, at(part, "undo"), {"reason": REASON})
    assert post(boss, path, {"reason": REASON}).status_code == 200
    assert_clean(manager)


def test_nor_an_interim_payment(boss: StaffClient, manager: Actor) -> None:
    make_john_doe(manager)
    paid = pay(manager, "40.00", ("PVB", "PVB-4471", "40.00"), payment_date=today(manager.company)).payment
    joined(boss, paid, manager)

    with assert_nothing_written():
        answer = post(boss, f"/payments/interim-payments/{paid.number}/void", {"reason": REASON})

    assert (answer.status_code, answer.json()["code"]) == (409, "at_the_bank"), answer.content
