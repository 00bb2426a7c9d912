"""The console's pages of batches and receipts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import (
    add_customer,
    assert_books_hold,
    row,
    table,
    upload,
    work,
)
from payments.models import Payment
from tests.cast import StaffClient
from tests.console import browser, seen_on


def page(model: str, action: str, key: Any) -> str:
    return reverse(f"admin:payments_{model}_{action}", args=[key])


def confirm(client: Any, path: str, **values: str) -> Any:
    """Fill the form, look at what would happen, and confirm it."""
    preview = client.post(path, values)
    return client.post(path, {**values, **seen_on(preview)})


def test_a_batchs_page_tells_its_progress_and_errors(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = work(upload(api, table(row(), row(amount="500,00"))).json()["batch_id"])
    console = browser("manager")

    html = console.get(page("paymentbatch", "change", batch.id)).content.decode()
    progress = console.get(page("paymentbatch", "progress", batch.id)).json()
    file = b"".join(console.get(page("paymentbatch", "errors", batch.id)).streaming_content).decode()

    assert page("paymentbatch", "progress", batch.id) in html
    assert "payments/batch.js" in html
    assert "&#x27;500,00&#x27;" in html
    assert (progress["finished"], progress["figures"]["progress_percentage"]) == (True, 100)
    assert [each["code"] for each in progress["errors"]] == ["not_money"]
    assert "500,00" in file


def test_actions_ask_before_they_act(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row(), row(customer_reference="LATER"))).json()["batch_id"])
    add_customer(manager, "Later", "LATER")
    console = browser("manager")

    confirm(console, page("paymentbatch", "retry", batch.id))
    again = work(batch.id)
    confirm(console, page("paymentbatch", "undo", batch.id), reason="Another month's file")

    assert (again.status, again.succeeded_rows) == ("completed", 2)
    assert PaymentBatch.objects.get().undone_at is not None
    assert set(Payment.objects.values_list("status", flat=True)) == {"voided"}


def test_cancel_stops_what_waits(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch_id = upload(api, table(row())).json()["batch_id"]

    confirm(browser("manager"), page("paymentbatch", "cancel", batch_id))

    assert PaymentBatch.objects.get().status == "cancelled"


def test_readers_and_strangers_get_no_actions(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row())).json()["batch_id"])

    answers = [
        browser("auditor").post(page("paymentbatch", "undo", batch.id), {"reason": "Not mine to undo"}),
        browser("outsider").get(page("paymentbatch", "progress", batch.id)),
    ]

    assert [each.status_code for each in answers] == [403, 404]
    assert Payment.objects.get().status == "posted"


def repair(console: Any, batch: PaymentBatch, number: int, **cells: str) -> Any:
    """Open the page of a failed row, change cells and save."""
    path = f"{page('paymentbatch', 'repair', batch.id)}?row={number}"
    form = console.get(path).context["form"]
    there = {name: form[name].value() or "" for name in form.fields}
    return console.post(path, {**there, **cells})


def test_a_row_is_repaired_on_its_page(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row(), row(amount="12,5x"), row(amount="abc"))).json()["batch_id"])
    console = browser("manager")
    change = page("paymentbatch", "change", batch.id)
    address = f"{page('paymentbatch', 'repair', batch.id)}?row="

    listed = console.get(change).content.decode()
    shown = console.get(f"{address}2").content.decode()
    wrong = repair(console, batch, 2, amount="still wrong")
    right = repair(console, batch, 2, amount="12.50", payment_date="2025-01-14")
    last = repair(console, batch, 3, amount="13.00")
    again = work(batch.id)
    paid = console.get(change).content.decode()

    assert f"{address}2" in listed
    assert "&#x27;12,5x&#x27;" in shown
    assert "The file says" in shown
    assert (wrong.status_code, "&#x27;still wrong&#x27;" in wrong.content.decode()) == (200, True)
    assert (right.status_code, right["Location"]) == (302, f"{address}3")
    assert last["Location"] == change
    assert again.status == "completed"
    assert all(each.number in paid for each in Payment.objects.all())
    assert address not in paid
    assert_books_hold(manager)


def test_of_two_people_on_a_row_the_second_is_told(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row(amount="abc"))).json()["batch_id"])
    path = f"{page('paymentbatch', 'repair', batch.id)}?row=1"
    console = browser("manager")
    form = console.get(path).context["form"]
    there = {name: form[name].value() or "" for name in form.fields}
    repair(browser("manager"), batch, 1, amount="still wrong")

    late = console.post(path, {**there, "amount": "5.00"})
    work(batch.id)

    assert "Somebody else has changed this row since you opened it" in late.content.decode()
    assert Payment.objects.count() == 0


def test_the_page_shows_shares_and_what_was_sent_again(
    api: StaffClient, manager: Actor, acme: Customer
) -> None:
    batch = work(
        upload(api, table(row(), row(amount="x"), row(amount="7.00"), row(amount="y"))).json()["batch_id"]
    )
    console = browser("manager")
    file = b"".join(console.get(page("paymentbatch", "errors", batch.id)).streaming_content)

    progress = console.get(page("paymentbatch", "progress", batch.id)).json()
    second = work(upload(api, file).json()["batch_id"])
    after = console.get(page("paymentbatch", "progress", batch.id)).json()
    html = console.get(page("paymentbatch", "change", batch.id)).content.decode()

    assert progress["figures"]["shares"] == {"good": "50.00", "held": "0.00", "bad": "50.00"}
    assert [(each["repairable"], each["sent_again"]) for each in progress["errors"]] == [(True, "")] * 2
    assert [(each["repairable"], each["sent_again"]) for each in after["errors"]] == [
        (False, f"{second.number}/1"),
        (False, f"{second.number}/2"),
    ]
    assert f"It was sent again: {second.number}/2." in html
    assert 'data-share="good" style="width: 50.00%' in html


def test_readers_repair_nothing(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row(amount="abc"))).json()["batch_id"])
    path = page("paymentbatch", "repair", batch.id)

    reader = browser("auditor")
    answers = [reader.get(path), reader.post(f"{path}?row=1", {"amount": "1.00"})]
    html = reader.get(page("paymentbatch", "change", batch.id)).content.decode()

    assert [each.status_code for each in answers] == [403, 403]
    assert path not in html
    assert browser("outsider").get(path).status_code == 404
