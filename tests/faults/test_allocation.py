"""Crashes around the commit of an allocation, and what a key is worth then (docs/domain.md#idempotency)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from batconnect.core.api import base
from batconnect.core.models import IdempotencyKey, Membership
from batconnect.core.serving.middleware import RequestIdMiddleware
from payments.models import Allocation
from payments.services import allocation
from payments.tests.billing import bill, make_customer, receive
from payments.tests.builders import new_key
from tests.cast import StaffClient, acting
from tests.digest import assert_nothing_written

pytestmark = pytest.mark.django_db(transaction=True)


class Crash(RuntimeError):
    """The process is gone."""


@pytest.fixture
def call() -> tuple[str, dict[str, Any]]:
    """The path and the body of an allocation that is right."""
    with acting("manager") as manager:
        customer = make_customer(manager)
        invoice = bill(manager, customer, "100.00")
        payment = receive(manager, customer, "80.00")
    return f"/api/payments/{payment.id}/allocations", {"invoice_id": str(invoice.id), "amount": 10.5}


def made() -> int:
    with acting("manager"):
        return Allocation.objects.count()


def keys() -> int:
    with acting("manager"):
        return IdempotencyKey.objects.count()


def send(path: str, body: Any, key: str, *, who: str = "cashier", raw: str = "") -> Any:
    client = StaffClient(username=who)
    if raw:
        return client.generic(
            "POST", path, raw, content_type="application/json", headers={"Idempotency-Key": key}
        )
    return client.post(path, body, headers={"Idempotency-Key": key})


def test_a_crash_before_the_commit_leaves_the_key_unused(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body = call
    key = new_key()
    written = allocation.post_entries

    def crash(**values: Any) -> Any:
        written(**values)
        raise Crash

    with assert_nothing_written(), monkeypatch.context() as patched:
        patched.setattr(allocation, "post_entries", crash)
        failed = send(path, body, key)
    again = send(path, body, key)

    assert failed.status_code == 500
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again
    assert made() == 1


def test_a_lost_connection_at_the_commit_leaves_the_key_unused(
    call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session ends when everything but the commit is done: nothing was sent, so nothing is in doubt."""
    path, body = call
    key = new_key()
    store = base.store_answer

    def cut(*values: Any) -> None:
        store(*values)
        connection.connection.close()

    with assert_nothing_written(), monkeypatch.context() as patched:
        patched.setattr(base, "store_answer", cut)
        failed = send(path, body, key)
    again = send(path, body, key)

    assert (failed.status_code, failed.json()["code"]) == (503, "unavailable")
    assert again.status_code == 201
    assert made() == 1


def test_a_crash_after_the_commit_is_answered_by_a_replay(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path, body = call
    key = new_key()
    answered = RequestIdMiddleware.__call__

    def crash(self: RequestIdMiddleware, request: Any) -> Any:
        answered(self, request)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(RequestIdMiddleware, "__call__", crash)
        lost = send(path, body, key)
    again = send(path, body, key)

    assert (lost.status_code, lost.json()["code"]) == (500, "stored_without_answer")
    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert made() == 1


def test_spacing_and_the_order_of_members_do_not_matter(call: Any) -> None:
    path, body = call
    key = new_key()
    first = send(path, body, key)

    same = send(path, None, key, raw=f'{{ "amount" : 10.50,\n "invoice_id":"{body["invoice_id"]}" }}')
    slashed = send(f"{path}/", body, key)

    assert (first.status_code, same.status_code, slashed.status_code) == (201, 201, 201)
    assert first.content == same.content == slashed.content
    assert made() == 1


def test_another_body_or_path_is_refused(call: Any) -> None:
    path, body = call
    key = new_key()
    send(path, body, key)

    with assert_nothing_written():
        other_body = send(path, {**body, "amount": 10.51}, key)
        other_path = send(path.replace("allocations", "refund"), body, key, who="cashier")
        other_action = send(f"{path}/auto", {"strategy": "fifo"}, key)

    assert (other_body.status_code, other_body.json()["code"]) == (422, "idempotency_key_reused")
    assert other_path.status_code == 403  # rights come first
    assert (other_action.status_code, other_action.json()["code"]) == (422, "idempotency_key_reused")


def test_another_user_and_another_company_have_keys_of_their_own(call: Any) -> None:
    path, body = call
    key = new_key()
    send(path, body, key)

    colleague = send(path, body, key, who="manager")
    stranger = send(path, body, key, who="outsider")

    assert colleague.status_code == 201
    assert "Idempotent-Replayed" not in colleague
    assert stranger.status_code == 404
    assert made() == 2


def test_a_refusal_does_not_burn_the_key(call: Any) -> None:
    path, body = call
    key = new_key()

    refused = [
        send(path, {**body, "amount": "x"}, key),
        send(path, {**body, "amount": "1000.00"}, key),
        send(path.replace(path.split("/")[3], str(uuid4())), body, key),
    ]
    unused = keys()
    taken = send(path, body, key)

    assert [each.status_code for each in refused] == [400, 400, 404]
    assert unused == 0
    assert taken.status_code == 201


def test_rights_are_checked_before_a_replay(call: Any) -> None:
    path, body = call
    key = new_key()
    assert send(path, body, key).status_code == 201

    with acting("administrator"):
        Membership.objects.filter(user=1).update(groups=["Auditor"])
    demoted = send(path, body, key)

    assert (demoted.status_code, demoted.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("tail", ["", "/auto", "/auto/compare", "/{a}/void", "/{a}/refund"])
def test_every_post_needs_a_key(call: Any, tail: str) -> None:
    path, _ = call
    client = StaffClient(username="manager")

    missing = client.post(f"{path}{tail.format(a=UUID(int=1))}", {})
    malformed = client.post(
        f"{path}{tail.format(a=UUID(int=1))}", {}, headers={"Idempotency-Key": "not-a-uuid"}
    )

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    assert (malformed.status_code, malformed.json()["code"]) == (400, "idempotency_key_invalid")


@pytest.mark.parametrize("action", ["void", "refund"])
def test_voiding_and_refunding_a_payment_need_a_key(call: Any, action: str) -> None:
    path, _ = call

    missing = StaffClient(username="manager").post(path.replace("allocations", action), {})

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
