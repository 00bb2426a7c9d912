"""Payments by file in the console: checked without a trace, taken once, taken again only when asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.directory.services import add_customer
from payments.batches.models import PaymentBatch, StatementMapping
from tests.console import browser

ROWS = (
    b"customer_reference,payment_method,amount,currency,payment_date\n"
    b"A-1,ach,20.00,USD,2025-01-15\n"
    b"A-1,cash,nonsense,USD,2025-01-15\n"
)


@pytest.fixture
def send(manager: Actor) -> Callable[..., Any]:
    add_customer(actor=manager, name="Ann", external_reference="A-1")
    client = browser("manager")

    def post(do: str, content: bytes = ROWS, **more: str) -> Any:
        file = SimpleUploadedFile("payments.csv", content, "text/csv")
        values = {"source_type": "csv_import", "do": do, "file": file, **more}
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


def test_says_what_is_wrong_with_a_file(send: Callable[..., Any]) -> None:
    page = send("take", b"name\nAnn\n")

    assert page.status_code == 200
    assert "lacks" in page.content.decode()
    assert not PaymentBatch.objects.exists()


def test_a_second_mapping_of_a_name_is_refused_on_the_form(manager: Actor) -> None:
    client, add = browser("manager"), reverse("admin:payments_statementmapping_add")
    values = {"name": "House bank", "amount_column": "Amount", "date_column": "Date"}

    first = client.post(add, values)
    second = client.post(add, values)

    assert (first.status_code, second.status_code) == (302, 200)
    assert "The company already has another statement mapping like this" in second.content.decode()
    assert StatementMapping.objects.count() == 1
