"""The OpenAPI document says what the API does: every call is in it, and its examples fit what it declares.

What is answered is held against it everywhere (tests/answers.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batconnect.core.api.answers import Answer, Choice, Day, Id, Listed, Money, Text
from batconnect.core.api.base import ApiView
from batconnect.core.api.endpoints.documents import describe_api
from batconnect.core.kernel.json import write_exact_json
from tests.access.endpoints import NOTHING, calls
from tests.answers import read, undeclared, validator_of, wrong_with
from tests.cast import StaffClient

METHODS = ("get", "post", "put", "patch", "delete")
PAYMENTS = {
    "method": "GET",
    "route": "api/payments/<uuid:payment_id>/refunds",
    "media_type": "application/json",
}
REFUNDS: dict[str, Any] = {
    "payment_id": "01900000-0000-7000-8000-0000000000a1",
    "payment_number": "PAY-2025-001",
    "payment_amount": 1000.00,
    "total_refunded": 0,
    "reserved_amount": 0,
    "refunds": [],
}


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation by its name."""
    for path, methods in describe_api()["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body that an operation takes and those that it answers, each with its schema and examples."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body, {media_type}", content
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            yield f"{status}, {media_type}", content


def test_every_example_fits_its_declaration() -> None:
    wrong = []
    for name, operation in operations():
        for place, content in contents(operation):
            checks = validator_of(content["schema"])
            for example in content.get("examples", {}).values():
                document = read(json.dumps(example["value"]).encode())
                wrong += [f"{name}, {place}: {error}" for error in checks.iter_errors(document)]

    assert wrong == []


def test_every_operation_has_an_example_of_what_it_takes_and_answers() -> None:
    without = [
        f"{name}, {place}"
        for name, operation in operations()
        for place, content in contents(operation)
        if place.endswith("json") and not content.get("examples")
    ]

    assert without == []


def test_every_call_is_in_the_document() -> None:
    for call in calls(ApiView):  # type: ignore[arg-type]  # public ones too
        answer = {"method": call.method, "route": call.route, "status": 500, "body": b"{}"}

        assert "not have this operation" not in undeclared(**answer, media_type="application/problem+json")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"refunds": None}, "refunds: null is not of type"),
        ({"unheard_of": 1}, "'unheard_of'"),
        ({"payment_amount": "1000.00"}, "payment_amount: "),
        ({"payment_amount": 10.005}, "payment_amount: "),
        ({"payment_id": "PAY-2025-001"}, "payment_id: "),
    ],
)
def test_an_answer_that_is_not_declared_is_found(changed: dict[str, Any], said: str) -> None:
    right = undeclared(**PAYMENTS, status=200, body=json.dumps(REFUNDS).encode())
    without = {name: value for name, value in REFUNDS.items() if name != "payment_number"}

    assert right == ""
    assert said in undeclared(**PAYMENTS, status=200, body=json.dumps({**REFUNDS, **changed}).encode())
    assert "payment_number" in undeclared(**PAYMENTS, status=200, body=json.dumps(without).encode())


def test_a_status_or_a_media_type_or_a_code_that_is_not_declared_is_found() -> None:
    problem = {"type": "t", "title": "t", "status": 404, "detail": "d", "errors": [], "request_id": ""}
    here = {**PAYMENTS, "media_type": "application/problem+json"}

    def said(**answer: Any) -> str:
        return undeclared(**{**here, **answer})

    assert said(status=404, body=json.dumps({**problem, "code": "payment_not_found"}).encode()) == ""
    assert "code: " in said(status=404, body=json.dumps({**problem, "code": "batch_not_found"}).encode())
    assert said(status=418, body=b"{}").startswith("418 is not among 200, 400")
    assert (
        said(status=404, body=b"{}", media_type="text/html")
        == "404 is text/html, not application/problem+json"
    )


@pytest.mark.django_db
def test_every_client_of_the_suite_looks(client_of: Callable[..., StaffClient]) -> None:
    response = client_of("cashier").get(f"/api/payments/{NOTHING['uuid']}/refunds")

    assert response.status_code == 404
    assert wrong_with(response, method="GET") == ""
    response.status_code = 418
    assert wrong_with(response, method="GET").startswith("418 is not among")


def test_an_example_is_made_of_its_members() -> None:
    class Item(Answer):
        """An item."""

        id = Id("b1")
        status = Choice(["open", "paid"])
        paid_on = Day(null=True)

    class Bill(Answer):
        """A bill."""

        from_ = Day("2025-09-01")
        total = Money("12.50")
        note = Text(optional=True)
        first = Item()
        last = Item(null=True)
        items = Listed(Item)

    item = {"id": Id("b1").shown, "status": "open", "paid_on": None}
    bill = {"from": Day("2025-09-01").shown, "total": Money("12.50").shown, "first": item, "last": None}
    shown = Bill.shown(first={"status": "paid"}, items=[]).example()

    assert Bill.example() == {**bill, "items": [item]}
    assert shown == {**bill, "first": {**item, "status": "paid"}, "items": []}
    assert b'"total":12.50' in write_exact_json(shown)
    assert "note" not in Bill.schema(lambda answer: {})["required"]
