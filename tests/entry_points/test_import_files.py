"""Files as people have them, tried with every import there is: read alike, or refused by name and nothing done.

The imports are those of the pages and commands: a new one must be listed here with a good row.
"""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import openpyxl
import pytest
from django.contrib import admin
from django.core.management import get_commands, load_command_class
from django.db import transaction

from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.files.imports import Import
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today, week_start
from batconnect.core.kernel.errors import Refusal
from batconnect.core.management.imports import ImportCommand
from batconnect.directory.models import Customer
from batconnect.directory.services import add_customer, add_medallion, add_vehicle
from batconnect.directory.tests.builders import make_fleet
from ledger.chart import Category
from ledger.models import Obligation
from ledger.opening.services.batch import LineGiven, prepare_opening
from ledger.services import Charge, enter_charges
from ledger.services.imports import CHARGES
from ledger.vendors.services.vendors import add_vendor
from loans.tests.builders import next_sunday
from payments.batches.services.intake import read_csv_import
from payments.batches.services.receiving import dry_run
from tests.digest import assert_nothing_written
from tests.tree import PACKAGES

Cells = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """A good row of an import; `named` is a required column whose text is kept as it is, `amount` one that is money."""

    cells: Callable[[Actor], Cells]
    named: str
    amount: str = ""


def _week(actor: Actor) -> date:
    return week_start(today(actor.company)) - timedelta(days=7)


def _toll(actor: Actor) -> str:
    """The reference of a charge to credit."""
    charge = Charge(
        category=Category.EZPASS,
        reference_id="NOR-002",
        amount=Decimal("5000.00"),
        due_date=date(2026, 1, 15),
        customer_id=add_customer(actor=actor, name="Ann Lee").pk,
    )
    enter_charges(actor=actor, charges=[charge])
    return charge.reference_id


SAMPLES: Final = {
    "charges": Sample(
        lambda actor: {
            "category": "EZPASS",
            "reference_id": "NOR-001",
            "amount": "26.50",
            "due_date": date(2026, 1, 15),
            "tlc_license": "00504124",
            "lease_id": "LS-2054",
        },
        "reference_id",
        "amount",
    ),
    "credit_memos": Sample(
        lambda actor: {
            "category": "EZPASS",
            "reference_id": _toll(actor),
            "amount": "26.50",
            "reason": "The toll was another car's.",
        },
        "reason",
        "amount",
    ),
    "earnings": Sample(
        lambda actor: {
            "driver_id": "DRV-101",
            "lease_id": "LS-2054",
            "week": _week(actor),
            "gross": "612.50",
        },
        "driver_id",
        "gross",
    ),
    "renewals": Sample(
        lambda actor: {
            "policy_number": "NOR-001",
            "policy_type": "Health",
            "premium": "150.50",
            "customer_name": "Ann Lee",
            "period": "Q1",
            "amount": "150.50",
            "due_date": date(2026, 3, 31),
        },
        "policy_number",
        "amount",
    ),
    "vendor-bills": Sample(
        lambda actor: {
            "vendor": "VEN0001",
            "number": "NOR-001",
            "issue_date": date(2026, 1, 31),
            "purpose": "EZPASS",
            "amount": "420.50",
        },
        "number",
        "amount",
    ),
    "opening": Sample(
        lambda actor: {"kind": "account", "account": "bank:operating", "debit": "100.50"}, "kind", "debit"
    ),
    "loans": Sample(
        lambda actor: {
            "lease_id": "LS-2054",
            "loan_amount": "1200.50",
            "start_week": next_sunday(actor),
            "tlc_license": "00504124",
        },
        "lease_id",
        "loan_amount",
    ),
    "repairs": Sample(
        lambda actor: {
            "lease_id": "LS-2054",
            "invoice_number": "NOR-001",
            "invoice_date": today(actor.company),
            "workshop_type": "Big Apple Workshop",
            "total_amount": "945.50",
            "start_week": next_sunday(actor),
            "tlc_license": "00504124",
        },
        "invoice_number",
        "total_amount",
    ),
    "customers": Sample(lambda actor: {"name": "Ann Lee", "external_reference": "NOR-001"}, "name"),
    "drivers": Sample(
        lambda actor: {"driver_id": "DRV-900", "customer": "NOR-CUSTOMER", "tlc_license": "00900900"},
        "driver_id",
    ),
    "vehicles": Sample(lambda actor: {"vin": "1HGCM82633A004352", "plate_no": "NOR-001"}, "plate_no"),
    "medallions": Sample(lambda actor: {"medallion_no": "9Z99"}, "medallion_no"),
    "leases": Sample(
        lambda actor: {
            "lease_id": "LS-1954",
            "lease_type": "Long term",
            "medallion": "2B11",
            "vin": "4TG835EWEFW100001",
            "weekly_amount": "500.50",
            "started_on": date(2025, 9, 4),
            "primary_driver": "DRV-101",
        },
        "lease_id",
        "weekly_amount",
    ),
    "lease_rates": Sample(
        lambda actor: {"lease_id": "LS-2054", "from_on": date(2026, 2, 1), "weekly_amount": "520.50"},
        "lease_id",
        "weekly_amount",
    ),
    "payments": Sample(
        lambda actor: {
            "customer_reference": "NOR-CUSTOMER",
            "payment_method": "ach",
            "amount": "50.50",
            "currency": "USD",
            "payment_date": date(2025, 1, 15),
        },
        "payment_method",
        "amount",
    ),
}


def imports() -> dict[str, Import]:
    """Every import by its name, as the pages and commands name them."""
    found = [page.imports for page in admin.site._registry.values() if isinstance(page, ImportingAdmin)]
    for name, app in get_commands().items():
        if isinstance(app, str) and app.split(".")[0] in PACKAGES:
            command = load_command_class(app, name)
            if isinstance(command, ImportCommand):
                found.append(command.imports)
    return {each.name: each for each in found}


@dataclass(frozen=True)
class Outcome:
    """What came of a file."""

    good: int
    errors: list[tuple[int, str]]
    warnings: list[str]


class Reader:
    """An import with its good row."""

    def __init__(self, name: str, actor: Actor) -> None:
        self.name, self.actor, self.sample = name, actor, SAMPLES[name]
        self.cells = self.sample.cells(actor)
        self.heads = list(self.cells)
        self.row = [str(each) for each in self.cells.values()]

    def take(self, content: bytes, *, dry: bool = True) -> Outcome:
        """Check the file, or carry it out. Raises Refusal."""
        if self.name == "payments":
            checked = dry_run(actor=self.actor, intake=(intake := read_csv_import(file=io.BytesIO(content))))
            errors = [(row, each.field) for row, problems in checked.problems for each in problems]
            return Outcome(checked.good_rows, errors, intake.warnings)
        report = imports()[self.name].run(actor=self.actor, content=content, dry_run=dry)
        wrong = [(each.row, each.field) for each in report.errors]
        return Outcome(report.created, wrong, report.warnings)

    def csv(self, *rows: Sequence[str], heads: Sequence[str] | None = None, by: str = ",") -> str:
        """The file's text."""
        lines = [heads or self.heads, *(rows or [self.row])]
        return "".join(by.join(cells) + "\r\n" for cells in lines)

    def with_cell(self, column: str, text: str) -> list[str]:
        """The good row with another cell."""
        return [text if head == column else cell for head, cell in zip(self.heads, self.row, strict=True)]


@pytest.fixture
def reader(request: pytest.FixtureRequest, manager: Actor) -> Reader:
    make_fleet(manager)
    add_customer(actor=manager, name="Nora", external_reference="NOR-CUSTOMER")
    add_medallion(actor=manager, medallion_no="2B11")
    add_vehicle(actor=manager, plate_no="T99", vin="4TG835EWEFW100001")
    add_vendor(actor=manager, name="E-ZPass New York")
    prepare_opening(
        actor=manager,
        lines=[LineGiven(1, "account", Decimal(1), {"account": "bank:operating"})],
        cut_over_on=today(manager.company),
    )
    return Reader(request.param, manager)


every_import = pytest.mark.parametrize("reader", sorted(SAMPLES), indirect=True)


def test_every_import_is_tried_here() -> None:
    assert set(imports()) | {"payments"} == set(SAMPLES)


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@every_import
def test_takes_files_as_spreadsheets_write_them(reader: Reader) -> None:
    wide = [*reader.row, "T123"]
    named = reader.sample.named
    broken = [f'"{head}\r\n(see below)"' if head == named else head for head in reader.heads]
    files: dict[str, tuple[str, str]] = {
        "plain": (reader.csv(), ""),
        "two empty columns at the end": (
            reader.csv([*reader.row, "", ""], heads=[*reader.heads, "", ""]),
            "no heading",
        ),
        "empty cells beyond the headings": (reader.csv([*reader.row, "", ""]), ""),
        "a blank line before the headings": ("\r\n" + reader.csv(), ""),
        "blank lines and rows": (reader.csv() + "\r\n" + "," * len(reader.heads) + "\r\n", ""),
        "a byte order mark": ("\ufeff" + reader.csv(), ""),
        "one more column": (reader.csv(wide, heads=[*reader.heads, "plate"]), "'plate' is unknown"),
        "a heading over two lines": (reader.csv(heads=broken), f"was read as {named}"),
        "a quoted line break": (
            reader.csv([*reader.row, '"a\r\nb"'], heads=[*reader.heads, "remark"]),
            "'remark'",
        ),
        "semicolons": (reader.csv(by=";"), ""),
        "tabs": (reader.csv(by="\t"), ""),
        "the separator named": ("sep=;\r\n" + reader.csv(by=";"), ""),
        "headings as people write them": (
            reader.csv(heads=[head.replace("_", " ").title() for head in reader.heads]),
            "",
        ),
        "a text kept as text": (reader.csv(reader.with_cell(named, f'="{reader.cells[named]}"')), ""),
    }

    for what, (text, warning) in files.items():
        outcome = reader.take(text.encode())
        assert (what, outcome.good, outcome.errors) == (what, 1, [])
        assert (what, [warning in each for each in outcome.warnings]) == (what, [True] if warning else [])
    with assert_nothing_written():
        reader.take(reader.csv().encode())
    with _taken_back():
        assert reader.take(reader.csv().encode(), dry=False).good == 1


@every_import
def test_refuses_by_name_what_is_no_table(reader: Reader) -> None:
    named = reader.sample.named
    others = [head for head in reader.heads if head != named] or ["plate"]
    full = reader.csv() + (",".join(reader.row) + "\r\n") * 10_001
    files: dict[str, tuple[bytes, str]] = {
        "a required column is missing": (reader.csv(others, heads=others).encode(), named),
        "a heading twice": (
            reader.csv([*reader.row, "x"], heads=[*reader.heads, named.upper()]).encode(),
            "twice",
        ),
        "empty": (b"", "empty"),
        "blank": (b"\r\n \r\n", "empty"),
        "headings alone": ((",".join(reader.heads) + "\r\n").encode(), "no rows"),
        "a NUL character": (reader.csv(reader.with_cell(named, "a\x00b")).encode(), "NUL"),
        "Windows-1252": (reader.csv(reader.with_cell(named, "José")).encode("cp1252"), "Windows-1252"),
        "UTF-16 without its mark": (reader.csv().encode("utf-16-le"), "UTF-16"),
        "an open quote": (reader.csv(reader.with_cell(named, '"x')).encode(), "Line 2"),
        "a cell of 10 MB": (reader.csv(reader.with_cell(named, "x" * 9_999_000)).encode(), " at most "),
        "a long cell": (reader.csv(reader.with_cell(named, "x" * 131_073)).encode(), "characters"),
        "201 columns": (reader.csv(heads=[*reader.heads, *map(str, range(201))]).encode(), "200 columns"),
        "10,001 rows": (full.encode(), ",000 rows"),
        "a PDF": (b"%PDF-1.7", "PDF"),
        "an old workbook": (b"\xd0\xcf\x11\xe0" + bytes(600), "workbook"),
    }

    with assert_nothing_written():
        for what, (content, words) in files.items():
            with pytest.raises(Refusal) as refused:
                reader.take(content, dry=False)
            if what == "a cell of 10 MB":
                assert "accepted" in refused.value.message or "characters" in refused.value.message
            else:
                assert (what, words in refused.value.message) == (what, True), refused.value.message


@every_import
def test_names_the_line_and_column_of_a_wrong_cell(reader: Reader) -> None:
    column = reader.sample.amount
    wrong, by = ("500,00", ";") if column else ("x" * 3_000, ",")
    column = column or reader.sample.named
    rows = (reader.with_cell(column, wrong), [*reader.row, "x"])

    with assert_nothing_written():
        outcome = reader.take(reader.csv(*rows, by=by).encode(), dry=False)

    lines = (1, 2) if reader.name == "payments" else (2, 3)
    assert outcome.errors == [(lines[0], column), (lines[1], "row")]


@every_import
def test_reads_utf_16_by_its_mark(reader: Reader) -> None:
    content = reader.csv().encode("utf-16")

    if reader.name == "payments":  # its API takes UTF-8 alone
        with pytest.raises(Refusal, match="UTF-16"):
            reader.take(content)
    else:
        assert reader.take(content).good == 1


# --- Workbooks ------------------------------------------------------------------------------------------------


def typed(reader: Reader) -> list[Any]:
    """The row's cells as Excel has them: days as dates, amounts as numbers."""
    return [float(each) if head == reader.sample.amount else each for head, each in reader.cells.items()]


def workbook(*rows: Sequence[Any], far: str = "", parts: dict[str, bytes] | None = None) -> bytes:
    """A workbook with a cell far away, and further parts."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if far:
        book.active[far] = "x"
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain, "a", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (parts or {}).items():
            packed.writestr(name, content)
    return plain.getvalue()


@every_import
def test_takes_workbooks_with_dates_and_numbers(reader: Reader) -> None:
    if reader.name == "payments":  # its API takes CSV alone
        with assert_nothing_written(), pytest.raises(Refusal, match="Excel workbook"):
            reader.take(workbook(reader.heads, typed(reader)))
        return
    files = {
        "typed": workbook(reader.heads, typed(reader)),
        "a blank row above, a column beside": workbook([], [*reader.heads, "plate"], [*typed(reader), "T1"]),
        "a macro": workbook(
            reader.heads, typed(reader), parts={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(9_000)}
        ),
    }

    for what, content in files.items():
        outcome = reader.take(content)
        assert (what, outcome.good, outcome.errors) == (what, 1, [])


@every_import
def test_bounds_workbooks_before_they_cost_anything(reader: Reader) -> None:
    head, row = reader.heads, typed(reader)
    files = {
        "a cell at XFD2": workbook(head, row, far="XFD2"),
        "a cell at XFD2000": workbook(head, row, far="XFD2000"),
        "a cell at XFD20000": workbook(head, row, far="XFD20000"),
        "a cell at XFD1048576": workbook(head, row, far="XFD1048576"),
        "a bomb": workbook(head, row, parts={"xl/media/bomb.bin": bytes(60 * 1024 * 1024)}),
        "no workbook": b"PK\x03\x04 and nothing more",
        "another archive": workbook(head, row)[:400],
    }

    with assert_nothing_written():
        for what, content in files.items():
            tracemalloc.start()
            try:
                with pytest.raises(Refusal):
                    reader.take(content, dry=False)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            assert peak < 16 * 1024 * 1024, what


# --- What stays what it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", ["customers"], indirect=True)
@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-5 off", "+1", '=HYPERLINK("x")'])
def test_a_formula_is_text(reader: Reader, text: str) -> None:
    escaped = text.replace('"', '""')
    book = openpyxl.Workbook()
    book.active.append(["name", "external_reference"])
    book.active.append(["x", "F-2"])
    book.active["A2"].value = text
    book.active["A2"].data_type = "s"
    file = io.BytesIO()
    book.save(file)

    reader.take(f'name,external_reference\r\n"{escaped}",F-1\r\n'.encode(), dry=False)
    reader.take(file.getvalue(), dry=False)

    there = Customer.objects.filter(external_reference__startswith="F-")
    assert list(there.values_list("name", flat=True)) == [text, text]


@pytest.mark.parametrize("reader", ["charges"], indirect=True)
def test_says_how_to_enter_a_credit(reader: Reader) -> None:
    rows = [reader.with_cell("amount", amount) for amount in ("-26.50", "(26.50)")]

    with assert_nothing_written():
        report = CHARGES.run(actor=reader.actor, content=reader.csv(*rows).encode())

    assert [(each.row, each.field) for each in report.errors] == [(2, "amount"), (3, "amount")]
    assert all("A credit is not a charge" in each.message for each in report.errors)


@pytest.mark.parametrize("reader", ["charges"], indirect=True)
def test_an_amount_of_a_workbook_is_exact(reader: Reader) -> None:
    rows = [typed(reader) for _ in range(3)]
    rows[0][1:3] = ["X-1", 0.1 + 0.2]
    rows[1][1:3] = ["X-2", 1115]
    rows[2][1:3] = ["X-3", 0.125]

    outcome = reader.take(workbook(reader.heads, *rows), dry=False)
    written = reader.take(workbook(reader.heads, *rows[:2]), dry=False)

    assert outcome.errors == [(4, "amount")]
    assert written.good == 2
    amounts = Obligation.objects.order_by("reference_id").values_list("original", flat=True)
    assert list(amounts) == [Decimal("0.30"), Decimal("1115.00")]
