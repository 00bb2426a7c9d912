"""Keys, within one transaction; duplicates at the same moment are in tests of real connections below."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, connections
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from batconnect.core import tasks
from batconnect.core.api.idempotency import claim_key, request_hash
from batconnect.core.database.tenancy import set_company
from batconnect.core.kernel.errors import Conflict
from batconnect.core.models import AuditEvent, IdempotencyKey
from tests.cast import NORTH, acting
from tests.databases import owners_hand

pytestmark = [pytest.mark.django_db, pytest.mark.urls("batconnect.core.tests.probe")]
ClientOf = Callable[..., Any]
PATH = "/probe/required"


def traces() -> int:
    set_company(NORTH, metadata={"job": "test"})
    return AuditEvent.objects.count()


def test_a_request_has_the_hash_that_was_stored_for_it_before() -> None:
    data = {"b": [True, None, "é", Decimal("265.10"), {}, []], "a": 1}
    text = '{"a":{"":"1"},"b":[true,null,"\\u00e9",{"":"265.1"},{},[]]}'

    assert (
        request_hash(method="POST", path="/x/", query=QueryDict(), data=data)
        == hashlib.sha256(f"POST\n/x\n[]{text}".encode()).digest()
    )


def test_repeats_the_answer_without_repeating_the_work(client_of: ClientOf) -> None:
    client, key = client_of("cashier"), str(uuid4())

    first = client.post(PATH, {"amount": "265.00", "note": "a"}, HTTP_IDEMPOTENCY_KEY=key)
    again = client.post(
        f"{PATH}/",
        '{"note":"a",  "amount":"265.00"}',
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=key,
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Content-Type"] == "application/json"
    assert (first.get("Idempotent-Replayed"), again["Idempotent-Replayed"]) == (None, "true")
    assert traces() == 1


def test_costs_two_statements(client_of: ClientOf) -> None:
    client = client_of("cashier")

    with CaptureQueriesContext(connection) as queries:
        client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=str(uuid4()))

    assert len([query for query in queries if "idempotency_keys" in query["sql"]]) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [(PATH, {"amount": 2}), (f"{PATH}?dry_run=true", {"amount": 1}), ("/probe/well", {"amount": 1})],
)
def test_refuses_the_key_for_another_request(client_of: ClientOf, path: str, body: Any) -> None:
    client, key = client_of("cashier"), str(uuid4())
    client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=key)

    other = client.post(path, body, HTTP_IDEMPOTENCY_KEY=key)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert traces() == 1


@pytest.mark.parametrize(
    ("key", "code"), [(None, "idempotency_key_missing"), ("7", "idempotency_key_invalid")]
)
def test_needs_a_uuid(client_of: ClientOf, key: str | None, code: str) -> None:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}

    answer = client_of("cashier").post(PATH, {"amount": 1}, **headers)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert traces() == 0


def test_keeps_no_refusal(client_of: ClientOf) -> None:
    client, key = client_of("cashier"), str(uuid4())

    refused = client.post(PATH, {"refuse": True}, HTTP_IDEMPOTENCY_KEY=key)
    corrected = client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=key)

    assert (refused.status_code, corrected.status_code) == (400, 201)
    assert traces() == 1


def test_checks_rights_before_replaying(client_of: ClientOf) -> None:
    from batconnect.core.models import Membership

    client, key = client_of("cashier"), str(uuid4())
    client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=key)
    Membership.objects.filter(user_id=1).update(groups=["Auditor"])

    answer = client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=key)

    assert answer.status_code == 403


def test_keys_belong_to_user_and_company(client_of: ClientOf) -> None:
    key = str(uuid4())

    statuses = [
        client_of(name).post(PATH, {"amount": number}, HTTP_IDEMPOTENCY_KEY=key).status_code
        for number, name in enumerate(("cashier", "manager", "outsider"), start=1)
    ]

    assert statuses == [201, 201, 201]


def test_forgets_keys_after_seven_days(client_of: ClientOf) -> None:
    client, key = client_of("cashier"), str(uuid4())
    client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=key)
    with owners_hand():
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))

    again = client.post(PATH, {"amount": 2}, HTTP_IDEMPOTENCY_KEY=key)
    with owners_hand():
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    call_command("purge_idempotency_keys")

    set_company(NORTH, metadata={"job": "test"})
    assert again.status_code == 201
    assert IdempotencyKey.objects.count() == 0


def test_a_daily_job_deletes_what_no_longer_counts(client_of: ClientOf) -> None:
    client = client_of("cashier")
    client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=str(uuid4()))
    with owners_hand():
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    fresh = str(uuid4())
    client.post(PATH, {"amount": 1}, HTTP_IDEMPOTENCY_KEY=fresh)

    current_app.tasks[f"{tasks.purge_idempotency_keys.name}.of_company"].apply(args=[str(NORTH)], throw=True)

    set_company(NORTH, metadata={"job": "test"})
    assert [str(key) for key in IdempotencyKey.objects.values_list("key", flat=True)] == [fresh]
    row = PeriodicTask.objects.get(name="purge-idempotency-keys")
    assert (row.task, str(row.crontab.hour)) == ("core.purge_idempotency_keys", "3")


def test_files_are_the_same_by_their_content(client_of: ClientOf) -> None:
    client, key = client_of("cashier"), str(uuid4())

    answers = [
        client.post(
            PATH,
            {"file": SimpleUploadedFile(name, content), "force": "no"},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY=key,
        ).status_code
        for name, content in (("a.csv", b"1"), ("b.csv", b"1"), ("a.csv", b"2"))
    ]

    assert answers == [201, 201, 422]


def test_numbers_are_the_same_by_value_and_differ_from_texts() -> None:
    def hashed(data: Any) -> bytes:
        return request_hash(method="POST", path="/x", query=QueryDict(""), data=data)

    assert hashed({"a": Decimal("265.0")}) == hashed({"a": Decimal("265.00")}) == hashed({"a": 265})
    assert hashed({"a": "265"}) != hashed({"a": 265})
    assert hashed({"a": True}) != hashed({"a": 1})


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_waits_for_the_first_and_is_refused_in_time(settings: Any) -> None:
    settings.IDEMPOTENCY_WAIT_SECONDS = 1
    key, claimed, release = uuid4(), threading.Event(), threading.Event()

    def first() -> None:
        with acting("cashier") as actor:
            claim_key(actor=actor, key=key, wanted=b"1" * 32)
            claimed.set()
            release.wait(10)
        connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    claimed.wait(10)
    try:
        with pytest.raises(Conflict) as refused, acting("cashier") as actor:
            claim_key(actor=actor, key=key, wanted=b"1" * 32)
    finally:
        release.set()
        thread.join()

    assert refused.value.code == "idempotency_in_progress"
    assert refused.value.headers == {"Retry-After": "1"}
