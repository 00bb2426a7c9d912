"""Every entry point for files counts what it reads: too many rows, columns, cells or elements are refused at the first
above the limit, and nothing is written. The entry points are those of the registries: a new one must be listed here."""

from __future__ import annotations

import importlib
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.urls import get_resolver, reverse
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser

from agencies.readers.table import MAX_FILE_BYTES, MAX_FILE_ROWS
from agencies.tests.builders import EZPASS
from agencies.views.imports import ImportsView
from bank.views.statements import BankStatementsView
from batconnect.core.api.fields import BoundedList
from batconnect.core.files import uploads
from batconnect.core.files.tables import UnreadableTable, read_records
from batconnect.core.files.uploads import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, TooHeavy
from batconnect.core.files.workbooks import read_workbook
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.notes.endpoints import NotesView
from batconnect.directory.imports import CUSTOMERS, LEASE_RATES, LEASES
from ledger.services.imports import CHARGES
from ledger.settlement.services.earnings_file import EARNINGS
from loans.imports import LOAN_FILES
from outstanding.services.imports import RENEWALS
from payments.batches.errors import UnreadableFile
from payments.batches.services.intake import read_bank_feed, read_csv_import
from payments.batches.views import BatchesView
from payments.credit_memos.imports import CREDIT_MEMOS
from repairs.imports import REPAIR_FILES
from repairs.views import DocumentView as RepairDocumentView
from tests.access.endpoints import calls
from tests.console import browser
from tests.digest import assert_nothing_written
from tests.tree import PACKAGES

pytestmark = pytest.mark.django_db
SECONDS = 60
"""Some ten times what the slowest takes."""
COMMANDS = {
    "import_bank_statement": ("Date", "Amount", "Description"),
    "import_credit_memos": CREDIT_MEMOS.headings,
    "import_earnings": EARNINGS.headings,
    "import_lease_rates": LEASE_RATES.headings,
    "import_leases": LEASES.headings,
    "import_loans": LOAN_FILES.headings,
    "import_payout_returns": ("101",),
    "import_payments": ("customer_reference", "payment_method", "amount", "currency", "payment_date"),
    "import_renewals": RENEWALS.headings,
    "import_repairs": REPAIR_FILES.headings,
    "raise_obligations_from_csv": CHARGES.headings,
}
# Commands for files that are larger than a request takes in one go; tried by themselves.
LARGER = {"import_agency_file"}
FORMS = {
    # Forms with a file, and what bounds it.
    "batconnect.core.console.kept_files.KeptFileForm": "what its forms say",
    "batconnect.core.console.imports.UploadForm": "batconnect.core.files.imports",
    "batconnect.core.console.notes.NoteForm": "kept as they are, at most 10 MB together",
    "console.uploads.forms.UploadForm": "payments.batches.services.intake",
    "console.bank.forms.ImportForm": "bank.services.intake",
    "console.agencies.forms.UploadForm": "agencies.readers.table",
    "console.payouts.pages.ReturnsForm": "ledger.paying.services.returns",
    "console.counter.lending.AttachForm": "kept as it is, at most 10 MB",
    "batconnect.core.admin.company.SettingsForm": "clean_new_logo",
}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the records that were made of a file."""
    counted = [0]
    kept = uploads.CsvRecord

    def counting(*values: Any) -> Any:
        counted[0] += 1
        return kept(*values)

    monkeypatch.setattr(uploads, "CsvRecord", counting)
    return counted


def heavy(headings: tuple[str, ...]) -> dict[str, bytes]:
    """Files that are too heavy for any list, by what is wrong with them."""
    head = ",".join(headings) + "\n"
    row = ",".join("1" * len(headings)) + "\n"
    return {
        "rows": (head + row * 60_000).encode(),
        "columns": (head + "," * 3_000_000).encode(),
        "columns over lines": (head + ('"\n",' + "," * 3_000) * 500).encode(),
        "cell": (head + "x" * 3_000_000 + "\n").encode(),
        "quote": (head + '"' + "x\n" * 1_000_000).encode(),
        "bytes": (head + row * 3_000_000).encode()[: MAX_BYTES + 1],
    }


def file_commands() -> set[str]:
    names = set()
    for name, app in get_commands().items():
        if isinstance(app, str) and app.split(".")[0] in PACKAGES:
            parser = load_command_class(app, name).create_parser("manage.py", name)
            if any("--file" in action.option_strings for action in parser._actions):
                names.add(name)
    return names


def file_forms() -> set[str]:
    for name in ("ledger.admin", "batconnect.core.admin.company", "batconnect.directory.transfer"):
        importlib.import_module(name)
    get_resolver().url_patterns  # noqa: B018 - loads every page with its forms
    pending: list[type] = [forms.BaseForm]
    names = set()
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        fields = getattr(kind, "base_fields", {}).values()
        is_ours = kind.__module__.split(".")[0] in PACKAGES and "<locals>" not in kind.__qualname__
        if is_ours and any(isinstance(each, forms.FileField) for each in fields):
            names.add(f"{kind.__module__}.{kind.__qualname__}")
    return names


def test_every_entry_point_for_files_is_tried_here() -> None:
    assert file_commands() == {*COMMANDS, *LARGER}
    assert file_forms() == set(FORMS)
    assert {
        call.view
        for call in calls()
        if any(issubclass(each, MultiPartParser) for each in call.view.parser_classes)
    } == {BankStatementsView, BatchesView, ImportsView, NotesView, RepairDocumentView}


def test_a_file_of_an_agency_is_refused_while_it_is_read(
    manager: Actor, tmp_path: Path, made: list[int]
) -> None:
    head = (",".join(EZPASS) + "\n").encode()
    row = (",".join("1" * len(EZPASS)) + "\n").encode()
    path = tmp_path / "heavy.csv"
    heavier = {
        **heavy(EZPASS),
        "rows": head + row * (MAX_FILE_ROWS + 1_000),
        "bytes": (head + row * 3_000_000)[: MAX_FILE_BYTES + 1],
    }
    for what, content in heavier.items():
        path.write_bytes(content)
        made[0] = 0
        with assert_nothing_written(), pytest.raises(CommandError):
            call_command("import_agency_file", company="North Taxi", file=path)
        assert made[0] <= MAX_FILE_ROWS + 1_000, what


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_command_refuses_heavy_files_while_it_reads_them(
    command: str, manager: Actor, tmp_path: Path, made: list[int]
) -> None:
    for what, content in heavy(COMMANDS[command]).items():
        path = tmp_path / "heavy.csv"
        path.write_bytes(content)
        made[0], began = 0, time.monotonic()
        with assert_nothing_written(), pytest.raises(CommandError):
            call_command(command, company="North Taxi", file=path)
        assert made[0] <= MAX_ROWS + 1, what
        assert time.monotonic() - began < SECONDS, what


@pytest.mark.parametrize(
    "read",
    [
        lambda content, actor: CHARGES.run(actor=actor, content=content),
        lambda content, actor: read_csv_import(file=io.BytesIO(content)),
        lambda content, actor: read_bank_feed(actor=actor, file=io.BytesIO(content)),
        lambda content, actor: CUSTOMERS.run(actor=actor, content=content[: CUSTOMERS.max_bytes]),
    ],
    ids=["charges", "payments", "bank feed", "directory"],
)
def test_a_reader_names_the_limit(read: Callable[..., Any], manager: Actor, made: list[int]) -> None:
    for what, content in heavy(("a", "b")).items():
        made[0] = 0
        if what == "bytes":
            continue  # the entry points' own limit, before they read
        with pytest.raises(Refusal) as refused:
            read(content, manager)
        message = str(refused.value)
        assert "0 rows" in message or "columns" in message or "characters" in message or "Line" in message, (
            what
        )
        assert made[0] <= MAX_ROWS + 1, what


def test_honest_files_of_the_full_length_are_taken() -> None:
    lines = "a,b\n" + "1,2\n" * MAX_ROWS
    wide = ",".join(f"c{place}" for place in range(MAX_COLUMNS))

    assert len(list(read_records(io.BytesIO(lines.encode()), delimiter=","))) == MAX_ROWS + 1
    (_, row) = read_records(io.BytesIO(f"{wide}\n{wide}\n".encode()), delimiter=",")
    assert row.cells[7] == "c7"


def test_a_body_larger_than_any_entry_point_takes_is_not_even_stored(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file",
        lambda *values, **named: stored.append(values),
    )
    content = b"x" * (12 * 1024 * 1024)

    with assert_nothing_written():
        pages = [
            browser("manager").post(reverse(name), {"file": SimpleUploadedFile("a.csv", content)})
            for name in ("admin:upload_payments", "admin:directory_customer_import")
        ]

    assert [page.status_code for page in pages] == [400, 400]
    assert stored == []


# --- Workbooks ------------------------------------------------------------------------------------------------

_NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


def workbook(body: str = "", *, after: str = "", parts: dict[str, str] | None = None) -> bytes:
    """A workbook whose sheet, or another part, is replaced."""
    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain, {"in_memory": True})
    book.add_worksheet().write(0, 0, "a")
    book.close()
    data = f"<sheetData>{_HEAD}{body}</sheetData>{after}"
    sheet = f'<worksheet {_NAMESPACE}><dimension ref="A1:XFD1048576"/>{data}</worksheet>'
    replaced = {"xl/worksheets/sheet1.xml": sheet, **(parts or {})}
    packed = io.BytesIO()
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, replaced.get(name) or old.read(name))
    return packed.getvalue()


def heavy_workbooks() -> Iterator[tuple[str, bytes]]:
    cell = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'
    yield "a row at the end", workbook(f'<row r="1048576">{cell.format("A1048576")}</row>')
    yield (
        "cells at the right",
        workbook("".join(f'<row r="{n}">{cell.format(f"XFD{n}")}</row>' for n in range(2, 900))),
    )
    yield "a row of cells", workbook(f"<row>{'<c/>' * 3_000_000}</row>")
    yield "merged cells", workbook(after=f"<mergeCells>{'<mergeCell/>' * 100_000}</mergeCells>")
    yield "texts", workbook(parts={"xl/sharedStrings.xml": f"<sst {_NAMESPACE}>{'<si/>' * 400_000}</sst>"})
    yield (
        "styles",
        workbook(
            parts={
                "xl/styles.xml": f"<styleSheet {_NAMESPACE}><cellXfs>{'<xf/>' * 100_000}</cellXfs></styleSheet>"
            }
        ),
    )
    yield "depth", workbook("<x>" * 100_000)
    yield "a tag without end", workbook("<x " + "y" * 3_000_000)
    yield (
        "entities",
        workbook(
            parts={"xl/worksheets/sheet1.xml": '<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'}
        ),
    )


def test_a_workbook_is_weighed_before_anything_is_made_of_it() -> None:
    for what, content in heavy_workbooks():
        assert len(content) < 2 * 1024 * 1024
        began = time.monotonic()
        with pytest.raises((UnreadableTable, TooHeavy)):
            list(read_workbook(content))
        assert time.monotonic() - began < SECONDS, what


def test_an_honest_workbook_is_taken() -> None:
    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain, {"in_memory": True})
    sheet = book.add_worksheet()
    for line in range(MAX_ROWS + 1):
        for column in range(11):
            sheet.write_string(line, column, f"text {line} {column}")
    for _ in range(30):
        book.add_worksheet()
    book.close()

    records = list(read_workbook(plain.getvalue()))

    assert len(records) == MAX_ROWS + 1
    assert (len(records[-1].cells), records[-1].cells[10]) == (11, "text 10000 10")


# --- Bank statements ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<a/>" * 2_000_000,
        f"<Ntry>{'<a/>' * 2_000_000}</Ntry>",
        "<a " + " ".join(f'b{n}="1"' for n in range(500_000)) + "/>",
        ("<a " + " ".join(f'b{n}="1"' for n in range(1_000)) + "/>") * 500,
        ("<a " + " ".join(f'xmlns:b{n}="1"' for n in range(1_000)) + "/>") * 500,
        "<a>" * 1_000_000,
        "x" * 9_000_000,
        f"<!--{'x' * 9_000_000}-->",
    ],
    ids=["elements", "in an entry", "one tag", "attributes", "namespaces", "depth", "text", "comment"],
)
def test_a_statement_is_weighed_before_anything_is_made_of_it(body: str, manager: Actor) -> None:
    content = f"<Document><BkToCstmrStmt><Stmt>{body}</Stmt></BkToCstmrStmt></Document>".encode()
    began = time.monotonic()

    with assert_nothing_written(), pytest.raises(UnreadableFile) as refused:
        read_bank_feed(actor=manager, file=io.BytesIO(content))

    assert refused.value.code == "too_much_xml"
    assert time.monotonic() - began < SECONDS


# --- Lists in JSON --------------------------------------------------------------------------------------------


def test_every_list_of_a_body_is_bounded_before_its_members_are_looked_at() -> None:
    get_resolver().url_patterns  # noqa: B018 - loads every view with its serializers
    pending: list[type] = [serializers.Serializer]
    seen, unbounded = 0, []
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        module = kind.__module__.split(".")
        if module[0] not in PACKAGES or "tests" in module or kind.__name__ == "ProblemSerializer":
            continue
        for name, field in getattr(kind, "_declared_fields", {}).items():
            if isinstance(field, serializers.ListField | serializers.ListSerializer):
                seen += 1
                bounded = isinstance(field, BoundedList | serializers.ListSerializer)
                if not bounded or getattr(field, "max_length", None) is None:
                    unbounded.append(f"{kind.__qualname__}.{name}")
    assert seen >= 8
    assert unbounded == []


def test_earnings_are_refused_by_their_number_alone(
    client_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    monkeypatch.setattr(
        "ledger.settlement.serializers.EarningRowInput.run_validation",
        lambda self, data: looked_at.append(data),
    )
    row = {"driver_id": 1, "lease_id": 1, "week": "2025-10-05", "gross": 1}

    with assert_nothing_written():
        answer = client_of("manager").post("/ledger/earnings", {"rows": [row] * 10_001}, format="json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "rows"
    assert "10000" in answer.json()["detail"]
    assert looked_at == []
