"""Failed rows are repaired in place: their cells are changed, they are checked again, and paid once they are right."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch, PaymentBatchRow
from payments.batches.tests.builders import (
    HEADINGS,
    PATH,
    add_customer,
    assert_books_hold,
    outcomes,
    post,
    row,
    table,
    upload,
    work,
)
from payments.batches.tests.statements import camt, entry, feed
from payments.models import Payment
from tests.cast import StaffClient
from tests.digest import assert_nothing_written


def send(api: StaffClient, *rows: str, headings: str = HEADINGS, **options: str) -> PaymentBatch:
    answer = upload(api, table(*rows, headings=headings), **options)
    assert answer.status_code == 202, answer.content
    return work(answer.json()["batch_id"])


def repair(api: StaffClient, batch: PaymentBatch, number: int, *, etag: str = "", **cells: Any) -> Any:
    headers = {"If-Match": etag} if etag else {}
    return api.patch(f"{PATH}/{batch.id}/rows/{number}", cells, headers=headers)


def read(api: StaffClient, batch: PaymentBatch, number: int) -> Any:
    return api.get(f"{PATH}/{batch.id}/rows/{number}")


BAD = row(customer_reference="NOBODY", amount="abc", payment_date="15.1.25", reference_number="R-1")


def test_a_repaired_row_is_paid_and_what_the_file_said_stays(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = send(api, row(amount="10.00"), BAD)

    before = read(api, batch, 2).json()
    half = repair(api, batch, 2, amount=Decimal("25.50"), customer_reference="acme-001")
    waiting = repair(api, batch, 2, payment_date="2025-01-16")
    marked = PaymentBatch.objects.get(id=batch.id)
    done = work(batch.id)
    after = read(api, batch, 2).json()

    assert [each["code"] for each in before["errors"]] == ["not_money", "not_a_date", "unknown_customer"]
    assert (before["cells"]["amount"], before["raw"]) == ("abc", BAD)
    assert (half.status_code, [each["field"] for each in half.json()["errors"]]) == (200, ["payment_date"])
    assert (half.json()["amount"], half.json()["repairs"]) == (Decimal("25.50"), 1)
    assert (waiting.status_code, waiting.json()["status"], waiting.json()["errors"]) == (202, "pending", [])
    assert (marked.status, marked.failed_rows, marked.finished_at) == ("processing", 0, None)
    assert (done.status, outcomes(done)) == ("completed", [(1, "succeeded", ""), (2, "succeeded", "")])
    assert (after["raw"], after["cells"]["amount"], after["payment_number"]) == (
        *(BAD, "25.50"),
        Payment.objects.get(amount="25.50").number,
    )
    assert (after["repairs"], after["repaired_by"], after["file_amount"]) == (2, manager.name, None)
    assert_books_hold(manager)


def test_totals_are_the_files_and_amounts_are_what_the_rows_are(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = send(api, row(amount="10.00"), row(amount="20.00", customer_reference="NOBODY"))

    repair(api, batch, 2, customer_reference="ACME-001", amount="21.00", currency="EUR")
    work(batch.id)
    shown = api.get(f"{PATH}/{batch.id}").json()
    line = read(api, batch, 2).json()

    assert shown["totals"] == [{"currency": "USD", "rows": 2, "amount": Decimal("30.00")}]
    assert [(each["currency"], each["total"], each["succeeded"]) for each in shown["amounts"]] == [
        ("EUR", Decimal("21.00"), Decimal("21.00")),
        ("USD", Decimal("10.00"), Decimal("10.00")),
    ]
    assert (line["file_amount"], line["file_currency"]) == (Decimal("20.00"), "USD")
    assert_books_hold(manager)


def test_the_trail_has_the_old_and_the_new_cells(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = send(api, row(amount="abc", notes="first"))

    repair(api, batch, 1, amount="5.00", notes=None)

    event = AuditEvent.objects.get(action="payments.batch_row_repaired")
    assert (event.actor, event.details) == (
        manager.name,
        {
            "batch": batch.number,
            "row": 1,
            "old": {"amount": "abc", "notes": "first"},
            "new": {"amount": "5.00", "notes": ""},
            "errors": [],
        },
    )


def test_of_two_people_the_second_is_told(api: StaffClient, acme: Customer) -> None:
    batch = send(api, row(amount="abc"))
    seen = read(api, batch, 1)["ETag"]

    first = repair(api, batch, 1, etag=seen, notes="n")
    with assert_nothing_written():
        stale = repair(api, batch, 1, etag=seen, amount="5.00")
    third = repair(api, batch, 1, etag=first["ETag"], amount="6.00")
    with assert_nothing_written():
        late = [repair(api, batch, 1, amount="7.00"), repair(api, batch, 1, etag=seen, amount="7.00")]
    work(batch.id)
    with assert_nothing_written():
        paid = repair(api, batch, 1, amount="8.00")

    assert (stale.status_code, stale.json()["code"], third.status_code) == (412, "stale", 202)
    assert [(each.status_code, each.json()["code"]) for each in [*late, paid]] == [
        (409, "row_not_failed")
    ] * 3
    assert Payment.objects.get().amount == Decimal("6.00")


BODIES: dict[str, tuple[int, dict[str, Any], int, str]] = {
    "no such row": (9, {"amount": "1.00"}, 404, "row_not_found"),
    "row 0": (0, {"amount": "1.00"}, 404, "row_not_found"),
    "a paid row": (1, {"amount": "1.00"}, 409, "row_not_failed"),
    "unknown column": (2, {"color": "red"}, 400, "invalid"),
    "a list": (2, {"amount": ["1.00"]}, 400, "invalid"),
    "too long": (2, {"notes": "n" * 1_001}, 400, "cell_too_long"),
    "a NUL": (2, {"notes": "\x00"}, 400, "invalid"),
}


@pytest.mark.parametrize("name", BODIES)
def test_refuses_what_is_not_a_repair(api: StaffClient, acme: Customer, name: str) -> None:
    batch = send(api, row(amount="10.00"), row(amount="abc"))
    number, cells, status, code = BODIES[name]

    with assert_nothing_written():
        answer = repair(api, batch, number, **cells)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


@pytest.mark.parametrize(("username", "status"), [("outsider", 404), ("auditor", 403), ("cashier", 403)])
def test_strangers_and_readers_repair_nothing(
    api: StaffClient, client_of: Callable[..., StaffClient], acme: Customer, username: str, status: int
) -> None:
    batch = send(api, row(amount="abc"))

    with assert_nothing_written():
        answer = repair(client_of(username), batch, 1, amount="1.00")

    assert answer.status_code == status


def test_a_row_with_too_many_cells_is_given_whole(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = send(api, "ACME-001,check,1,234.56,USD,2025-01-15,R-1,second half,yes,fifo", row(amount="3.00"))

    part = repair(api, batch, 1, amount="1,234.56")
    whole = repair(
        api,
        batch,
        1,
        customer_reference="ACME-001",
        payment_method="check",
        currency="USD",
        payment_date="2025-01-15",
    )
    work(batch.id)

    assert [each["field"] for each in part.json()["errors"]] == [
        *("entity_id", "payment_method", "currency", "payment_date"),
    ]
    assert whole.status_code == 202
    assert Payment.objects.filter(amount="1234.56").count() == 1
    assert_books_hold(manager)


def test_a_repair_into_a_row_of_the_same_file_is_not_paid(api: StaffClient, acme: Customer) -> None:
    batch = send(api, row(amount="5.00"), row(amount="abc"), row(amount="7.00", reference_number="R-7"))

    same = repair(api, batch, 2, amount="5.00").json()["errors"]
    paid = repair(api, batch, 2, amount="8.00", reference_number="r-7").json()["errors"]
    other = repair(api, batch, 2, reference_number="R-8")
    work(batch.id)

    assert [(each["code"], each["message"]) for each in same] == [
        ("duplicate_row", "It is the same as row 1.")
    ]
    assert [each["code"] for each in paid] == ["reference_paid"]
    assert other.status_code == 202
    assert Payment.objects.count() == 3


def test_a_row_is_checked_again_without_a_change(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = send(api, row(customer_reference="LATER"), row(customer_reference="LATER"))
    add_customer(manager, "Later", "LATER")

    first = repair(api, batch, 1)
    work(batch.id)
    second = repair(api, batch, 2)

    assert (first.status_code, second.status_code) == (202, 200)
    assert [each["code"] for each in second.json()["errors"]] == ["duplicate_row"]
    assert Payment.objects.count() == 1


def test_entries_are_repaired_too(api: StaffClient, manager: Actor, acme: Customer) -> None:
    entry = {"entity_id": str(acme.id), "payment_method": "cash", "amount": "x", "payment_date": "2025-01-15"}
    body = {"source_type": "manual", "entries": [entry]}
    batch = work(post(api, PATH, body).json()["batch_id"])

    answer = repair(api, batch, 1, amount=5, currency="USD", auto_allocate=True)
    done = work(batch.id)

    assert answer.json()["cells"] == {
        "entity_id": str(acme.id),
        "payment_method": "cash",
        "amount": "5",
        "currency": "USD",
        "payment_date": "2025-01-15",
        "auto_allocate": "yes",
    }
    assert (answer.status_code, done.status) == (202, "completed")
    assert_books_hold(manager)


def test_what_a_bank_said_is_not_rewritten(api: StaffClient, acme: Customer) -> None:
    batch = work(feed(api, camt(entry(amount="5.001"))).json()["batch_id"])

    with assert_nothing_written():
        answer = repair(api, batch, 1, amount="5.00")

    assert (answer.status_code, answer.json()["code"]) == (409, "row_not_editable")


def test_nothing_of_an_undone_batch_is_repaired(api: StaffClient, acme: Customer) -> None:
    batch = send(api, row(amount="1.00"), row(amount="abc"))
    post(api, f"/api/operations/{batch.operation_id}/undo", {"reason": "Another month's file"})

    with assert_nothing_written():
        answer = repair(api, batch, 2, amount="2.00")

    assert (answer.status_code, answer.json()["code"]) == (409, "row_not_failed")


def test_a_retry_reads_the_repaired_cells(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = send(api, row(customer_reference="LATER", amount="abc"))
    repair(api, batch, 1, amount="9.00")
    add_customer(manager, "Later", "LATER")

    post(api, f"{PATH}/{batch.id}/retry")
    done = work(batch.id)

    assert (done.status, Payment.objects.get().amount) == ("completed", Decimal("9.00"))
    assert_books_hold(manager)


def test_a_repair_while_others_wait_counts_once(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = send(api, row(amount="abc"), row(amount="def"))

    repair(api, batch, 1, amount="1.00")
    running = repair(api, batch, 2, amount="2.00")
    done = work(batch.id)

    assert (running.status_code, running.json()["batch_status"]) == (202, "processing")
    assert (done.status, done.succeeded_rows, done.failed_rows) == ("completed", 2, 0)
    assert_books_hold(manager)


def test_lists_rows_by_status(api: StaffClient, acme: Customer) -> None:
    batch = send(api, row(amount="1.00"), row(amount="abc"))

    every = api.get(f"{PATH}/{batch.id}/rows?limit=1").json()
    failed = api.get(f"{PATH}/{batch.id}/rows?status=failed").json()

    assert (every["total"], [each["row"] for each in every["results"]]) == (2, [1])
    assert every["results"][0]["payment_number"] == Payment.objects.get().number
    assert [(each["row"], each["cells"]["amount"]) for each in failed["results"]] == [(2, "abc")]


def test_the_database_keeps_who_repaired(api: StaffClient, acme: Customer) -> None:
    batch = send(api, row(amount="abc"))
    repair(api, batch, 1, notes="n")

    kept = PaymentBatchRow.objects.get(batch=batch)

    assert (kept.repairs, kept.repaired_by != "", kept.repaired_at is not None) == (1, True, True)
