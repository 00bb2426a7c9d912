"""Documents from a CSV file, so that a company can bring its data: each row is checked like an API call."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rich.console import Console
from rich.progress import Progress

from batconnect.core.database.tenancy import company_context
from batconnect.core.files.uploads import read_file
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.directory.querysets import find_driver_by_license
from ledger.commands import add_company_argument, only_company
from ledger.rules.tables import BadCell, cell_key
from ledger.services.tables import read_rows


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a line of the file."""

    row: int
    field: str
    code: str
    message: str


@dataclass(slots=True)
class ImportReport:
    """The outcome of a file; on a dry run, and when bad rows kept the good ones out, `written` is False."""

    rows: int = 0
    created: int = 0
    total: Decimal = ZERO
    written: bool = False
    errors: list[RowError] = field(default_factory=list)


class _Undo(Exception):
    """Raised to roll back what a dry run, or a file with bad rows, has made."""


Make = Callable[[Actor, Mapping[str, str]], Decimal]


def import_documents(
    *,
    actor: Actor,
    content: bytes,
    required: Sequence[str],
    columns: Sequence[str],
    make: Make,
    dry_run: bool = False,
    keep_good: bool = False,
    progress: Callable[[int], Any] = lambda rows: None,
) -> ImportReport:
    """Make what each row of the CSV file says, in the transaction of the caller; `make` returns the row's amount.

    Every row is made for real and rolled back where it must not stay, so that rows are checked against each other
    too. With any bad row nothing stays, unless `keep_good`; after a dry run nothing stays in any case. Raises
    InvalidInput `unreadable_file`, TooLarge above 10,000 rows or 10,485,760 bytes.
    """
    report = ImportReport()
    rows = read_rows(content=content, required=required, known=columns)
    try:
        with transaction.atomic():
            for line, cells in rows:
                _make_row(actor, line, cells, make, report)
                progress(1)
            report.written = not dry_run and (keep_good or not report.errors)
            if not report.written:
                raise _Undo
    except _Undo:
        pass
    return report


def _make_row(actor: Actor, line: int, cells: Mapping[str, str], make: Make, report: ImportReport) -> None:
    report.rows += 1
    try:
        with transaction.atomic():
            report.total += make(actor, cells)
            report.created += 1
    except BadCellIn as error:
        report.errors.append(RowError(line, error.field, "invalid", str(error)))
    except Refusal as refusal:
        errors = [RowError(line, each.field, each.code, each.message) for each in refusal.errors]
        report.errors += errors or [RowError(line, "", refusal.code, refusal.message)]


class BadCellIn(BadCell):
    """A cell that cannot be read, with its column."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_cell(
    cells: Mapping[str, str], name: str, parse: Callable[[str], Any], *, default: Any = None
) -> Any:
    """The cell's value; `default` for an empty one when it is not None. Raises BadCellIn."""
    text = cells.get(name, "")
    if not text and default is not None:
        return default
    try:
        return parse(text)
    except BadCell as error:
        raise BadCellIn(name, str(error)) from error


def driver_of(cells: Mapping[str, str]) -> int:
    """The driver's key, given by `driver_id` or `tlc_license`. Raises BadCellIn."""
    if cells.get("driver_id"):
        key: int = read_cell(cells, "driver_id", cell_key)
        return key
    driver = find_driver_by_license(cells.get("tlc_license", ""))
    if driver is None:
        raise BadCellIn("tlc_license", "No driver holds this license; give driver_id or tlc_license.")
    return int(driver.pk)


class ImportCommand(BaseCommand):
    """Read a CSV file and make its documents. A subclass names the columns, the job and `make`."""

    job: ClassVar[str]
    noun: ClassVar[str]
    required_columns: ClassVar[Sequence[str]]
    columns: ClassVar[Sequence[str]]
    make: staticmethod[[Actor, Mapping[str, str]], Decimal]

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_company_argument(parser)
        parser.add_argument("--file", required=True, type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
        parser.add_argument(
            "--keep-good", action="store_true", help="keep the good rows even if others are bad"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = read_file(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        company = only_company(options["company"])
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("reading rows", total=max(content.count(b"\n"), 1))
            try:
                with company_context(company.id, job=self.job) as actor:
                    report = import_documents(
                        actor=actor,
                        content=content,
                        required=self.required_columns,
                        columns=self.columns,
                        make=self.make,
                        dry_run=options["dry_run"],
                        keep_good=options["keep_good"],
                        progress=lambda rows: progress.update(bar, advance=rows),
                    )
            except Refusal as refusal:
                raise CommandError(refusal.message) from refusal
        for wrong in report.errors:
            self.stdout.write(f"line {wrong.row}: {wrong.field}: {wrong.message} [{wrong.code}]")
        what = "made" if report.written else "good (nothing was written)"
        self.stdout.write(
            f"{report.rows} rows: {report.created} {self.noun} {what}, {format_amount(report.total)} in all."
        )
        if report.errors:
            raise CommandError(f"{len(report.errors)} errors.", returncode=1)
