"""Files of the directory: preview, refusals by row, all or nothing, round trips, rights."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from batconnect.core.files.formulas import escape_reversibly, unescape_formula
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import AuditEvent
from batconnect.directory.imports import CUSTOMERS
from batconnect.directory.models import Customer, Driver, Lease, Medallion, Vehicle
from batconnect.directory.services import add_customer, add_driver, add_medallion
from batconnect.directory.tests.builders import make_fleet
from batconnect.directory.transfer import TransferAdmin
from tests.console import browser, seen_on
from tests.digest import assert_nothing_written

TABLES = ("customer", "driver", "vehicle", "medallion", "lease")


@pytest.fixture(autouse=True)
def _own_media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def preview(table: str, content: bytes | str, *, username: str = "manager") -> Any:
    """What the page shows of a file."""
    data = content.encode() if isinstance(content, str) else content
    return browser(username).post(
        reverse(f"admin:directory_{table}_import"),
        {"file": SimpleUploadedFile("rows.file", data)},
    )


def confirm(table: str, page: Any, *, username: str = "manager", **changed: str) -> Any:
    """Click “Import” on a preview."""
    return browser(username).post(reverse(f"admin:directory_{table}_import"), {**seen_on(page), **changed})


def export(table: str, *, username: str = "auditor", kind: str = "csv", query: str = "") -> bytes:
    """The file of a whole list."""
    answer = browser(username).post(reverse(f"admin:directory_{table}_export") + query, {"format": kind})
    assert answer.status_code == 200, answer
    return bytes(answer.content)


def test_shows_what_would_happen_and_writes_nothing_before(manager: Actor) -> None:
    ann = add_customer(actor=manager, name="Ann", external_reference="A-1", email="ann@example.com")
    file = f"id,external_reference,name,phone\n{ann.pk},A-1,Ann Lee,\n,A-2,Bob,+1 212 555 0100\n,,Cleo,\n"

    with assert_nothing_written():
        page = preview("customer", file)
    done = confirm("customer", page)

    text = page.content.decode()
    ann.refresh_from_db()
    assert "2 new, 1 changed, 0 as they are" in text
    assert "<ins" in text
    assert done.status_code == 302
    assert (ann.name, ann.email) == ("Ann Lee", "ann@example.com")
    assert list(Customer.objects.order_by("name").values_list("name", "phone")) == [
        ("Ann Lee", ""),
        ("Bob", "+1 212 555 0100"),
        ("Cleo", ""),
    ]
    event = AuditEvent.objects.get(action="directory.import")
    assert event.details == {"new": 2, "update": 1, "skip": 0}


def test_names_every_wrong_row_and_imports_none(manager: Actor) -> None:
    make_fleet(manager)
    add_medallion(actor=manager, medallion_no="2B22")
    file = (
        "lease_id,lease_type,medallion,vin,weekly_amount,started_on,primary_driver\n"
        "LS-1,Long term,2B22,4T1BF1FK5HU123456,420.00,2025-01-05,DRV-101\n"
        "LS-2,Long term,9Z99,4T1BF1FK5HU123456,420.005,31.01.2025,DRV-999\n"
        "LS-3,Long term,1P43,4T1BF1FK5HU123456,420.00,2025-01-05,\n"
        "LS-2054,Long term,1P43,4T1BF1FK5HU123456,500.00,2025-01-05,\n"
        "LS-1,Long term,2B22,4T1BF1FK5HU123456,420.00,2025-01-05,DRV-101\n"
    )

    with assert_nothing_written():
        page = preview("lease", file)

    text = " ".join(page.content.decode().split())
    for row, column, message in (
        (3, "medallion", "There is no medallion 9Z99."),
        (3, "weekly_amount", "Enter an amount in plain digits"),
        (3, "started_on", "Write the date as YYYY-MM-DD"),
        (3, "primary_driver", "There is no driver DRV-999."),
        (4, "medallion", "This medallion already has an active lease."),
        (5, "started_on", "The first day of a lease cannot be changed."),
        (6, "lease_id", "Row 2 already names it."),
    ):
        cell = 'class="align-top border-t border-base-200 px-3 py-2 dark:border-base-800"'
        assert f"<td {cell}>{row}</td><td {cell}>{column}</td><td {cell}>{message}" in text, (row, column)
    assert 'name="seen"' not in text


NO_FILES: tuple[tuple[bytes | str, str], ...] = (
    (
        "driver_id,tlc_licence\nDRV-1,1\n",
        "lacks the headings customer, tlc_license. Columns that are not known: tlc_licence.",
    ),
    ("driver_id,driver_id\nDRV-1,1\n", "These columns appear twice: driver_id."),
    ("driver_id;customer;tlc_license\nDRV-1;nobody;7\n", "There is no customer nobody."),
    ("driver_id,customer,tlc_license\nDRV-1,x,7,8\n", "more cells than there are headings"),
    (b"driver_id\n\xff\xfe\n", "not text in UTF-8"),
    ("", "empty"),
    ("driver_id,customer,tlc_license\n" + "DRV,x,7\n" * 2001, "At most 2,000 rows"),
    (b"x" * (CUSTOMERS.max_bytes + 1), "at most 2 MB"),
)


def test_refuses_a_file_that_is_none(manager: Actor) -> None:
    with assert_nothing_written():
        pages = [preview("driver", content).content.decode() for content, _ in NO_FILES]

    for page, (_, message) in zip(pages, NO_FILES, strict=True):
        assert message in page


@pytest.mark.parametrize("kind", ["csv", "excel"])
def test_what_was_exported_comes_back_unchanged(manager: Actor, kind: str) -> None:
    fleet = make_fleet(manager)
    odd = add_customer(actor=manager, name="=HYPERLINK(1)", phone="+1 212 555 0100", address="'-a\nb;c,d")
    add_driver(actor=manager, customer=odd, driver_id="@7", tlc_license="0007", status="Inactive")
    Lease.objects.filter(pk=fleet.lease.pk).update(weekly_amount=Decimal("512.30"))

    for table in TABLES:
        file = export(table, kind=kind)
        with assert_nothing_written():
            page = preview(table, file)
        assert "0 new, 0 changed" in page.content.decode(), table


def test_no_cell_of_an_export_is_a_formula(manager: Actor) -> None:
    add_customer(actor=manager, name="=cmd|' /C calc'!A0", phone="+1", address="@SUM(A1)")

    text = export("customer").decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(export("customer", kind="excel")))

    (line,) = text.splitlines()[1:]
    assert "'=cmd|' /C calc'!A0" in line
    assert {cell[:1] for cell in line.split(",")}.isdisjoint("=+-@")
    assert {cell.data_type for row in book.worksheets[0].iter_rows(min_row=2) for cell in row} <= {"s", "n"}


def test_escaping_is_undone_exactly() -> None:
    for text in ("=1", "'=1", "''=1", "-5.00", "plain", "'quoted", "\tx", ""):
        assert unescape_formula(escape_reversibly(text)) == text
        assert not escape_reversibly(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_excel_number_is_the_text_that_was_typed(manager: Actor) -> None:
    book = openpyxl.Workbook()
    book.active.append(["vin", "plate_no", "year"])
    book.active.append(["1HGCM82633A004352", 123456, 2019.0])
    file = io.BytesIO()
    book.save(file)

    confirm("vehicle", preview("vehicle", file.getvalue()))

    vehicle = Vehicle.objects.get()
    assert (vehicle.plate_no, vehicle.year) == ("123456", 2019)


def test_imports_only_what_was_seen(manager: Actor) -> None:
    file = "medallion_no\n1A11\n2B22\n"
    seen = preview("medallion", file)
    add_medallion(actor=manager, medallion_no="1A11")

    with assert_nothing_written():
        confirm("medallion", seen)
    again = preview("medallion", file)
    confirm("medallion", again)
    confirm("medallion", again)

    assert sorted(Medallion.objects.values_list("medallion_no", flat=True)) == ["1A11", "2B22"]


def test_nobody_confirms_the_file_of_another(manager: Actor) -> None:
    page = preview("medallion", "medallion_no\n1A11\n")

    with assert_nothing_written():
        statuses = [
            confirm("medallion", page, username=username).status_code
            for username in ("second_manager", "outsider", "cashier")
        ]
        beside = confirm("medallion", page, file_name="../../etc/passwd").status_code

    assert statuses == [403, 403, 403]
    assert beside == 403


def test_rights_to_import_and_to_export_are_their_own(manager: Actor) -> None:
    make_fleet(manager)
    pages = {
        username: (
            browser(username).get(reverse("admin:directory_driver_import")).status_code,
            browser(username).get(reverse("admin:directory_driver_export")).status_code,
        )
        for username in ("cashier", "manager", "auditor", "administrator")
    }

    assert pages == {
        "cashier": (403, 403),
        "manager": (200, 200),
        "auditor": (403, 200),
        "administrator": (200, 200),
    }
    assert b"DRV-101" not in export("driver", username="outsider")
    assert AuditEvent.objects.filter(action="directory.export").count() == 0


def test_export_is_what_the_list_is_filtered_to_and_noted(manager: Actor) -> None:
    make_fleet(manager)
    other = add_customer(actor=manager, name="Zoe")
    add_driver(actor=manager, customer=other, driver_id="DRV-2", tlc_license="2", status="Inactive")

    text = export("driver", query="?status__exact=Inactive").decode()

    assert "DRV-2" in text
    assert "DRV-101" not in text
    assert AuditEvent.objects.get(action="directory.export").details == {"rows": 1, "format": "csv"}


def test_every_page_with_files_states_its_rights() -> None:
    for model in (Customer, Driver, Vehicle, Medallion, Lease):
        page: Any = admin.site.get_model_admin(model)
        assert isinstance(page, TransferAdmin), model
        assert (page.imports.model, page.imports.permission) == (model, "directory.import")
