"""Rows without a reference that another file has paid wait for somebody's yes or no."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent, CompanySettings
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch, PaymentBatchRow
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
from payments.batches.tests.test_console import confirm
from payments.models import Payment
from payments.tests.billing import owed
from tests.cast import NORTH, StaffClient
from tests.console import browser
from tests.digest import assert_nothing_written

WHY = "They paid twice that day"
PAID = row(amount="11.00", payment_method="cash")


def send(api: StaffClient, *rows: str, **options: str) -> PaymentBatch:
    answer = upload(api, table(*rows), **options)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def decide(api: StaffClient, batch: PaymentBatch, *, key: str = "", **body: Any) -> Any:
    path = f"{PATH}/{batch.id}/held-rows"
    if key:
        return api.post(path, {"reason": WHY, **body}, headers={"Idempotency-Key": key})
    return post(api, path, {"reason": WHY, **body})


def test_a_corrected_file_pays_only_what_was_corrected(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    first = send(api, PAID, row(amount="abc", payment_method="cash"))

    second = send(api, PAID, row(amount="12.00", payment_method="cash"))
    shown = api.get(f"{PATH}/{second.id}").json()

    assert outcomes(second) == [(1, "held", ""), (2, "succeeded", "")]
    assert (second.status, second.held_rows, second.succeeded_rows) == ("completed", 1, 1)
    assert sorted(Payment.objects.values_list("amount", flat=True)) == [Decimal("11.00"), Decimal("12.00")]
    paid = Payment.objects.get(amount="11.00")
    assert shown["held"] == [
        {
            "row": 1,
            "amount": Decimal("11.00"),
            "currency": "USD",
            "payment_date": "2025-01-15",
            "customer_id": str(acme.id),
            "customer_name": acme.name,
            "repeats": {
                "batch_id": str(first.id),
                "batch_number": first.number,
                "row": 1,
                "payment_id": str(paid.id),
                "payment_number": paid.number,
                "payment_date": "2025-01-15",
                "payment_status": "posted",
            },
        }
    ]
    assert (shown["amounts"][0]["held"], shown["amounts"][0]["total"]) == (Decimal("11.00"), Decimal("23.00"))
    assert (shown["held_rows"], shown["processed_rows"], shown["progress_percentage"]) == (1, 2, 100)
    assert_books_hold(manager)


OTHERS: dict[str, dict[str, str]] = {
    "amount": {"amount": "11.01"},
    "day": {"payment_date": "2025-01-19"},
    "an earlier day": {"payment_date": "2025-01-11"},
    "currency": {"currency": "EUR"},
    "customer": {"customer_reference": "OTHER"},
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_row_that_differs_is_paid(api: StaffClient, manager: Actor, acme: Customer, what: str) -> None:
    add_customer(manager, "Other", "OTHER")
    send(api, PAID)

    batch = send(api, row(**{"amount": "11.00", "payment_method": "cash", **OTHERS[what]}))

    assert outcomes(batch) == [(1, "succeeded", "")]


SAME: dict[str, dict[str, str]] = {
    "written otherwise": {
        "amount": "11",
        "payment_date": "01/15/2025",
        "payment_method": "Cash",
        "currency": "usd",
    },
    "to be allocated": {"auto_allocate": "yes"},
    "by another method": {"payment_method": "check"},
    "on a near day": {"payment_date": "2025-01-18"},
    "on a near day before": {"payment_date": "2025-01-12"},
    "with a note": {"notes": "second half"},
    "with a reference": {"reference_number": "R-1"},
}


@pytest.mark.parametrize("how", SAME)
def test_the_same_said_in_other_words_is_held(api: StaffClient, acme: Customer, how: str) -> None:
    send(api, PAID)

    batch = send(api, row(**{"amount": "11.00", "payment_method": "cash", **SAME[how]}))

    assert outcomes(batch) == [(1, "held", "")]


def test_the_nth_row_repeats_the_nth_payment(api: StaffClient, manager: Actor, acme: Customer) -> None:
    second = row(amount="11.00", payment_method="cash", auto_allocate="no")
    third = row(amount="11.00", payment_method="cash", auto_allocate="yes")
    send(api, PAID, second)

    batch = send(api, PAID, second, third)

    assert outcomes(batch) == [(1, "held", ""), (2, "held", ""), (3, "succeeded", "")]
    assert (
        PaymentBatchRow.objects.filter(batch=batch, status="held").values("repeats").distinct().count() == 2
    )
    assert_books_hold(manager)


def test_what_says_the_very_same_is_held_and_not_the_row_before_it(api: StaffClient, acme: Customer) -> None:
    send(api, row(amount="11.00", payment_date="2025-01-16"))

    batch = send(api, row(amount="11.00"), row(amount="11.00", payment_date="2025-01-16"))

    assert outcomes(batch) == [(1, "succeeded", ""), (2, "held", "")]


def test_a_payment_of_the_counter_is_likely_the_same(
    api: StaffClient, client_of: Callable[..., StaffClient], acme: Customer
) -> None:
    body = {
        "customer_id": str(acme.id),
        "amount": "11.00",
        "currency": "USD",
        "payment_method": "check",
        "payment_date": "2025-01-14",
        "reference_number": "CHK-88",
    }
    taken = post(client_of("manager"), "/api/payments", body).json()

    with assert_nothing_written():
        dry = upload(api, table(row(amount="11.00", reference_number="LB-1")), query="?dry_run=true").json()
    batch = send(api, row(amount="11.00", reference_number="LB-1"))
    (held,) = api.get(f"{PATH}/{batch.id}").json()["held"]

    assert [each["repeats"]["payment_number"] for each in dry["held"]] == [taken["payment_number"]]
    assert (held["payment_date"], held["repeats"]["payment_date"]) == ("2025-01-15", "2025-01-14")
    assert (held["repeats"]["batch_id"], held["repeats"]["batch_number"], held["repeats"]["row"]) == (
        None,
        "",
        None,
    )


def test_a_yes_is_remembered_with_the_payment(api: StaffClient, manager: Actor, acme: Customer) -> None:
    send(api, PAID)
    batch = send(api, PAID, force="true")
    decide(api, batch, pay=True)
    work(batch.id)

    first, second = Payment.objects.order_by("number_order")
    shown = api.get(f"/api/payments/{second.id}").json()

    assert (second.duplicate_of_id, second.duplicate_acknowledged_at is not None) == (first.id, True)
    assert shown["duplicate_warning"] is None
    assert_books_hold(manager)


def test_a_yes_is_not_asked_for_again_when_the_row_is_tried_again(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    send(api, PAID)
    batch = send(api, PAID, force="true")
    CompanySettings.objects.filter(company_id=NORTH).update(closed_until="2025-01-31")
    decide(api, batch, pay=True)
    work(batch.id)
    CompanySettings.objects.filter(company_id=NORTH).update(closed_until=None)

    retried = api.patch(f"{PATH}/{batch.id}/rows/1", {})
    again = work(batch.id)

    assert (retried.status_code, outcomes(again)) == (202, [(1, "succeeded", "")])
    assert_books_hold(manager)


def test_a_repaired_row_is_looked_at_anew(api: StaffClient, acme: Customer) -> None:
    send(api, PAID, row(amount="12.00"))
    batch = send(api, PAID, row(amount="x"), force="true")

    api.patch(f"{PATH}/{batch.id}/rows/2", {"amount": "12.00"})
    again = work(batch.id)

    assert outcomes(again) == [(1, "held", ""), (2, "held", "")]


def test_the_same_row_twice_in_one_file_is_refused_as_before(api: StaffClient, acme: Customer) -> None:
    send(api, PAID)

    assert outcomes(send(api, PAID, PAID)) == [(1, "held", ""), (2, "failed", "duplicate_row")]


def test_force_takes_the_file_but_says_no_yes(api: StaffClient, acme: Customer) -> None:
    send(api, PAID)

    assert outcomes(send(api, PAID, force="true")) == [(1, "held", "")]
    assert Payment.objects.count() == 1


def test_yes_pays_and_allocates(api: StaffClient, manager: Actor, acme: Customer) -> None:
    (invoice,) = bill(manager, acme, "20.00")
    allocating = row(amount="11.00", payment_method="cash", auto_allocate="yes")
    send(api, PAID)
    batch = send(api, allocating)

    answer = decide(api, batch, pay=True)
    waiting = PaymentBatch.objects.get(id=batch.id)
    again = work(batch.id)

    assert (answer.status_code, answer.json()["status"], answer.json()["held_rows"]) == (202, "processing", 0)
    assert waiting.finished_at is None
    assert (again.status, outcomes(again)) == ("completed", [(1, "succeeded", "")])
    assert (Payment.objects.count(), owed(invoice)) == (2, Decimal("9.00"))
    decided = PaymentBatchRow.objects.get(batch=batch)
    assert (decided.decided_by, decided.decided_at is not None) == (manager.name, True)
    event = AuditEvent.objects.get(action="payments.repeats_paid")
    assert (event.reason, event.details["rows"]) == (WHY, [1])
    assert_books_hold(manager)


def test_no_drops_and_nothing_is_paid(api: StaffClient, manager: Actor, acme: Customer) -> None:
    send(api, PAID, row(amount="5.00"))
    batch = send(api, PAID, row(amount="5.00"), row(amount="6.00"))

    answer = decide(api, batch, pay=False, rows=[2])
    left = api.get(f"{PATH}/{batch.id}").json()

    assert (answer.status_code, answer.json()["cancelled_rows"], answer.json()["held_rows"]) == (200, 1, 1)
    assert answer.json()["status"] == "completed"
    assert [each["row"] for each in left["held"]] == [1]
    assert Payment.objects.count() == 3
    decide(api, batch, pay=True)
    again = work(batch.id)
    assert outcomes(again) == [(1, "succeeded", ""), (2, "cancelled", ""), (3, "succeeded", "")]
    assert again.status == "completed"
    assert_books_hold(manager)


def test_a_decision_is_made_once(api: StaffClient, acme: Customer) -> None:
    send(api, PAID)
    batch = send(api, PAID, row(amount="6.00"))
    key = str(uuid4())

    first, replayed = decide(api, batch, key=key, pay=True), decide(api, batch, key=key, pay=True)
    with assert_nothing_written():
        running = decide(api, batch, pay=False)
    work(batch.id)
    with assert_nothing_written():
        late = [decide(api, batch, pay=True), decide(api, batch, pay=False, rows=[1])]

    assert (first.status_code, replayed.status_code) == (202, 202)
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert (running.status_code, running.json()["code"]) == (409, "batch_running")
    assert [each.json()["code"] for each in late] == ["nothing_held", "rows_not_held"]
    assert Payment.objects.count() == 3


BODIES: dict[str, tuple[dict[str, Any], int, str]] = {
    "no reason": ({"pay": True, "reason": ""}, 400, "invalid"),
    "short reason": ({"pay": True, "reason": "yes"}, 400, "reason_length"),
    "no decision": ({}, 400, "invalid"),
    "no rows": ({"pay": True, "rows": []}, 400, "invalid"),
    "rows null": ({"pay": True, "rows": None}, 400, "invalid"),
    "no number": ({"pay": True, "rows": ["x"]}, 400, "invalid"),
    "row 0": ({"pay": True, "rows": [0]}, 400, "invalid"),
    "unknown field": ({"pay": True, "all": True}, 400, "invalid"),
    "a paid row": ({"pay": True, "rows": [1, 2]}, 409, "rows_not_held"),
    "a row that is not there": ({"pay": False, "rows": [9_999]}, 409, "rows_not_held"),
}


@pytest.mark.parametrize("name", BODIES)
def test_refuses_a_body_that_is_not_a_decision(api: StaffClient, acme: Customer, name: str) -> None:
    send(api, PAID)
    batch = send(api, PAID, row(amount="6.00"))
    body, status, code = BODIES[name]

    with assert_nothing_written():
        answer = decide(api, batch, **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


@pytest.mark.parametrize(("username", "status"), [("outsider", 404), ("auditor", 403), ("cashier", 403)])
def test_strangers_and_readers_decide_nothing(
    api: StaffClient, client_of: Callable[..., StaffClient], acme: Customer, username: str, status: int
) -> None:
    send(api, PAID)
    batch = send(api, PAID, force="true")

    client = client_of(username)
    with assert_nothing_written():
        answers = [decide(client, batch, pay=True), decide(client, batch, pay=False)]

    assert [each.status_code for each in answers] == [status, status]


def test_after_the_earlier_batch_was_undone_nothing_is_repeated(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    first = send(api, PAID)
    batch = send(api, PAID, row(amount="6.00"))
    post(api, f"/api/operations/{first.operation_id}/undo", {"reason": "Another month's file"})

    listed = api.get(f"{PATH}/{batch.id}").json()["held"]
    with assert_nothing_written():
        dropped = decide(api, batch, pay=False)
    decide(api, batch, pay=True)
    again = work(batch.id)

    assert listed[0]["repeats"]["payment_status"] == "voided"
    assert (dropped.status_code, dropped.json()["code"]) == (409, "repeat_gone")
    assert outcomes(again) == [(1, "succeeded", ""), (2, "succeeded", "")]
    assert outcomes(send(api, row(amount="11.00", payment_method="cash", auto_allocate="no"))) == [
        (1, "held", "")
    ]
    assert_books_hold(manager)


def test_what_was_undone_is_not_repeated(api: StaffClient, acme: Customer) -> None:
    first = send(api, PAID)
    post(api, f"/api/operations/{first.operation_id}/undo", {"reason": "Another month's file"})

    assert outcomes(send(api, PAID, force="true")) == [(1, "succeeded", "")]


def test_undoing_a_batch_drops_what_it_holds(api: StaffClient, manager: Actor, acme: Customer) -> None:
    send(api, PAID)
    batch = send(api, PAID, row(amount="6.00"))

    post(api, f"/api/operations/{batch.operation_id}/undo", {"reason": "Another month's file"})
    with assert_nothing_written():
        late = decide(api, batch, pay=True)

    undone = PaymentBatch.objects.get(id=batch.id)
    assert (undone.held_rows, undone.cancelled_rows) == (0, 1)
    assert late.json()["code"] == "nothing_held"
    assert_books_hold(manager)


def test_a_yes_after_the_day_was_closed_fails_and_says_so(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    send(api, PAID)
    batch = send(api, PAID, force="true")
    CompanySettings.objects.filter(company_id=NORTH).update(closed_until="2025-01-31")

    decide(api, batch, pay=True)
    again = work(batch.id)

    assert (again.status, outcomes(again)) == ("failed", [(1, "failed", "date_closed")])
    assert Payment.objects.count() == 1
    assert_books_hold(manager)


def test_a_dry_run_tells_what_would_be_held(api: StaffClient, acme: Customer) -> None:
    first = send(api, PAID)

    with assert_nothing_written():
        report = upload(api, table(PAID, row(amount="6.00")), query="?dry_run=true").json()

    assert (report["good_rows"], report["held_rows"], report["failed_rows"]) == (1, 1, 0)
    assert report["good_amounts"] == [{"currency": "USD", "amount": Decimal("6.00")}]
    assert (report["held"][0]["row"], report["held"][0]["repeats"]["batch_number"]) == (1, first.number)


def test_manual_entries_are_held_too(api: StaffClient, acme: Customer) -> None:
    send(api, PAID)
    entry = {
        "entity_id": str(acme.id),
        "payment_method": "cash",
        "amount": 11,
        "currency": "USD",
        "payment_date": "2025-01-15",
    }

    batch = work(post(api, PATH, {"source_type": "manual", "entries": [entry]}).json()["batch_id"])

    assert outcomes(batch) == [(1, "held", "")]


def test_the_database_holds_rows_for_payments_alone(api: StaffClient, acme: Customer) -> None:
    batch = send(api, PAID)

    wrong = (
        {"status": "held", "payment": None},
        {"decided_by": "Mara"},
    )
    for changes in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            PaymentBatchRow.objects.filter(batch=batch).update(**changes)
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentBatch.objects.filter(id=batch.id).update(held_rows=1)


def test_repeats_are_looked_up_by_one_statement_a_chunk(api: StaffClient, acme: Customer) -> None:
    rows = [row(amount=f"{number}.00") for number in range(1, 61)]
    send(api, *rows)
    answer = upload(api, table(*rows), force="true").json()

    with CaptureQueriesContext(
        connection,
    ) as seen:
        batch = work(answer["batch_id"], rows=20)

    look_ups = [each for each in seen.captured_queries if "with wanted as materialized" in each["sql"]]
    assert (batch.held_rows, len(look_ups)) == (60, 3)


def test_a_whole_file_of_one_customers_day_is_held_in_seconds(api: StaffClient, acme: Customer) -> None:
    rows = [row(amount=f"{number % 400 + 1}.00", notes=str(number)) for number in range(5_000)]
    send(api, *rows)
    answer = upload(api, table(*rows), force="true").json()
    seconds = 0.0

    def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seconds
        began = monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            seconds += monotonic() - began if "with wanted as materialized" in str(sql) else 0

    with connection.execute_wrapper(timed):
        batch = work(answer["batch_id"])

    assert batch.held_rows == 5_000
    # 0.2 s on a quiet machine; row by row it was half a minute.
    assert seconds < 5


def test_the_batchs_page_lists_held_rows_and_decides(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    send(api, PAID, row(amount="5.00"))
    batch = send(api, PAID, row(amount="5.00"), row(amount="6.00"))
    console = browser("manager")
    page = reverse("admin:payments_paymentbatch_change", args=[batch.id])
    actions = [
        reverse(f"admin:payments_paymentbatch_{each}", args=[batch.id]) for each in ("pay_held", "drop_held")
    ]

    html = console.get(page).content.decode()
    with assert_nothing_written():
        wrong = console.post(actions[1], {"rows": "2-1", "reason": WHY}).content.decode()
    confirm(console, actions[1], rows="2", reason=WHY)
    confirm(console, actions[0], rows="", reason=WHY)
    again = work(batch.id)

    assert "Held as likely repeats" in html
    assert all(each in html for each in actions)
    assert "does not name any rows" in wrong
    assert outcomes(again) == [(1, "succeeded", ""), (2, "cancelled", ""), (3, "succeeded", "")]
    assert not any(each in console.get(page).content.decode() for each in actions)
    assert_books_hold(manager)
