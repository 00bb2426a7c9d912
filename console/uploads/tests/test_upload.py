"""Payments by file in the console: checked without a trace, taken once, taken again only when asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bank.models import StatementMapping
from batconnect.core.kernel.actors import Actor
from batconnect.directory.services import add_customer
from payments.batches.models import PaymentBatch
from tests.console import browser

ROWS = (
    b"customer_reference,payment_method,amount,currency,payment_date\n"
    b"A-1,ach,20.00,USD,2025-01-15\n"
    b"A-1,cash,nonsense,USD,2025-01-15\n"
)


@pytest.fixture
def send(manager: Actor, settings: Any, tmp_path: Path) -> Callable[..., Any]:
    settings.MEDIA_ROOT = tmp_path / "media"
    add_customer(actor=manager, name="Ann", external_reference="A-1")
    client = browser("manager")

    def post(do: str, content: bytes | None = ROWS, **more: str) -> Any:
        values: dict[str, Any] = {"source_type": "csv_import", "do": do, **more}
        if content is not None:
            values["file"] = SimpleUploadedFile("payments.csv", content, "text/csv")
        return client.post(reverse("admin:upload_payments"), values)

    return post


def test_checks_without_a_trace(send: Callable[..., Any]) -> None:
    page = send("check")

    text = page.content.decode()
    assert (page.context["checked"]["good_rows"], page.context["checked"]["failed_rows"]) == (1, 1)
    assert "nothing is taken yet" in text
    assert not PaymentBatch.objects.exists()


def test_takes_a_file_once_and_again_only_when_asked(send: Callable[..., Any]) -> None:
    taken = send("take")
    batch = PaymentBatch.objects.get()
    again = send("take")
    forced = send("take", again="on", again_offered="yes")

    assert taken["Location"] == reverse("admin:payments_paymentbatch_change", args=[batch.pk])
    assert batch.total_rows == 2
    assert "This file was taken before: <a" in again.content.decode()
    assert forced.status_code == 302
    assert PaymentBatch.objects.count() == 2


def kept_on(page: Any) -> dict[str, str]:
    """What the page sends along of the file that it keeps."""
    return {name: page.context["form"][name].value() for name in ("kept", "kept_name")}


def test_takes_the_file_that_was_checked_without_choosing_it_again(send: Callable[..., Any]) -> None:
    checked = send("check", notes="first", decimal_sign="point")
    kept = kept_on(checked)

    taken = send("take", None, notes="first", **kept)
    late = send("take", None, **kept)

    assert "<strong>payments.csv</strong> is kept for an hour" in checked.content.decode()
    assert taken.status_code == 302
    batch = PaymentBatch.objects.get()
    assert (batch.total_rows, batch.file_name, batch.notes) == (2, "payments.csv", "first")
    assert "is not kept any more: choose it again" in late.content.decode()


def test_a_file_that_was_taken_before_is_kept_too(send: Callable[..., Any]) -> None:
    send("take")
    refused = send("take")

    forced = send("take", None, again="on", again_offered="yes", **kept_on(refused))

    assert forced.status_code == 302
    assert PaymentBatch.objects.count() == 2


def test_a_file_chosen_anew_counts_before_the_one_that_is_kept(send: Callable[..., Any]) -> None:
    kept = kept_on(send("check"))

    send("take", ROWS.replace(b"20.00", b"30.00"), **kept)

    assert PaymentBatch.objects.get().totals[0]["amount"] == "30.00"


def test_nobody_takes_the_file_of_another(send: Callable[..., Any]) -> None:
    kept = kept_on(send("check"))

    theirs = browser("administrator").post(
        reverse("admin:upload_payments"), {"source_type": "csv_import", "do": "take", **kept}
    )
    none = send("take", None)

    assert theirs.status_code in (200, 403)
    assert "Choose the file." in none.content.decode()
    assert not PaymentBatch.objects.exists()


def test_says_what_is_wrong_with_a_file(send: Callable[..., Any]) -> None:
    page = send("take", b"name\nAnn\n")

    assert page.status_code == 200
    assert "lacks" in page.content.decode()
    assert not PaymentBatch.objects.exists()


def test_a_second_mapping_of_a_name_is_refused_on_the_form(manager: Actor) -> None:
    client, add = browser("manager"), reverse("admin:bank_statementmapping_add")
    values = {
        "name": "House bank",
        "amount_column": "Amount",
        "date_column": "Date",
        "decimal_sign": ".",
        "date_form": "mdy",
    }

    first = client.post(add, values)
    second = client.post(add, values)

    assert (first.status_code, second.status_code) == (302, 200)
    assert "The company already has another statement mapping like this" in second.content.decode()
    assert StatementMapping.objects.count() == 1
