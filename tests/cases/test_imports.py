"""Small lists and typed values of other imports, and what comes of each by the page and by the call or command."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.directory.models import Lease
from batconnect.directory.services import add_customer, add_medallion, add_vehicle
from batconnect.directory.tests.builders import make_driver, make_fleet
from console.addresses import receipt_address
from ledger.models import Obligation
from payments.batches.tests.builders import assert_books_hold, post
from payments.models import Refund
from payments.services.recording import record_payment
from payments.tests.billing import receive
from tests.cast import StaffClient
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written
from tests.weight.test_lists_as_pdf import words

FOLDER: Final = Path(__file__).parent / "imports"
LEASES: Final = "80a-lease-weekly-amount.csv"
REFUND: Final = "81-console-refund-comma.txt"
RECEIPT: Final = "82-receipt-long-words.json"
CREDITS: Final = "95-charges-negative.csv"
# What each list of charges raises, and the words that the page warns with.
CHARGES: Final[dict[str, tuple[str, str, str]]] = {
    "90-charges-trailing-columns.csv": ("BUG-1", "26.50", "no heading"),
    "91-charges-leading-blank-line.csv": ("BUG-2", "26.50", ""),
    "96-charges-extra-column.csv": ("BUG-8", "26.50", "plate"),
    "98-charges-quoted-heading-newline.csv": ("BUG-10", "2.45", ""),
}


@pytest.fixture(autouse=True)
def waiting_files(settings: Any, tmp_path: Path) -> None:
    """Uploads that wait for confirmation are kept in a folder of the test."""
    settings.MEDIA_ROOT = tmp_path


def upload(name: str, address: str) -> Any:
    file = SimpleUploadedFile(name, (FOLDER / name).read_bytes(), "text/csv")
    return browser("manager").post(reverse(address), {"file": file})


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a list with what its headings name, as somebody would send them by call."""
    text = (FOLDER / name).read_text().strip()
    rows = csv.DictReader(io.StringIO(text))
    return [{str(key).split("\n")[0]: cell for key, cell in row.items() if key} for row in rows]


def raise_by_call(row: dict[str, str], fleet: Any) -> Any:
    body = {
        "category": row["category"],
        "reference_id": row["reference_id"],
        "amount": row["amount"],
        "due_date": row["due_date"],
        "driver_id": fleet.driver.pk,
        "lease_id": fleet.lease.pk,
    }
    return post(StaffClient(username="manager"), "/ledger/obligations", body)


def test_80a_a_decimal_comma_is_refused_and_named(manager: Actor) -> None:
    make_driver(manager, number="DRV-001")
    add_medallion(actor=manager, medallion_no="2B11")
    add_vehicle(actor=manager, plate_no="T99", vin="4TG835EWEFW100001")

    with assert_nothing_written():
        page = upload(LEASES, "admin:directory_lease_import")
        with pytest.raises(CommandError):
            call_command("import_leases", "--company", "North Taxi", "--file", str(FOLDER / LEASES))

    assert not Lease.objects.exists()
    assert [(each[0], each[1]) for each in page.context["report"].errors] == [(2, "weekly_amount")]
    assert "500,00" in page.content.decode()


def test_81_a_refund_with_a_comma_is_refused(manager: Actor) -> None:
    said = (FOLDER / REFUND).read_text()
    amount, reason = re.findall(r"(?:amount|reason): ([^,]+(?:,\d\d)?)", said)
    payment = receive(manager, add_customer(actor=manager, name="Ann Lee"), "100.00")
    client = StaffClient(username="manager")

    with assert_nothing_written():
        page = browser("manager").post(
            reverse("admin:payments_payment_refund", args=[payment.pk]), {"amount": amount, "reason": reason}
        )
        answer = post(
            client, f"/api/payments/{payment.id}/refund", {"amount": amount, "reason": reason.strip()}
        )

    assert (amount, Refund.objects.count()) == ("1,20", 0)
    assert "can mean 1.20 or 120.00" in page.content.decode()
    assert answer.status_code == 400


@pytest.mark.system
def test_82_a_receipt_of_long_words_stays_inside_its_page(manager: Actor) -> None:
    said = json.loads((FOLDER / RECEIPT).read_text())
    payment = record_payment(
        actor=manager,
        customer_id=add_customer(actor=manager, name=said["name"]).id,
        amount=Decimal(said["amount"]),
        method=said["payment_method"],
        payment_date=today(manager.company),
        reference_number=said["reference_number"],
    ).payment

    printed: dict[str, Callable[[], Any]] = {
        "call": lambda: StaffClient(username="manager").get(f"/api/payments/{payment.id}/receipt?format=pdf"),
        "page": lambda: browser("manager").get(receipt_address(payment)),
    }

    for way, fetch in printed.items():
        placed = words(fetch().content)
        margins = 18 * 720 / 254
        assert all(margins - 1 <= left < 595 - margins for _, left, _, _ in placed), way
        text = "".join(word for *_, word in placed)
        assert said["reference_number"] in text, way
        assert said["name"].split()[0] in text, way


@pytest.mark.parametrize("name", CHARGES)
def test_a_list_of_charges_is_read(manager: Actor, name: str) -> None:
    make_fleet(manager)
    reference, amount, warns = CHARGES[name]

    with assert_nothing_written():
        page = upload(name, "admin:ledger_obligation_upload_charges")
    report = page.context["report"]
    browser("manager").post(reverse("admin:ledger_obligation_upload_charges"), seen_on(page))

    assert (list(report.errors), warns in " ".join(report.warnings)) == ([], True)
    raised = Obligation.objects.get()
    assert (raised.reference_id, str(raised.original)) == (reference, amount)
    assert_books_hold(manager)


@pytest.mark.parametrize("name", CHARGES)
def test_a_list_of_charges_means_the_same_by_call(manager: Actor, name: str) -> None:
    fleet = make_fleet(manager)
    reference, amount, _ = CHARGES[name]
    (row,) = rows_of(name)

    answer = raise_by_call(row, fleet)

    assert answer.status_code == 201, answer.content
    raised = Obligation.objects.get()
    assert (raised.reference_id, str(raised.original)) == (reference, amount)
    assert_books_hold(manager)


def test_95_a_credit_among_charges_is_refused_with_the_way_to_enter_it(manager: Actor) -> None:
    fleet = make_fleet(manager)

    with assert_nothing_written():
        page = upload(CREDITS, "admin:ledger_obligation_upload_charges")
        answers = [raise_by_call(row, fleet) for row in rows_of(CREDITS)]

    errors = page.context["report"].errors
    assert [(each[0], each[1]) for each in errors] == [(2, "amount"), (3, "amount")]
    assert page.content.decode().count("open the obligation that it is for and credit that part of it") >= 2
    assert [each.status_code for each in answers] == [400, 400]


def test_every_list_is_tried() -> None:
    tried = {LEASES, REFUND, RECEIPT, CREDITS, *CHARGES}

    assert tried == {each.name for each in FOLDER.iterdir()}
