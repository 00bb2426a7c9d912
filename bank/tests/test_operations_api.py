"""What is certain accepted at once, operations listed and taken back, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bank.models import Explanation, LinePart
from bank.services.explaining import Decision, explain_part
from bank.services.kinds.interface import Piece
from bank.services.operations import CERTAIN_AT_ONCE
from bank.tests.builders import book, default_account
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import CompanySettings
from batconnect.directory.models import Customer
from ledger.verification import verify
from payments.batches.tests.builders import bill
from payments.models import Payment
from payments.tests.billing import make_customer, post, receive
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
ACCEPT = "/api/accounting/statement-lines/accept-certain"
OPERATIONS = "/api/accounting/explanation-operations"
REASON = "It was somebody else's money"


def certain(actor: Actor, customer: Customer) -> list[LinePart]:
    """Two lines that each name an open invoice, and one of which nothing is known."""
    parts = [
        book(actor, str(each.total), text=f"Payment of {each.number}", payer_name="Acme")[0]
        for each in bill(actor, customer, "120.00", "80.00")
    ]
    return [*parts, *book(actor, "33.00", payer_name="Somebody")]


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def test_what_is_certain_is_shown_accepted_and_taken_back(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    one, two, unknown = certain(manager, acme)

    seen = post(api, ACCEPT, {"preview": True})
    assert not Explanation.objects.exists()
    assert (seen.status_code, seen.json()["operation_id"]) == (200, None), seen.content
    rows = seen.json()["explained"]
    assert [(each["part_id"], each["amount"], each["title"]) for each in rows] == [
        (str(one.id), D("120.00"), "Payment of Acme Insurance"),
        (str(two.id), D("80.00"), "Payment of Acme Insurance"),
    ]

    done = post(api, ACCEPT, {"part_ids": [*(each["part_id"] for each in rows), str(unknown.id)]}).json()

    assert {each["part_id"] for each in done["explained"]} == {str(one.id), str(two.id)}
    assert done["left"] == [{"part_id": str(unknown.id), "why": "Nothing is certain of it."}]
    listed = api.get(OPERATIONS).json()
    (row,) = listed["results"]
    assert (listed["total"], row["operation_id"]) == (1, done["operation_id"])
    assert (row["parts"], row["live"], row["deciders"], row["made_by"]) == (2, 2, ["person"], manager.name)
    detail = api.get(f"{OPERATIONS}/{done['operation_id']}?limit=1").json()
    assert [each["part_id"] for each in detail["results"]] == [str(one.id)]
    assert detail["results"][0]["explanations"][0]["kind"] == "payment"

    back = post(api, f"{OPERATIONS}/{done['operation_id']}/undo", {"reason": REASON})

    assert back.status_code == 200, back.content
    assert (set(back.json()["reopened"]), back.json()["waiting"]) == ({str(one.id), str(two.id)}, [])
    assert (back.json()["live"], back.json()["live_parts"]) == (0, 0)
    assert {each.status for each in LinePart.objects.all()} == {"open"}
    assert {each.status for each in Payment.objects.all()} == {"voided"}
    with assert_nothing_written():
        again = post(api, f"{OPERATIONS}/{done['operation_id']}/undo", {"reason": REASON})
    assert (again.status_code, again.json()["code"]) == (409, "explanation_undone")
    assert_clean(manager)


def test_the_same_key_accepts_once(api: StaffClient, manager: Actor, acme: Customer) -> None:
    certain(manager, acme)
    key = {"Idempotency-Key": uuid4().hex}

    first, second = (api.post(ACCEPT, {}, headers=key) for _ in range(2))

    assert first.json() == second.json()
    assert Explanation.objects.count() == 2


def test_filters_say_which(api: StaffClient, manager: Actor, acme: Customer) -> None:
    certain(manager, acme)
    bodies: list[dict[str, Any]] = [
        {"direction": "out"},
        {"text": "nothing that a line says"},
        {"bank_account_id": str(uuid4())},
        {"part_ids": []},
    ]
    for body in bodies:
        answer = post(api, ACCEPT, body).json()
        assert answer == {"operation_id": None, "explained": [], "left": []}, body

    here = {"direction": "in", "text": "acme", "bank_account_id": str(default_account(manager).id)}
    assert len(post(api, ACCEPT, here).json()["explained"]) == 2


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"part_ids": [str(uuid4())], "direction": "in"}, "parts_or_filters", "part_ids"),
        ({"part_ids": [str(uuid4())] * (CERTAIN_AT_ONCE + 1)}, "invalid", "part_ids"),
        ({"part_ids": ["x"]}, "invalid", "part_ids.0"),
        ({"direction": "sideways"}, "invalid", "direction"),
        ({"text": "x" * 61}, "invalid", "text"),
        ({"preview": "perhaps"}, "invalid", "preview"),
        ({"all": True}, "invalid", "all"),
    ],
)
def test_refuses(api: StaffClient, body: dict[str, Any], code: str, field: str) -> None:
    with assert_nothing_written():
        answer = post(api, ACCEPT, body)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.content
    assert answer.json()["errors"][0]["field"] == field


def test_operations_are_narrowed(api: StaffClient, manager: Actor, acme: Customer) -> None:
    certain(manager, acme)
    together = post(api, ACCEPT, {}).json()["operation_id"]
    (alone,) = book(manager, "-5.00")
    single = explain_part(actor=manager, part_id=alone.id, pieces=[Piece("charges", D("5.00"))])
    one = str(single.explanations[0].operation_id)
    post(api, f"{OPERATIONS}/{one}/undo", {"reason": REASON})

    def ids(query: str) -> list[str]:
        answer = api.get(f"{OPERATIONS}?{query}")
        assert answer.status_code == 200, answer.content
        return [each["operation_id"] for each in answer.json()["results"]]

    assert ids("") == [one, together]
    assert ids("several=true") == ids("status=live") == [together]
    assert ids("several=false") == ids("status=undone") == [one]
    assert ids("decided_by=person") == ids("status=live,undone") == [one, together]
    assert ids("decided_by=rule,system") == []
    assert ids("limit=1&offset=1") == [together]
    assert api.get(f"{OPERATIONS}?status=half").json()["errors"][0]["code"] == "unknown_choice"


def test_what_takes_a_second_person_waits(api: StaffClient, manager: Actor) -> None:
    """The void of a payment above the limit: the part stays as it is, and the other one is open again."""
    CompanySettings.objects.update(void_approval_limit=D("100.00"))
    customer = make_customer(manager)
    known = receive(manager, customer, "40.00")
    large, small = book(manager, "500.00", "40.00")
    made = explain_part(
        actor=manager, part_id=large.id, pieces=[Piece("payment", D("500.00"), customer_id=customer.id)]
    )
    operation_id = made.explanations[0].operation_id
    explain_part(
        actor=manager,
        part_id=small.id,
        pieces=[Piece("known_payment", D("40.00"), payment_id=known.id)],
        decision=Decision(operation_id=operation_id),
    )

    back = post(api, f"{OPERATIONS}/{operation_id}/undo", {"reason": REASON})

    assert back.status_code == 200, back.content
    assert back.json()["reopened"] == [str(small.id)]
    (asked,) = back.json()["waiting"]
    assert asked["kind"]
    assert (back.json()["live"], back.json()["live_parts"]) == (1, 1)


def test_another_companys_operation_is_not_found(
    client_of: Callable[..., StaffClient], api: StaffClient, manager: Actor, acme: Customer
) -> None:
    parts = certain(manager, acme)
    operation = f"{OPERATIONS}/{post(api, ACCEPT, {}).json()['operation_id']}"
    outsider = client_of("outsider")

    with assert_nothing_written():
        answers = [outsider.get(operation), post(outsider, f"{operation}/undo", {"reason": REASON})]
    left = post(outsider, ACCEPT, {"part_ids": [str(parts[2].id)]}).json()

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (404, "explanation_not_found")
    ] * 2
    assert left["left"] == [{"part_id": str(parts[2].id), "why": "It is not open."}]
    assert outsider.get(OPERATIONS).json()["results"] == []
