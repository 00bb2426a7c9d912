"""What the directory's files have in common: a row goes through the services of a form."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from django.db import models

from batconnect.core.audit import record_event
from batconnect.core.files.cells import BadCell, Parser
from batconnect.core.files.exports.columns import Kind
from batconnect.core.files.imports import BadCells, Column, ImportReport, Row, RowByRow, RowChange
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import NotMoney, parse_money
from batconnect.core.kernel.words import format_count

IMPORT: Final = "directory.import"
_WHAT_NAMES_IT: Final = "This is what identifies the row: fill it in."
LONGEST_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Field(Column):
    """A column that fills an attribute of the row, by default that of its name.

    `called` names a row of another table by one of its attributes; `fixed` says why no file changes the field.
    """

    attribute: str = ""
    called: str = ""
    fixed: str = ""
    kind: Kind = "text"

    @property
    def fills(self) -> str:
        """The attribute."""
        return self.attribute or self.name


@dataclass(slots=True)
class DirectoryReport(ImportReport):
    """`places` are the lines by what they name."""

    places: dict[str, int] = field(default_factory=dict)


class DirectoryImport(RowByRow):
    """A file of one table. `key` is the column that names its rows; `changeable` attributes a file may change."""

    model: ClassVar[type[models.Model]]
    columns: ClassVar[Sequence[Field]]
    key: ClassVar[str]
    changeable: ClassVar[tuple[str, ...]]
    permission = IMPORT
    max_rows = 2_000
    max_bytes = 2 * 1024 * 1024
    report = DirectoryReport

    def rows(self, actor: Actor) -> models.QuerySet[Any]:
        """The company's rows, with what the columns show of other tables."""
        return self.model._default_manager.filter(company_id=actor.company_id)

    def exported(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """The rows of a list, with what `shown` asks of them."""
        return rows

    def find(self, *, actor: Actor, row: Row, report: DirectoryReport) -> Any:
        """The row that a line names, None for a new one. Raises BadCells for a line without a name, or twice."""
        if not row[self.key]:
            raise BadCells({self.key: _WHAT_NAMES_IT})
        self.once(self.key, row, report)
        return self.rows(actor).filter(**{self.key: row[self.key]}).first()

    def once(self, column: str, row: Row, report: DirectoryReport) -> None:
        """Note what a line names. Raises BadCells when an earlier line named the same."""
        line = report.places.setdefault(str(row[column]), row.line)
        if line != row.line:
            raise BadCells({column: f"Row {line} already names it."})

    def add(self, *, actor: Actor, values: dict[str, Any]) -> Any:
        """Add the row by the table's service. May raise any Refusal."""
        raise NotImplementedError

    def change(self, *, actor: Actor, key: Any, values: dict[str, Any]) -> Any:
        """Change the row by the table's service. May raise any Refusal."""
        raise NotImplementedError

    def shown(self, column: Field, instance: Any) -> Any:
        """What an export shows of the row: a text, an amount, a date or None."""
        value = getattr(instance, column.fills)
        return _called(column, value) if column.called else value

    def make(self, *, actor: Actor, row: Row, report: ImportReport) -> None:
        instance = self.find(actor=actor, row=row, report=cast(DirectoryReport, report))
        given = [each for each in self.columns if each.name in row.given]
        # A row of another table that is not named stays the one it is.
        values = {
            each.fills: row[each.name] for each in given if not (each.called and row[each.name] is None)
        }
        before = {each.fills: getattr(instance, each.fills, None) for each in self.columns}
        _refuse_wrong(self.columns, values=values, before=before, is_new=instance is None)
        values = {
            name: value for name, value in values.items() if name in self.changeable or instance is None
        }
        changed = {name: value for name, value in values.items() if value != before[name]}
        if instance is not None and not changed:
            report.existing += 1
            return
        if instance is None:
            values.pop("id", None)
            self.add(actor=actor, values=values)
            report.created += 1
        else:
            self.change(actor=actor, key=instance.pk, values=changed)
            report.changed += 1
        after = {**before, **values}
        texts = ((_text(each, before[each.fills]), _text(each, after[each.fills])) for each in given)
        report.changed_columns = tuple(each.name for each in given)
        report.changes.append(RowChange(row.line, instance is None, tuple(texts)))

    def carry_out(self, *, actor: Actor, good: Sequence[Any], report: ImportReport) -> None:
        """The rows are made already: note who imported how many."""
        record_event(
            actor=actor,
            action=IMPORT,
            subject_type=str(self.model._meta.model_name),
            subject_id="",
            details={"new": report.created, "update": report.changed, "skip": report.existing},
        )

    def column_of(self, field: str) -> str:
        return next((each.name for each in self.columns if each.fills == field), field)

    def counted(self, report: ImportReport) -> str:
        return f"{report.created:,} new, {report.changed:,} changed"

    def outcome(self, report: ImportReport) -> str:
        what = self.done if report.written else f"{self.planned} (nothing was written)"
        return f"{format_count(report.rows, 'row')}: {self.counted(report)} {what}."

    def preview(self, report: ImportReport, *, currency: str) -> str:
        return f"{self.counted(report)}, {report.existing:,} as they are; {format_count(len(report.errors), 'error')}."


def _refuse_wrong(
    columns: Sequence[Field], *, values: dict[str, Any], before: dict[str, Any], is_new: bool
) -> None:
    """Raises BadCells for fields that no file changes, and for those that would be empty."""
    wrong = {} if is_new else {
        each.name: each.fixed
        for each in columns
        if each.fixed and each.fills in values and values[each.fills] != before[each.fills]
    }  # fmt: skip
    if not wrong:
        after = {**before, **values}
        wrong = {
            each.name: "This is required."
            for each in columns
            if each.required and after[each.fills] in (None, "")
        }
    if wrong:
        raise BadCells(wrong)


def _called(column: Field, value: Any) -> str:
    """What people call a row of another table; its id where nobody has named it."""
    return "" if value is None else str(getattr(value, column.called) or value.pk)


def _text(column: Field, value: Any) -> str:
    if column.called:
        return _called(column, value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def lookup(model: Any, attribute: str, *, by_id: bool = False) -> Parser:
    """Parses what a row of another table is called; `by_id` also its id. An empty cell names none."""

    def parse(cell: str, actor: Actor) -> Any:
        if not cell:
            return None
        rows = model.objects.filter(company_id=actor.company_id)
        matched = rows.filter(**{attribute: cell}).first()
        if matched is None and by_id and (key := _uuid_or_none(cell)) is not None:
            matched = rows.filter(pk=key).first()
        if matched is None:
            raise BadCell(f"There is no {model._meta.verbose_name} {cell}.")
        return matched

    return parse


def read_amount(cell: str, actor: Actor) -> Decimal:
    try:
        return parse_money(cell, currency=actor.company.base_currency)
    except NotMoney as error:
        raise BadCell(str(error)) from error


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
