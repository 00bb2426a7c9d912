"""Small lists of payments as people have them, and what comes of each by the call, the command and the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from payments.batches.models import PaymentBatch
from payments.batches.tests.builders import add_customer, assert_books_hold, upload, work
from payments.models import Payment
from tests.cases.outcomes import FOLDER
from tests.cast import StaffClient
from tests.console import browser
from tests.digest import assert_nothing_written

LEFT_OUT: Final = "The column '(no heading)' is unknown and was ignored."


@dataclass(frozen=True)
class Listed:
    """What is chosen with the file, its payments as amount and reference, and what the check warns of."""

    paid: Sequence[tuple[str, str]]
    chosen: Mapping[str, str] = field(default_factory=dict)
    warns: Sequence[str] = ()


FILES: Final[dict[str, Listed]] = {
    "50-excel-formula-text.csv": Listed([("10.00", "0012345"), ("11.00", "0012346")]),
    "51-trailing-empty-columns.csv": Listed([("10.00", "TE1")], warns=[LEFT_OUT]),
    "56-lowercase-ref.csv": Listed([("10.00", "LR1")]),
    "59-semicolon-decimal-comma.csv": Listed(
        [("12.50", "SC1"), ("1250.00", "SC2")],
        chosen={"decimal_sign": "comma", "date_order": "day_first"},
    ),
}


def by_call(name: str, chosen: Mapping[str, str]) -> tuple[str, PaymentBatch]:
    content, client = (FOLDER / name).read_bytes(), StaffClient(username="manager")
    with assert_nothing_written():
        tried = upload(client, content, query="?dry_run=true", **chosen)
    answer = upload(client, content, **chosen)
    assert (tried.status_code, answer.status_code) == (200, 202), answer.content
    told = tried.json()
    return f"{told['good_rows']} good {' '.join(told['warnings'])}", work(answer.json()["batch_id"])


def by_command(name: str, chosen: Mapping[str, str]) -> tuple[str, PaymentBatch]:
    options = [f"--{each.replace('_', '-')}={value}" for each, value in chosen.items()]
    call_command("import_payments", "--company", "North Taxi", "--file", str(FOLDER / name), *options)
    return "", PaymentBatch.objects.get()


def by_page(name: str, chosen: Mapping[str, str]) -> tuple[str, PaymentBatch]:
    def send(do: str) -> Any:
        file = SimpleUploadedFile(name, (FOLDER / name).read_bytes(), "text/csv")
        values = {"source_type": "csv_import", "do": do, "file": file, **chosen}
        return browser("manager").post(reverse("admin:upload_payments"), values)

    with assert_nothing_written():
        checked = send("check").context["checked"]
    assert send("take").status_code == 302
    batch = work(PaymentBatch.objects.get().id)
    shown = browser("manager").get(reverse("admin:payments_paymentbatch_change", args=[batch.id]))
    assert shown.status_code == 200
    return f"{checked['good_rows']} good {' '.join(checked['warnings'])}", batch


@pytest.mark.parametrize("take", [by_call, by_command, by_page])
@pytest.mark.parametrize("name", FILES)
def test_a_small_list_is_paid(
    manager: Actor, name: str, take: Callable[..., tuple[str, PaymentBatch]]
) -> None:
    nora = add_customer(manager, "Nora", "NOR-001")
    expected = FILES[name]

    said, batch = take(name, expected.chosen)

    assert batch.status == "completed"
    assert list(batch.warnings) == list(expected.warns)
    if said:
        assert said.strip() == f"{len(expected.paid)} good {' '.join(expected.warns)}".strip()
    rows = Payment.objects.order_by("amount").values_list("amount", "reference_number", "customer_id")
    assert [(str(amount), reference) for amount, reference, _ in rows] == list(expected.paid)
    assert {customer for *_, customer in rows} == {nora.id}
    assert_books_hold(manager)
