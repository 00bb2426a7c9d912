"""What the step of a loan or a repair refuses, and who finds what it made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from ledger.repayment.actions import DocumentAction, Why
from ledger.tests.builders import Debtor, make_debtor
from tests.digest import assert_nothing_written
from tests.repayment.conftest import KINDS, Repaid


def open_case(client: Any, repaid: Repaid) -> str:
    return str(client.post(f"{repaid.kind.url}/create-case", {}).json()["case_no"])


def test_two_clicks_make_one_document(client: Any, manager: Actor, debtor: Debtor, repaid: Repaid) -> None:
    case_no = open_case(client, repaid)
    body = {"step_id": repaid.step_id, "data": repaid.terms(manager, debtor)}

    first, second = client.post(f"/case/{case_no}", body), client.post(f"/case/{case_no}", body)

    assert (first.status_code, second.status_code) == (200, 409)
    assert repaid.kind.document.objects.count() == 1


@pytest.mark.parametrize(
    ("noun", "changes", "status", "code", "field"),
    [
        ("loan", {"loan_amount": 0}, 400, "invalid", "loan_amount"),
        ("loan", {"loan_amount": "12.345"}, 400, "invalid", "loan_amount"),
        ("loan", {"loan_amount": "78000.01"}, 400, "schedule_too_long", "loan_amount"),
        ("loan", {"interest_rate": "100.01"}, 400, "invalid", "interest_rate"),
        ("loan", {"interest_rate": -1}, 400, "invalid", "interest_rate"),
        ("loan", {"interest_rate": "1e1"}, 400, "invalid", "interest_rate"),
        ("loan", {"interest_rate": "10.00001"}, 400, "invalid", "interest_rate"),
        ("loan", {"start_week": "2025-10-06"}, 400, "start_week_not_sunday", "start_week"),
        ("loan", {"start_week": "2025-10-05"}, 400, "start_week_too_early", "start_week"),
        ("loan", {"start_week": "soon"}, 400, "invalid", "start_week"),
        ("loan", {"driver_id": 999_999}, 404, "driver_not_found", "driver_id"),
        ("loan", {"lease_id": "LS-9999"}, 404, "lease_not_found", "lease_id"),
        ("loan", {"notes": "x" * 501}, 400, "invalid", "notes"),
        ("loan", {"color": "red"}, 400, "invalid", "color"),
        ("repair", {"workshop_type": "Garage"}, 400, "unknown_workshop", "workshop_type"),
        ("repair", {"invoice_number": "  "}, 400, "invalid", "invoice_number"),
        ("repair", {"total_amount": "0"}, 400, "invalid", "total_amount"),
        ("repair", {"start_week": "2025-10-06"}, 400, "start_week_not_sunday", "start_week"),
        ("repair", {"start_week": "2025-10-05"}, 400, "start_week_too_early", "start_week"),
        ("repair", {"driver_id": 999_999}, 404, "driver_not_found", "driver_id"),
        ("repair", {"lease_id": 999_999}, 404, "lease_not_found", "lease_id"),
        ("repair", {"interest_rate": 5}, 400, "invalid", "interest_rate"),
    ],
)
def test_refuses_what_is_no_document(
    client: Any,
    manager: Actor,
    debtor: Debtor,
    noun: str,
    changes: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    repaid = KINDS[noun]
    case_no = open_case(client, repaid)
    body = {"step_id": repaid.step_id, "data": repaid.terms(manager, debtor, **changes)}

    with assert_nothing_written():
        response = client.post(f"/case/{case_no}", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert field in [each["field"] for each in response.json()["errors"]]


def test_refuses_a_lease_that_the_driver_does_not_drive(
    client: Any, manager: Actor, debtor: Debtor, repaid: Repaid
) -> None:
    case_no = open_case(client, repaid)
    other = make_debtor(manager, number=2, name="Jane Roe")
    body = {"step_id": repaid.step_id, "data": repaid.terms(manager, debtor, lease_id=other.lease.id)}

    with assert_nothing_written():
        response = client.post(f"/case/{case_no}", body)

    assert (response.status_code, response.json()["code"]) == (400, "lease_not_driven")


def body_of(action: DocumentAction) -> dict[str, Any]:
    reason = {} if action.why is Why.NEVER else {"reason": "not mine at all"}
    return {**action.example, **reason}


def test_another_company_finds_nothing(
    client_of: Callable[..., Any], manager: Actor, debtor: Debtor, repaid: Repaid
) -> None:
    url = repaid.kind.address(repaid.make(manager, debtor).number)
    outsider = client_of("outsider")
    there = [
        outsider.get(url),
        outsider.get(f"{url}/receipt"),
        *(
            outsider.post(f"{url}/{action.name}", body_of(action), HTTP_IDEMPOTENCY_KEY=str(uuid7()))
            for action in repaid.actions
        ),
    ]
    unknown = outsider.get(repaid.kind.address(f"{repaid.kind.series}-1999-001"))

    assert {response.status_code for response in there} == {404}
    assert {response.json()["code"] for response in there} == {unknown.json()["code"]}
    assert outsider.get(repaid.kind.url).json()["items"] == []
