"""The calls on cases over HTTP, under both prefixes (docs/api.md#cases)."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from cases import services
from cases.models import Case, CaseEvent
from cases.tests.conftest import WHOLE

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def cashier_client(client_of: Callable[..., Any], in_north: Any) -> Any:
    return client_of("cashier", company_header=False)


@pytest.fixture
def manager_client(client_of: Callable[..., Any], in_north: Any) -> Any:
    return client_of("manager")


@pytest.mark.parametrize("prefix", ["/bpm/case", "/case", "/bpm/case/", "/case/"])
def test_opens_a_case_in_the_shape_of_the_seed(cashier_client: Any, prefix: str) -> None:
    response = cashier_client.post(prefix, {"case_type": "TSTINS"})

    assert response.status_code == 200
    body = response.json()
    assert list(body) == ["case_no", "created_by", "case_created_on", "case_status", "steps"]
    assert (body["case_no"], body["created_by"], body["case_status"]) == ("TSTINS000001", "Merly", "Open")
    assert INSTANT.fullmatch(body["case_created_on"])
    assert body["steps"][0] == {
        "step_name": "Report",
        "sub_steps": [
            {
                "step_name": "Fetch - Report",
                "step_id": "TSTINS-001",
                "operation": "fetch",
                "is_current_step": True,
                "has_already_been_used": False,
                "has_access": True,
            }
        ],
    }
    assert [step["has_access"] for step in body["steps"][1]["sub_steps"]] == [False, True, True]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"case_type": "NOPE"}, 400, "unknown_case_type"),
        ({"case_type": "A type with a very long name"}, 400, "unknown_case_type"),
        ({"case_type": "TSTIMP"}, 400, "unknown_case_type"),
        ({}, 400, "invalid"),
        ({"case_type": "TSTINS", "color": "red"}, 400, "invalid"),
        ({"case_type": None}, 400, "invalid"),
        ([], 400, "invalid"),
    ],
)
def test_refuses_to_open_what_it_cannot(cashier_client: Any, body: Any, status: int, code: str) -> None:
    response = cashier_client.post("/bpm/case", body)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Case.objects.exists()
    if code == "unknown_case_type":
        assert "TSTINS" in response.json()["detail"]


def test_walks_a_case_from_opening_to_its_end(manager_client: Any) -> None:
    case_no = manager_client.post("/bpm/case", {"case_type": "TSTINS"}).json()["case_no"]

    shown = manager_client.get(f"/case/{case_no}/TSTINS-001", {"vehicle": "8SAM401"})
    noted = manager_client.post(
        f"/bpm/case/{case_no}",
        b'{"step_id": "TSTINS-001", "data": {"vehicle": "8SAM401", "fee": 120.50}}',
        content_type="application/json",
    )
    closed = manager_client.post(
        f"/case/{case_no}/",
        {"step_id": "TSTINS-002", "data": {"findings": [{"code": "lights", "amount": "3.00"}]}},
    )
    page = manager_client.get(f"/bpm/case/{case_no}").json()

    assert shown.json() == {"vehicle": "8SAM401", "noted": {}}
    assert (noted.status_code, noted.json()["message"]) == (200, "Report noted.")
    assert closed.json() == {
        "message": "Inspection decided.",
        "case_no": case_no,
        "case_status": "Closed",
        "certificate": f"CERT-{case_no}",
    }
    assert list(page) == ["case_info", "steps", "entities", "events"]
    assert page["case_info"]["case_status"] == "Closed"
    assert page["case_info"]["subject"] == "Vehicle 8SAM401"
    assert page["entities"] == [
        {"entity": "certificate", "id": f"CERT-{case_no}", "url": f"/certificates/CERT-{case_no}"}
    ]
    assert [(event["kind"], event["to_status"]) for event in page["events"]] == [
        ("created", "Open"),
        ("step", "In Progress"),
        ("step", "Closed"),
    ]
    assert page["events"][2]["payload"]["draft"] == {"vehicle": "8SAM401", "fee": Decimal("120.50")}
    assert page["events"][2]["payload"]["data"]["findings"][0]["amount"] == Decimal("3.00")
    steps = {step["step_id"]: step for heading in page["steps"] for step in heading["sub_steps"]}
    assert [step_id for step_id, step in steps.items() if step["has_already_been_used"]] == [
        "TSTINS-001",
        "TSTINS-002",
    ]
    assert not any(step["is_current_step"] for step in steps.values())


def test_events_carry_the_request_id(manager_client: Any) -> None:
    manager_client.post("/bpm/case", {"case_type": "TSTINS"}, headers={"X-Request-Id": "abc-1"})

    assert CaseEvent.objects.get().request_id == "abc-1"


@pytest.mark.parametrize("action", ["hold", "release", "cancel", "reassign"])
def test_managing_actions_answer_under_both_prefixes(
    manager_client: Any, manager: Actor, action: str
) -> None:
    for prefix in ("/bpm/case", "/case"):
        case = services.create_case(actor=manager, case_type="TSTINS").case
        if action == "release":
            services.hold_case(actor=manager, case_no=case.case_no, reason="first")

        response = manager_client.post(f"{prefix}/{case.case_no}/{action}", {"reason": "because"})

        assert response.status_code == 200, response.content
        assert response.json()["case_no"] == case.case_no
        assert response.json()["case_status"] == Case.objects.get(id=case.id).state
        refused = manager_client.post(f"{prefix}/{case.case_no}/{action}", {"reason": "no"})
        assert refused.status_code == 400
        assert manager_client.get(f"{prefix}/{case.case_no}/{action}").status_code == 405


def test_a_second_submission_is_told_that_the_state_moved(manager_client: Any) -> None:
    case_no = manager_client.post("/bpm/case", {"case_type": "TSTINS"}).json()["case_no"]
    body = {"step_id": "TSTINS-002", "data": WHOLE}
    assert manager_client.post(f"/bpm/case/{case_no}", body).status_code == 200

    second = manager_client.post(f"/bpm/case/{case_no}", body)

    assert (second.status_code, second.json()["code"]) == (409, "illegal_transition")
    assert second.json()["case_status"] == "Closed"
    assert CaseEvent.objects.filter(kind="step").count() == 1


def test_no_access_is_403_and_not_404(cashier_client: Any, inspection: Case) -> None:
    shown = cashier_client.get(f"/bpm/case/{inspection.case_no}/TSTINS-002")
    posted = cashier_client.post(f"/bpm/case/{inspection.case_no}", {"step_id": "TSTINS-002", "data": WHOLE})

    for response in (shown, posted):
        assert (response.status_code, response.json()["code"]) == (403, "step_access_denied")
    assert Case.objects.get().state == "Open"


def test_what_does_not_exist_is_404(cashier_client: Any, inspection: Case) -> None:
    assert cashier_client.get("/bpm/case/TSTINS999999").json()["code"] == "case_not_found"
    assert cashier_client.get(f"/bpm/case/{inspection.case_no}/NOPE").status_code == 404
    posted = cashier_client.post("/bpm/case/TSTINS999999", {"step_id": "TSTINS-001", "data": {}})
    assert posted.status_code == 404


def test_an_unknown_step_in_a_body_is_400(cashier_client: Any, inspection: Case) -> None:
    posted = cashier_client.post(f"/bpm/case/{inspection.case_no}", {"step_id": "TSTIMP_LOOK", "data": {}})

    assert (posted.status_code, posted.json()["code"]) == (400, "unknown_step")


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"step_id": "TSTINS-001", "data": []},
        {"step_id": "TSTINS-001", "data": {}, "x": 1},
        "text",
    ],
)
def test_refuses_a_body_of_another_shape(cashier_client: Any, inspection: Case, body: Any) -> None:
    posted = cashier_client.post(f"/bpm/case/{inspection.case_no}", body)

    assert posted.status_code == 400
    assert CaseEvent.objects.count() == 1


def test_field_errors_name_their_path(manager_client: Any, inspection: Case) -> None:
    posted = manager_client.post(
        f"/bpm/case/{inspection.case_no}",
        {"step_id": "TSTINS-002", "data": {**WHOLE, "findings": [{"code": "horn", "amount": "1.00"}]}},
    )

    assert posted.status_code == 400
    assert posted.json()["errors"] == [
        {"field": "findings.0.code", "code": "enum", "message": "Choose one of: brakes, lights."}
    ]


@pytest.mark.parametrize("path", ["/bpm/cases", "/bpm/case/{no}", "/bpm/case/{no}/TSTINS-001"])
def test_another_company_finds_nothing(client_of: Callable[..., Any], inspection: Case, path: str) -> None:
    response = client_of("outsider").get(path.format(no=inspection.case_no))

    if path == "/bpm/cases":
        assert response.json()["items"] == []
    else:
        assert response.status_code == 404


def test_an_auditor_reads_and_changes_nothing(client_of: Callable[..., Any], inspection: Case) -> None:
    auditor = client_of("auditor")

    assert auditor.get(f"/bpm/case/{inspection.case_no}").status_code == 200
    assert auditor.get("/bpm/cases").status_code == 200
    for path, body in (
        ("/bpm/case", {"case_type": "TSTINS"}),
        (f"/bpm/case/{inspection.case_no}", {"step_id": "TSTINS-001", "data": {"vehicle": "A"}}),
        (f"/bpm/case/{inspection.case_no}/hold", {"reason": "because"}),
    ):
        assert auditor.post(path, body).status_code == 403
    assert CaseEvent.objects.count() == 1


def test_nobody_gets_in_without_a_token(client: Any, db: None) -> None:
    assert client.get("/bpm/cases").status_code == 401
    assert (
        client.post("/bpm/case", {"case_type": "TSTINS"}, content_type="application/json").status_code == 401
    )


def test_a_repeated_submission_with_its_key_is_answered_again(manager_client: Any, inspection: Case) -> None:
    key = {"Idempotency-Key": "5f0c1ef8-8b9a-4c4d-9d2e-111111111111"}
    body = {"step_id": "TSTINS-002", "data": WHOLE}

    first = manager_client.post(f"/bpm/case/{inspection.case_no}", body, headers=key)
    again = manager_client.post(f"/bpm/case/{inspection.case_no}", body, headers=key)

    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert CaseEvent.objects.filter(kind="step").count() == 1
