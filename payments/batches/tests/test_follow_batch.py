"""Cancel, retry, undo; and who may see and do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from batconnect.core.jobs.holds import hold
from batconnect.core.jobs.running import left_behind
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import now
from batconnect.core.models import WorkHold
from batconnect.directory.models import Customer
from payments.batches import admin as batches_admin
from payments.batches.models import PaymentBatch
from payments.batches.services.processing import HELD_AS, PROCESS
from payments.batches.tests.builders import (
    PATH,
    add_customer,
    assert_books_hold,
    bill,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.models import Allocation, Payment
from payments.tests.billing import owed
from tests.cast import NORTH, StaffClient
from tests.console import browser
from tests.digest import assert_nothing_written

FILE = table(
    row(amount="60.00", reference_number="A", auto_allocate="yes"),
    row(amount="5.00", customer_reference="LATER"),
    row(amount="70.00", reference_number="B", auto_allocate="yes"),
)


def test_cancel_leaves_done_rows_done(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch_id = upload(api, FILE).json()["batch_id"]

    answer = post(api, f"{PATH}/{batch_id}/cancel")
    batch = work(batch_id)

    assert (answer.status_code, answer.json()["cancelled_rows"]) == (200, 3)
    assert (batch.status, Payment.objects.count()) == ("cancelled", 0)
    assert post(api, f"{PATH}/{batch_id}/cancel").json()["code"] == "batch_finished"
    assert_books_hold(manager)


def test_retry_takes_failed_rows_alone(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, FILE).json()["batch_id"])
    add_customer(manager, "Later", "LATER")

    answer = post(api, f"{PATH}/{batch.id}/retry")
    again = work(batch.id)

    assert (batch.status, outcomes(batch)[1]) == ("completed_with_errors", (2, "succeeded", ""))
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert (again.status, again.succeeded_rows, again.failed_rows) == ("completed", 3, 0)
    assert Payment.objects.count() == 3
    assert post(api, f"{PATH}/{batch.id}/retry").json()["code"] == "nothing_failed"
    assert_books_hold(manager)


def test_retry_is_refused_while_rows_wait(api: StaffClient, acme: Customer) -> None:
    batch_id = upload(api, FILE).json()["batch_id"]

    with assert_nothing_written():
        answer = post(api, f"{PATH}/{batch_id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "batch_running")


def test_undo_takes_a_batch_back_as_a_unit(api: StaffClient, manager: Actor, acme: Customer) -> None:
    invoices = bill(manager, acme, "80.00", "100.00")
    batch = work(upload(api, FILE).json()["batch_id"])
    path = f"/api/operations/{batch.operation_id}/undo"

    answer = post(api, path, {"reason": "Another month's file"})

    assert answer.json() == {
        "operation_id": answer.json()["operation_id"],
        "undo_of": str(batch.operation_id),
        "status": "undone",
        "batch_id": str(batch.id),
        "batch_number": batch.number,
        "payments_voided": 2,
        "allocations_voided": 3,
        "receipts_voided": 0,
        "amount": Decimal("130.00"),
    }
    assert [owed(each) for each in invoices] == [Decimal("80.00"), Decimal("100.00")]
    assert set(Payment.objects.values_list("status", "unallocated")) == {("voided", Decimal("0.00"))}
    assert set(Allocation.objects.values_list("status", flat=True)) == {"voided"}
    assert post(api, path, {"reason": "Another month's file"}).json()["code"] == "already_undone"
    assert_books_hold(manager)


def test_undo_is_refused_while_rows_wait_and_after_a_refund(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch_id = upload(api, table(row(amount="60.00", reference_number="A"))).json()["batch_id"]
    operation = PaymentBatch.objects.get(id=batch_id).operation_id
    path, reason = f"/api/operations/{operation}/undo", {"reason": "Another month's file"}

    with assert_nothing_written():
        waiting = post(api, path, reason)
    work(batch_id)
    payment = Payment.objects.get()
    post(api, f"/api/payments/{payment.id}/refund", {"amount": Decimal("1.00"), "reason": "Paid too much"})
    with assert_nothing_written():
        refunded = post(api, path, reason)

    assert (waiting.status_code, waiting.json()["code"]) == (409, "batch_running")
    assert (refunded.status_code, refunded.json()["code"]) == (409, "operation_refunded")


def test_a_batch_that_nobody_works_on_is_found(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch_id = UUID(upload(api, FILE).json()["batch_id"])
    waiting = left_behind(actor=manager, task=PROCESS)
    with hold(company_id=NORTH, kind=HELD_AS, subject=str(batch_id), by="test", share=True):
        held = left_behind(actor=manager, task=PROCESS)
        page = browser("manager").get(reverse("admin:payments_paymentbatch_change", args=[batch_id]))
        WorkHold.objects.update(until=now() - timedelta(seconds=1))
        expired = left_behind(actor=manager, task=PROCESS)

    assert (waiting, held, expired) == ([batch_id], [], [batch_id])
    assert "Being worked on by" in page.content.decode()
    assert "test, process " in page.content.decode()


def test_lists_and_shows_batches(api: StaffClient, acme: Customer) -> None:
    batch = work(upload(api, FILE, notes="January").json()["batch_id"])

    listed = api.get(PATH, {"status": "completed_with_errors", "source_type": "csv_import"}).json()
    none = api.get(PATH, {"status": "failed"}).json()
    detail = api.get(f"{PATH}/{batch.id}").json()

    assert (listed["total"], none["total"]) == (1, 0)
    assert listed["results"][0]["batch_number"] == batch.number
    assert (detail["progress_percentage"], detail["estimated_completion_at"]) == (100, None)
    assert detail["errors"][0]["hint"].startswith("Check the id or the reference")
    assert api.get(PATH, {"status": "nonsense"}).status_code == 400


def test_the_template_is_taken(api: StaffClient, acme: Customer) -> None:
    template = api.get(f"{PATH}/template.csv")

    batch = work(upload(api, template.content).json()["batch_id"])

    assert (template.status_code, batch.status) == (200, "completed")


def test_the_same_key_answers_the_same_batch(api: StaffClient, acme: Customer) -> None:
    key = str(uuid4())

    first, again = upload(api, FILE, key=key), upload(api, FILE, key=key)
    other = upload(api, FILE + b"\r\n", key=key)

    assert (again.status_code, again.json()["batch_id"]) == (202, first.json()["batch_id"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, PaymentBatch.objects.count()) == (422, 1)


CALLS = [
    "{path}/{id}/cancel",
    "{path}/{id}/retry",
    "/api/operations/{operation}/undo",
]


@pytest.mark.parametrize("username", ["outsider", "auditor", "cashier"])
def test_strangers_and_readers_change_nothing(
    api: StaffClient, client_of: Callable[..., StaffClient], acme: Customer, username: str
) -> None:
    batch = work(upload(api, FILE).json()["batch_id"])
    client = client_of(username)
    names: dict[str, Any] = {
        "path": PATH,
        "id": batch.id,
        "operation": batch.operation_id,
    }
    body = {"reason": "Not mine to do at all", "customer_id": str(acme.id)}

    with assert_nothing_written():
        reads = [client.get(f"{PATH}/{batch.id}")]
        writes = [
            post(client, call.format(**names), {n: v for n, v in body.items() if n in _fields(call)})
            for call in CALLS
        ]
        if username != "outsider":
            writes.append(upload(client, table(row())))
    # Of a file that somebody takes the trail knows.
    reads.append(client.get(f"{PATH}/{batch.id}/errors.csv"))

    foreign = username == "outsider"
    assert [each.status_code for each in reads] == ([404, 404] if foreign else [200, 200])
    assert {each.status_code for each in writes} == ({404} if foreign else {403})


def _fields(call: str) -> tuple[str, ...]:
    return ("reason",) if "undo" in call else ("customer_id",) if "match" in call else ()


def test_uploads_are_limited_per_company(
    api: StaffClient, acme: Customer, settings: Any, tmp_path: Any
) -> None:
    settings.THROTTLE_BATCHES_PER_MINUTE = 2
    settings.DATA_DIR = tmp_path

    answers = [upload(api, table(row(reference_number=str(number)))) for number in range(3)]

    assert [each.status_code for each in answers] == [202, 202, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60


def test_an_upload_needs_company_and_key(
    api: StaffClient, client_of: Callable[..., StaffClient], in_north: Any
) -> None:
    with assert_nothing_written():
        keyless = api.post(PATH, {"source_type": "manual", "entries": []})
        homeless = upload(client_of("manager", company_header=False), FILE)
        unknown = post(api, PATH, {"source_type": "pigeon", "entries": []})
        mixed = post(api, PATH, {"source_type": "manual", "entries": [], "mapping": "x"})

    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_missing")
    assert (homeless.status_code, homeless.json()["code"]) == (403, "company_context_missing")
    assert (unknown.status_code, mixed.status_code) == (400, 400)


def test_a_page_drawn_while_the_batch_ends_asks_for_the_rest(
    api: StaffClient, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = UUID(upload(api, FILE).json()["batch_id"])
    figures = batches_admin.held_rows

    def ends_meanwhile(batch: PaymentBatch) -> Any:
        work(batch_id)
        return figures(batch)

    monkeypatch.setattr(batches_admin, "held_rows", ends_meanwhile)
    page = browser("manager").get(reverse("admin:payments_paymentbatch_change", args=[batch_id]))

    html = page.content.decode()
    assert page.context["figures"]["processed_rows"] == 0
    assert 'data-finished="no"' in html
    assert "<span data-repairs hidden>" in html
