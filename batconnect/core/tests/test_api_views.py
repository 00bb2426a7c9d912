"""Sign-in, company, rights, errors and the transaction, through a request's whole way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from batconnect.core.database.tenancy import set_company
from batconnect.core.models import AuditEvent, Membership, User
from tests.cast import NORTH, SOUTH

pytestmark = [pytest.mark.django_db, pytest.mark.urls("batconnect.core.tests.probe")]
ClientOf = Callable[..., Any]


def traces() -> int:
    set_company(NORTH, metadata={"job": "test"})
    return AuditEvent.objects.count()


def test_answers_with_and_without_slash(client_of: ClientOf) -> None:
    client = client_of("cashier")

    answers = [client.get(path) for path in ("/probe/echo", "/probe/echo/")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_prints_exact_values(client_of: ClientOf) -> None:
    answer = client_of("cashier").get("/probe/echo")

    assert answer.content.decode() == (
        '{"money":265.00,"rate":8.875,"fine":0.3333,"long":48100.00,"at":"2025-10-20T16:00:30Z",'
        f'"on":"2025-10-20","by":"Merly","company":"{NORTH}"}}'
    )
    assert answer["Content-Type"] == "application/json"


def test_opens_a_request_with_one_statement(client_of: ClientOf) -> None:
    client = client_of("cashier")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get("/api/session")

    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert answer.json() == {"company_id": str(NORTH), "user_id": 1, "groups": ["Cashier"]}
    assert len(statements) == 1


def test_needs_sign_in() -> None:
    answer = APIClient().get("/probe/echo")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer a.b.c", "Bearer"])
def test_refuses_bad_tokens(header: str) -> None:
    answer = APIClient().get("/probe/echo", HTTP_AUTHORIZATION=header)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_refuses_a_deactivated_user(client_of: ClientOf) -> None:
    User.objects.filter(username="cashier").update(is_active=False)

    answer = client_of("cashier").get("/probe/echo")

    assert (answer.status_code, answer.json()["code"]) == (401, "no_active_account")


def test_needs_no_header_with_a_single_company(client_of: ClientOf) -> None:
    answer = client_of("cashier", company_header=False).get("/probe/echo")

    assert answer.json()["company"] == str(NORTH)


def test_needs_the_header_where_it_is_required(client_of: ClientOf) -> None:
    answer = client_of("cashier", company_header=False).get("/probe/required")

    assert (answer.status_code, answer.json()["code"]) == (403, "company_context_missing")


def test_needs_the_header_with_several_companies(client_of: ClientOf) -> None:
    set_company(SOUTH, metadata={"job": "test"})
    Membership.objects.create(company_id=SOUTH, user_id=1, groups=["Cashier"])

    without = client_of("cashier", company_header=False).get("/probe/echo")
    chosen = client_of("cashier", company_header=False).get("/probe/echo", HTTP_X_COMPANY_ID=str(SOUTH))

    assert (without.status_code, without.json()["code"]) == (403, "company_context_missing")
    assert chosen.json()["company"] == str(SOUTH)


@pytest.mark.parametrize("company", ["nonsense", str(SOUTH), "01900000-0000-7000-8000-00000000dead"])
@pytest.mark.parametrize("path", ["/probe/echo", "/probe/required"])
def test_refuses_companies_of_others(client_of: ClientOf, company: str, path: str) -> None:
    answer = client_of("cashier", company_header=False).get(path, HTTP_X_COMPANY_ID=company)

    assert (answer.status_code, answer.json()["code"]) == (403, "company_context_invalid")


def test_checks_the_permission_before_the_body(client_of: ClientOf) -> None:
    answer = client_of("cashier").post("/probe/echo", data="{oops", content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert "payments.void" in answer.json()["detail"]


def test_names_every_wrong_field(client_of: ClientOf) -> None:
    answer = client_of("manager").post(
        "/probe/echo", {"amount": 0, "surplus": 1, "lines": [{"id": "a", "amount": "1E5"}]}
    )

    assert answer.status_code == 400
    assert {(error["field"], error["code"]) for error in answer.json()["errors"]} == {
        ("amount", "not_positive"),
        ("surplus", "unknown_field"),
        ("lines.0.amount", "not_money"),
    }
    assert traces() == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{oops", 400, "malformed_body"),
        ('{"amount": 1E2}', 400, "invalid"),
        ("[]", 400, "invalid"),
        ("7", 400, "invalid"),
        ('{"amount": 1, "note": "\\u0000"}', 400, "invalid"),
        ("", 400, "invalid"),
    ],
)
def test_refuses_bodies_that_cannot_be_read(client_of: ClientOf, body: str, status: int, code: str) -> None:
    answer = client_of("manager").post("/probe/echo", data=body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert traces() == 0


def test_refuses_a_body_of_20_megabytes(client_of: ClientOf) -> None:
    body = b'{"note": "' + b"x" * 20_000_000 + b'"}'

    answer = client_of("manager").post("/probe/echo", data=body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,}" in answer.json()["detail"]


def test_refuses_other_content_types_and_methods(client_of: ClientOf) -> None:
    client = client_of("manager")

    text = client.post("/probe/echo", data="amount=1", content_type="text/plain")
    delete = client.delete("/probe/echo")

    assert (text.status_code, text.json()["code"]) == (415, "unsupported_media_type")
    assert (delete.status_code, delete.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in delete["Allow"]


def test_speaks_json_whatever_is_accepted(client_of: ClientOf) -> None:
    assert client_of("cashier").get("/probe/echo", HTTP_ACCEPT="text/html").status_code == 200


@pytest.mark.parametrize("path", ["/probe/echo?driver=%00", "/probe/echo?%00=1"])
def test_refuses_nul_in_the_query(client_of: ClientOf, path: str) -> None:
    assert client_of("cashier").get(path).status_code == 400


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("refuse", 409, "conflict"),
        ("return", 409, "odd"),
        ("missing", 404, "not_found"),
        ("field", 400, "above_outstanding"),
        ("deadlock", 409, "busy"),
        ("slow", 503, "took_too_long"),
    ],
)
def test_leaves_nothing_behind_when_refusing(client_of: ClientOf, how: str, status: int, code: str) -> None:
    answer = client_of("manager").post(f"/probe/{how}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert traces() == 0


def test_says_when_to_try_again_while_busy(client_of: ClientOf) -> None:
    assert client_of("manager").post("/probe/deadlock")["Retry-After"] == "1"


@pytest.mark.parametrize("how", ["crash", "unprintable"])
def test_faults_are_500_and_leave_nothing(
    client_of: ClientOf, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client_of("manager").post(f"/probe/{how}", HTTP_X_REQUEST_ID="req-7")

    body = answer.json()
    assert (answer.status_code, body["code"], body["request_id"]) == (500, "server_error", "req-7")
    assert "hunter2" not in answer.content.decode()
    assert "request_failed" in caplog.text
    assert traces() == 0


def test_success_is_kept(client_of: ClientOf) -> None:
    answer = client_of("manager").post("/probe/well")

    assert answer.status_code == 200
    assert traces() == 1


def test_problem_has_every_member(client_of: ClientOf) -> None:
    answer = client_of("manager").post("/probe/field", HTTP_X_REQUEST_ID="abc.1-2_3")

    assert answer.json() == {
        "type": "urn:batconnect:problem:above_outstanding",
        "title": "More than is outstanding",
        "status": 400,
        "detail": "25.00 is above 20.00.",
        "code": "above_outstanding",
        "errors": [{"field": "amount", "code": "above_outstanding", "message": "25.00 is above 20.00."}],
        "request_id": "abc.1-2_3",
    }
    assert answer["X-Request-Id"] == "abc.1-2_3"


def test_case_tracking_keeps_the_seeds_envelope(client_of: ClientOf) -> None:
    answer = client_of("manager").post("/api/case-tracking/field/")

    body = answer.json()
    assert (body["success"], body["message"], body["code"]) == (
        False,
        "25.00 is above 20.00.",
        "above_outstanding",
    )
    assert set(body) == {"success", "error", "message", "code", "errors", "request_id"}


@pytest.mark.parametrize("sent", ["x" * 65, "a b", "a\tb", ""])
def test_makes_a_request_id_where_none_fits(client_of: ClientOf, sent: str) -> None:
    answer = client_of("cashier").get("/probe/echo", HTTP_X_REQUEST_ID=sent)

    assert answer["X-Request-Id"] != sent
    assert len(answer["X-Request-Id"]) == 32


def test_unknown_paths_and_faults_outside_of_the_api_are_json() -> None:
    client = Client(raise_request_exception=False)

    unknown, crashed = client.get("/nowhere"), client.get("/crash")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert (crashed.status_code, crashed.json()["code"]) == (500, "server_error")


@pytest.mark.parametrize(
    ("path", "said"), [("/locked", '"code":"busy"'), ("/admin/locked", "Somebody else is at it")]
)
def test_a_lock_that_is_not_given_in_time_is_no_fault(path: str, said: str) -> None:
    answer = Client(raise_request_exception=False).get(path)

    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "said"),
    [("/slow", '"code":"took_too_long"'), ("/admin/slow", "a narrower filter or fewer words")],
)
def test_a_statement_that_takes_too_long_is_no_fault(path: str, said: str) -> None:
    answer = Client(raise_request_exception=False).get(path)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert said in answer.content.decode()


def test_refuses_a_stale_if_match(client_of: ClientOf) -> None:
    client = client_of("manager")
    current = client.get("/probe/versioned")["ETag"]

    stale = client.put("/probe/versioned", {}, HTTP_IF_MATCH='"old"')
    fresh = client.put("/probe/versioned", {}, HTTP_IF_MATCH=current)

    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert fresh.status_code == 200


def test_session_clients_need_the_csrf_token() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )

    read = client.get("/probe/required")
    write = client.post("/probe/well")

    assert read.status_code == 200
    assert (write.status_code, write.json()["code"]) == (403, "csrf_failed")


def test_session_works_in_the_chosen_company() -> None:
    set_company(SOUTH, metadata={"job": "test"})
    Membership.objects.create(company_id=SOUTH, user_id=2, groups=["Cashier"])
    client = APIClient()
    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )

    before = client.get("/probe/echo")
    session = client.session
    session["company_id"] = str(SOUTH)
    session.save()
    after = client.get("/probe/echo")

    assert (before.status_code, before.json()["code"]) == (403, "company_context_missing")
    assert after.json()["company"] == str(SOUTH)


def test_views_declare_the_right_of_every_method() -> None:
    from batconnect.core.api.base import CompanyView

    with pytest.raises(TypeError, match="says nothing of POST"):
        type("Forgetful", (CompanyView,), {"post": lambda self, request: None})
    with pytest.raises(TypeError, match="unknown permission"):
        type("Wrong", (CompanyView,), {"required_permission": {"GET": "payments.fly"}})


def test_me_lists_companies_with_rights(client_of: ClientOf) -> None:
    body = client_of("cashier", company_header=False).get("/api/me").json()

    assert body["user"] == {
        "id": 1,
        "username": "cashier",
        "first_name": "Merly",
        "last_name": "",
        "email": "",
    }
    assert [(company["id"], company["groups"]) for company in body["companies"]] == [
        (str(NORTH), ["Cashier"])
    ]
    assert "payments.allocate" in body["companies"][0]["permissions"]


def test_reference_lists_currencies(client_of: ClientOf) -> None:
    both = [
        client_of("cashier").get("/api/reference").json()["currencies"],
        client_of("cashier").get("/api/accounting/currencies").json(),
    ]

    assert both[0] == both[1]
    assert [set(row) for row in both[0]][:1] == [{"id", "code", "name", "decimals"}]
    assert all(UUID(row["id"]) for row in both[0])
