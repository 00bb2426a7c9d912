"""Saying what a line is, and taking it back, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from bank.models import Explanation, LinePart, StatementLine
from bank.services.booking import LineToBook, book_lines
from bank.tests.builders import book, default_account, make_statement
from batconnect.core.database.rows import insert_many
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from ledger.verification import verify
from payments.batches.tests.builders import add_customer
from payments.models import Payment
from payments.tests.billing import post
from tests.cast import StaffClient
from tests.digest import assert_nothing_written

D = Decimal
REASON = "It was somebody else's money"


@pytest.fixture
def boss(client_of: Callable[..., StaffClient], manager: Actor) -> StaffClient:
    """The finance manager's client."""
    return client_of("manager")


def at(part: LinePart, action: str = "resolve") -> str:
    return f"/api/accounting/statement-lines/{part.line_id}/{action}"


def with_parts(actor: Actor, *amounts: str) -> list[LinePart]:
    """One line of several parts."""
    account = default_account(actor)
    statement = make_statement(actor, account)
    total = sum((D(each) for each in amounts), D("0.00"))
    common: dict[str, Any] = {
        "company_id": actor.company_id,
        "bank_account_id": account.id,
        "currency": "USD",
    }
    line = StatementLine(
        id=uuid7(),
        statement_id=statement.id,
        line_no=1,
        booked_on=today(actor.company),
        identity=uuid7().hex,
        direction="in" if total > 0 else "out",
        amount=abs(total),
        **common,
    )
    parts = [
        LinePart(
            id=uuid7(),
            line_id=line.id,
            part_no=place,
            payment_date=line.booked_on,
            method="bank_transfer",
            direction="in" if D(each) > 0 else "out",
            amount=abs(D(each)),
            **common,
        )
        for place, each in enumerate(amounts, start=1)
    ]
    insert_many([line])
    book_lines(actor=actor, account=account, statement=statement, lines=[LineToBook(line, parts)])
    return parts


def assert_clean(actor: Actor) -> None:
    assert [f"{each.check}: {each.difference}" for each in verify(actor=actor)] == []


def test_a_line_is_split_and_taken_back(boss: StaffClient, manager: Actor) -> None:
    customer = add_customer(manager)
    (part,) = book(manager, "100.00")
    body = {
        "pieces": [
            {"kind": "payment", "amount": "103.00", "customer_id": str(customer.id)},
            {"kind": "charges", "amount": -3, "note": "Kept by the bank"},
        ],
        "version": 1,
    }

    answer = post(boss, at(part), body)

    assert answer.status_code == 200, answer.content
    (shown,) = answer.json()["parts"]
    assert (shown["status"], shown["explained"], shown["version"]) == ("explained", D("100.00"), 2)
    assert answer.json()["open_amount"] == D("0.00")
    assert [(each["kind"], each["amount"]) for each in shown["explanations"]] == [
        ("payment", D("103.00")),
        ("charges", D("-3.00")),
    ]
    assert shown["explanations"][0]["payment_id"] == str(Payment.objects.get().id)
    assert answer.json()["warnings"] == []
    assert_clean(manager)

    undone = post(boss, at(part, "undo"), {"reason": REASON}, **{"If-Match": answer.headers["ETag"]})

    assert undone.status_code == 200, undone.content
    (shown,) = undone.json()["parts"]
    assert (shown["status"], undone.json()["open_amount"]) == ("open", D("100.00"))
    assert {each["status"] for each in shown["explanations"]} == {"undone"}
    assert undone.headers["ETag"] != answer.headers["ETag"]
    read = boss.get(f"/api/accounting/statement-lines/{part.line_id}")
    assert read.headers["ETag"] == undone.headers["ETag"]
    assert Payment.objects.get().status == "voided"
    assert_clean(manager)


def test_the_same_key_explains_once(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "100.00")
    body = {"pieces": [{"kind": "interest", "amount": "100.00"}]}
    key = {"Idempotency-Key": str(uuid4())}

    first, again = (boss.post(at(part), body, headers=key) for _ in range(2))

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert Explanation.objects.count() == 1


def test_a_key_is_required(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "100.00")

    answer = boss.post(at(part), {"pieces": [{"kind": "interest", "amount": "100.00"}]})

    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("pieces", "code", "field"),
    [
        ([], "min_length", "pieces"),
        ([{"kind": "gift", "amount": "100.00"}], "unknown_explanation", "pieces.0.kind"),
        ([{"kind": "interest", "amount": "99.99"}], "does_not_add_up", "pieces"),
        (
            [{"kind": "interest", "amount": "100.00"}, {"kind": "charges", "amount": "0.00"}],
            "not_positive",
            "pieces.1.amount",
        ),
        ([{"kind": "disbursement", "amount": "100.00"}], "wrong_direction", "pieces.0.kind"),
        ([{"kind": "known_payment", "amount": "100.00"}], "unknown_explanation", "pieces.0.payment_id"),
        (
            [{"kind": "payment", "amount": "100.00", "customer_id": str(uuid4())}],
            "unknown_explanation",
            "pieces.0.customer_id",
        ),
        (
            [{"kind": "account", "amount": "100.00", "account_code": "cash:cash"}],
            "account_has_items",
            "pieces.0.account_code",
        ),
        (
            [{"kind": "account", "amount": "100.00", "account_code": "bank:operating"}],
            "account_has_items",
            "pieces.0.account_code",
        ),
        (
            [{"kind": "account", "amount": "100.00", "account_code": "nowhere"}],
            "unknown_explanation",
            "pieces.0.account_code",
        ),
        (
            [{"kind": "transfer", "amount": "100.00", "source_id": "x"}],
            "unknown_explanation",
            "pieces.0.source_id",
        ),
        ([{"kind": "gateway", "amount": "100.00"}], "unknown_explanation", "pieces.0.payment_ids"),
        ([{"kind": "processor", "amount": "100.00"}], "unknown_explanation", "pieces.0.processor"),
        ([{"kind": "vendor_refund", "amount": "100.00"}], "unknown_explanation", "pieces.0.credit_id"),
        (
            [{"kind": "deposit_slip", "amount": "100.00", "source_id": "x"}],
            "unknown_explanation",
            "pieces.0.source_id",
        ),
        (
            [{"kind": "disbursement_return", "amount": "100.00", "disbursement_id": str(uuid4())}],
            "unknown_explanation",
            "pieces.0.disbursement_id",
        ),
    ],
)
def test_refuses_and_says_where(
    boss: StaffClient, manager: Actor, pieces: list[dict[str, Any]], code: str, field: str
) -> None:
    (part,) = book(manager, "100.00")

    with assert_nothing_written():
        answer = post(boss, at(part), {"pieces": pieces})

    assert answer.status_code == 400, answer.content
    said = [(each["field"], each["code"]) for each in answer.json()["errors"]]
    assert (field, code) in said, said


def test_a_processors_deposit_is_explained_with_its_fee(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "617.50")
    piece = {
        "kind": "processor",
        "amount": "617.50",
        "processor": "curb",
        "fee": "32.50",
        "gross": "650.00",
    }

    answer = post(boss, at(part), {"pieces": [piece]})

    assert answer.status_code == 200, answer.content
    assert_clean(manager)
    undone = post(boss, at(part, "undo"), {"reason": REASON})
    assert undone.status_code == 200, undone.content
    assert_clean(manager)
    wrong = post(boss, at(part), {"pieces": [{**piece, "gross": "651.00"}]})
    assert wrong.status_code == 400, wrong.content


@pytest.mark.parametrize("member", [{"payment_id": "x"}, {"customer": "x"}, {"account_code": 7}])
def test_refuses_what_it_does_not_know(boss: StaffClient, manager: Actor, member: dict[str, Any]) -> None:
    (part,) = book(manager, "100.00")

    with assert_nothing_written():
        answer = post(boss, at(part), {"pieces": [{"kind": "interest", "amount": "100.00", **member}]})

    assert answer.status_code == 400


def test_the_account_without_items_refuses_by_name(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "100.00")
    piece = {"kind": "account", "amount": "100.00", "account_code": "receivable:LEASE"}

    answer = post(boss, at(part), {"pieces": [piece]})

    assert "write off an obligation" in answer.json()["errors"][0]["message"]
    good = post(boss, at(part), {"pieces": [{**piece, "account_code": "income:other"}]})
    assert good.status_code == 200


def test_one_part_of_several_is_named(boss: StaffClient, manager: Actor) -> None:
    first, second = with_parts(manager, "100.00", "-20.00")
    pieces = {"pieces": [{"kind": "charges", "amount": "20.00"}]}

    with assert_nothing_written():
        answer = post(boss, at(first), pieces)
    assert (answer.status_code, answer.json()["code"]) == (400, "several_parts")

    named = post(boss, at(first), {**pieces, "part_id": str(second.id)})
    assert named.status_code == 200, named.content
    assert [each["status"] for each in named.json()["parts"]] == ["open", "explained"]
    rest = post(boss, at(first), {"pieces": [{"kind": "interest", "amount": "100.00"}]})
    assert [each["status"] for each in rest.json()["parts"]] == ["explained", "explained"]
    assert_clean(manager)

    which = post(boss, at(first, "undo"), {"reason": REASON})
    assert (which.status_code, which.json()["code"]) == (400, "several_parts")
    one = Explanation.objects.get(part=second.id)
    undone = post(boss, at(first, "undo"), {"reason": REASON, "explanation_id": str(one.id)})
    assert [each["status"] for each in undone.json()["parts"]] == ["explained", "open"]
    assert_clean(manager)


def test_a_part_or_explanation_of_another_line_is_not_found(boss: StaffClient, manager: Actor) -> None:
    first, second = book(manager, "100.00", "100.00")
    pieces = {"pieces": [{"kind": "interest", "amount": "100.00"}]}
    post(boss, at(first), pieces)
    there = Explanation.objects.get()

    with assert_nothing_written():
        answers = [
            post(boss, at(second), {**pieces, "part_id": str(first.id)}),
            post(boss, at(second, "undo"), {"reason": REASON, "explanation_id": str(there.id)}),
            post(boss, at(second, "undo"), {"reason": REASON, "explanation_id": str(uuid4())}),
            post(boss, f"/api/accounting/statement-lines/{uuid4()}/resolve", pieces),
        ]

    assert [each.status_code for each in answers] == [404] * 4


def test_another_companys_line_is_not_found(client_of: Callable[..., StaffClient], manager: Actor) -> None:
    (part,) = book(manager, "100.00")
    pieces = {"pieces": [{"kind": "interest", "amount": "100.00"}]}

    with assert_nothing_written():
        answers = [
            post(client_of("outsider"), at(part), pieces),
            post(client_of("outsider"), at(part, "undo"), {"reason": REASON}),
        ]

    assert [each.status_code for each in answers] == [404, 404]


@pytest.mark.parametrize("username", ["cashier", "auditor"])
def test_it_takes_the_right(client_of: Callable[..., StaffClient], manager: Actor, username: str) -> None:
    (part,) = book(manager, "100.00")

    with assert_nothing_written():
        answer = post(client_of(username), at(part), {"pieces": [{"kind": "interest", "amount": "100.00"}]})

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_an_explained_line_is_not_explained_again(boss: StaffClient, manager: Actor) -> None:
    (part,) = book(manager, "100.00")
    pieces = {"pieces": [{"kind": "interest", "amount": "100.00"}]}
    first = post(boss, at(part), pieces)

    with assert_nothing_written():
        again = post(boss, at(part), pieces)
        stale = post(boss, at(part), pieces, **{"If-Match": '"old"'})
        changed = post(boss, at(part), {**pieces, "version": 1})

    assert (again.status_code, again.json()["code"]) == (409, "line_explained")
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (changed.status_code, changed.json()["code"]) == (409, "line_changed")
    assert first.status_code == 200
