"""An import is declared once: its columns, how rows are checked, how they are carried out.

`Import.run` does the rest, the same for all: it reads the file, parses every cell, collects everything that is wrong by
line and column, and carries out all good rows, or none. Pages (`core.console.imports`) and commands
(`core.management.imports`) are made from the declaration. Rule: docs/domain.md#imports.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Final, NamedTuple

from django.db import transaction

from batconnect.core.files import tables
from batconnect.core.files.cells import BadCell, Parser
from batconnect.core.files.tables import Record, UnreadableTable
from batconnect.core.files.uploads import MAX_BYTES, MAX_ROWS, TableBounds, TooHeavy
from batconnect.core.files.workbooks import is_workbook, read_workbook
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import InvalidInput, Refusal, TooLarge
from batconnect.core.kernel.field_codes import WRONG_CELL_COUNT
from batconnect.core.kernel.money import ZERO, format_amount
from batconnect.core.kernel.words import format_count

UNREADABLE_FILE: Final = declare_code(
    "unreadable_file",
    status=400,
    title="The file cannot be read",
    remedy="Send a CSV in UTF-8 with the headings that the message names.",
)
Progress = Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an import: `required` ones must be among the file's headings.

    An empty cell, and one of a column that the file leaves out, is the `default`; a required column's cell is parsed in
    any case. `help` says what it holds, `examples` are the cells of the template's rows.
    """

    name: str
    parse: Parser
    required: bool = False
    default: Any = None
    help: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells could all be read: its line in the file, a value for every declared column."""

    line: int
    values: dict[str, Any]
    given: frozenset[str]
    """The columns that the file has."""

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


class RowError(NamedTuple):
    """What is wrong with a line of the file."""

    row: int
    field: str
    code: str
    message: str


class RowChange(NamedTuple):
    """What a line of the file would change: per column what stands there and what would."""

    row: int
    is_new: bool
    cells: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ImportReport:
    """The outcome of a file: `created`, `changed` and `existing` count rows, `total` is the amount of the created ones.

    On a dry run, and when bad rows kept the good ones out, `written` is False and the figures say what would be.
    """

    rows: int = 0
    created: int = 0
    changed: int = 0
    existing: int = 0
    total: Decimal = ZERO
    written: bool = False
    errors: list[RowError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    changed_columns: tuple[str, ...] = ()
    changes: list[RowChange] = field(default_factory=list)
    """What lines would change, where the import tells; its cells are those of `changed_columns`."""

    def refuse(self, line: int, column: str, message: str, *, code: str = "invalid") -> None:
        """Note what is wrong with a line."""
        self.errors.append(RowError(line, column, code, message))


class Import:
    """A kind of file. Declare the class variables, `check` and `carry_out`."""

    name: ClassVar[str]
    """As files and jobs are called: `charges`."""
    told: ClassVar[str]
    """What the file is for, as the page and the command tell it."""
    permission: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    done: ClassVar[str] = "imported"
    """What becomes of the rows: `raised`; `planned` is the same before it is done: `to raise`."""
    planned: ClassVar[str] = "to import"
    max_rows: ClassVar[int] = MAX_ROWS
    max_bytes: ClassVar[int] = MAX_BYTES
    keeps_good: ClassVar[bool] = True
    """Whether the good rows may be carried out without the bad ones."""
    report: ClassVar[type[ImportReport]] = ImportReport

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> Sequence[Any]:
        """What may be carried out of the rows, counted in the report; what is wrong with the others goes there too."""
        raise NotImplementedError

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        """Write what `check` found good."""
        raise NotImplementedError

    def run(
        self,
        *,
        actor: Actor,
        content: bytes,
        dry_run: bool = False,
        keep_good: bool = False,
        progress: Progress = lambda rows: None,
    ) -> ImportReport:
        """Carry out what the file lists, in the caller's transaction; what exists already is left alone.

        With any bad row nothing is written, unless `keep_good`; a dry run writes nothing in any case. `progress` is
        told how many rows have been worked off. Needs the import's permission. Raises InvalidInput `unreadable_file`,
        TooLarge above its rows and bytes, 200 columns, or 131,072 characters in a cell.
        """
        actor.require(self.permission)
        report = self.report()
        rows = self._parse(actor, content, report)
        with transaction.atomic():
            good = self.check(actor=actor, rows=rows, report=report, progress=progress)
            report.errors.sort(key=lambda error: error.row)
            report.written = not dry_run and (not report.errors or (keep_good and self.keeps_good))
            if report.written:
                self.carry_out(actor=actor, good=good, report=report)
            else:
                transaction.set_rollback(True)
        return report

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    def template(self) -> list[tuple[str, ...]]:
        """The headings, and the rows of the examples."""
        rows = max(len(column.examples) for column in self.columns)
        examples = [
            tuple("".join(column.examples[place : place + 1]) for column in self.columns)
            for place in range(rows)
        ]
        return [self.headings, *examples]

    def counted(self, report: ImportReport) -> str:
        """What is made, in numbers, before `done` or `planned`."""
        return f"{report.created:,}"

    def outcome(self, report: ImportReport) -> str:
        """The report in a sentence."""
        what = self.done if report.written else f"{self.planned} (nothing was written)"
        return (
            f"{format_count(report.rows, 'row')}: {self.counted(report)} {what}, {format_amount(report.total)} in all; "
            f"{report.existing:,} already there."
        )

    def preview(self, report: ImportReport, *, currency: str) -> str:
        """What would become of the file, in a sentence."""
        return (
            f"{format_count(report.rows, 'row')}: {self.counted(report)} {self.planned}, "
            f"{format_amount(report.total)} {currency} in all; {report.existing:,} there already; "
            f"{format_count(len(report.errors), 'error')}."
        )

    def _parse(self, actor: Actor, content: bytes, report: ImportReport) -> list[Row]:
        """The rows whose cells could all be read; the errors of the others go into the report."""
        try:
            records = self._records(content)
            names, report.warnings = tables.name_columns(
                records.pop(0).cells,
                known=self.headings,
                required=[column.name for column in self.columns if column.required],
            )
            if not records:
                raise UnreadableTable(tables.EMPTY, "The file has headings but no rows.")
        except TooHeavy as error:
            raise TooLarge(str(error), field="file") from error
        except UnreadableTable as error:
            raise InvalidInput(error.message, code=UNREADABLE_FILE, field="file") from error
        report.rows = len(records)
        read = (
            self._row(actor, record, names, report, as_csv=not is_workbook(content)) for record in records
        )
        return [row for row in read if row is not None]

    def _records(self, content: bytes) -> list[Record]:
        """The headings and all rows below them."""
        if len(content) > self.max_bytes:
            raise TooLarge(
                f"The file has {len(content):,} bytes; at most {self.max_bytes:,} are accepted.", field="file"
            )
        bounds = TableBounds(rows=self.max_rows + 1)
        if is_workbook(content):
            records = list(read_workbook(content, bounds=bounds))
        else:
            file = io.BytesIO(content)
            encoding = tables.check_text(file, utf_16=True).encoding
            delimiter = tables.find_delimiter(file, encoding=encoding)
            records = list(tables.read_records(file, delimiter=delimiter, encoding=encoding, bounds=bounds))
        if not records:
            needed = ", ".join(column.name for column in self.columns if column.required)
            raise UnreadableTable(
                tables.EMPTY,
                f"The file is empty: it lacks the headings {needed}. Save it as CSV in UTF-8, or as .xlsx.",
            )
        return records

    def _row(
        self, actor: Actor, record: Record, names: Sequence[str], report: ImportReport, *, as_csv: bool
    ) -> Row | None:
        wrong = len(report.errors)
        if any(record.cells[len(names) :]):
            message = f"The row has more cells than there are headings: {len(record.cells)} for {len(names)}."
            report.refuse(record.line_no, "row", message, code=WRONG_CELL_COUNT)
            return None
        texts = dict(zip(names, record.cells, strict=False))
        values: dict[str, Any] = {}
        for column in self.columns:
            text = texts.get(column.name, "")
            text = tables.plain_cell(text) if as_csv else text
            if not text and not column.required:
                values[column.name] = column.default
                continue
            try:
                values[column.name] = column.parse(text, actor)
            except BadCell as error:
                report.refuse(record.line_no, column.name, str(error), code=error.code)
        return Row(record.line_no, values, frozenset(names)) if len(report.errors) == wrong else None


class RowByRow(Import):
    """An import whose rows are made one after the other, so that they are checked against each other too.

    Every row is made for real, and all of them are taken back where they must not stay.
    """

    def make(self, *, actor: Actor, row: Row, report: ImportReport) -> None:
        """Make what the row says, and count it. Raises BadCells, Refusal."""
        raise NotImplementedError

    def column_of(self, field: str) -> str:
        """The column that a refusal's field came from."""
        return field

    def check(
        self, *, actor: Actor, rows: Sequence[Row], report: ImportReport, progress: Progress
    ) -> Sequence[Any]:
        for row in rows:
            try:
                with transaction.atomic():
                    self.make(actor=actor, row=row, report=report)
            except BadCells as wrong:
                for column, message in wrong.messages.items():
                    report.refuse(row.line, column, message)
            except Refusal as refusal:
                for each in refusal.errors:
                    report.refuse(row.line, self.column_of(each.field), each.message, code=each.code)
                if not refusal.errors:
                    report.refuse(row.line, "", refusal.message, code=refusal.code)
            progress(1)
        return ()

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        """Nothing is left to do."""


class BadCells(ValueError):
    """What is wrong with a row, by column."""

    def __init__(self, messages: dict[str, str]) -> None:
        super().__init__("; ".join(messages.values()))
        self.messages = messages
