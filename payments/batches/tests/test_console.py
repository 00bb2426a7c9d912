"""The console's pages of batches and receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.models import Customer
from payments.batches.models import PaymentBatch, UnidentifiedReceipt
from payments.batches.tests.builders import add_customer, bill, row, table, upload, work
from payments.batches.tests.test_bank_feed import camt, entry, feed
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


def test_a_receipt_is_matched_to_what_is_suggested(api: StaffClient, manager: Actor, acme: Customer) -> None:
    bill(manager, acme, "120.00")
    work(feed(api, camt(entry(name="Acme Ins."))).json()["batch_id"])
    receipt = UnidentifiedReceipt.objects.get()
    console = browser("manager")

    html = console.get(page("unidentifiedreceipt", "change", receipt.id)).content.decode()
    confirm(console, page("unidentifiedreceipt", "match", receipt.id), customer="ACME-001")

    assert "is open with exactly 120.00" in html
    assert Payment.objects.get().amount == Decimal("120.00")
    assert UnidentifiedReceipt.objects.get().status == "matched"


def test_readers_and_strangers_get_no_actions(api: StaffClient, manager: Actor, acme: Customer) -> None:
    batch = work(upload(api, table(row())).json()["batch_id"])

    answers = [
        browser("auditor").post(page("paymentbatch", "undo", batch.id), {"reason": "Not mine to undo"}),
        browser("outsider").get(page("paymentbatch", "progress", batch.id)),
    ]

    assert [each.status_code for each in answers] == [403, 404]
    assert Payment.objects.get().status == "posted"
