"""CSV and XLSX statements, by a mapping of their columns (docs/domain.md#statement-files).

Headings are found below a preamble; totals, balances and footers are told and left out. A row that has no one
reading is a problem of its own, and the others are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import IO, Final
from zoneinfo import ZoneInfo

from bank.readers import refusals
from bank.readers.balances import follow
from bank.readers.interface import MAX_LINES, ParsedLine, ParsedStatement, TableForm
from bank.readers.refusals import refuse, too_many_lines
from bank.readers.table_lines import (
    Reading,
    balance_of,
    debits_below_zero,
    has_nothing,
    is_total,
    missing_columns,
    name_columns,
    read_line,
)
from bank.readers.table_rows import Row, Source, find_headings, open_table, refuse_batch
from bank.readers.values import BadValue, Findings
from batconnect.core.kernel.money import sum_of

_LONGEST_SAID: Final = 80


@dataclass(slots=True)
class _Lines:
    """What is made of the rows."""

    lines: list[ParsedLine] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    opening: Decimal | None = None
    closing: Decimal | None = None


def read_table(file: IO[bytes], *, form: TableForm, currency: str, zone: ZoneInfo) -> ParsedStatement:
    """The statement of a CSV or XLSX file by the form; `place` of a line is its row in the file.

    Raises UnreadableStatement, for a file whose running balance follows only with every sign turned too.
    """
    source = open_table(file, encoding=form.encoding)
    headings, rows = _below_headings(source, form)
    reading = _reading(form, headings, rows, currency, zone)
    reading = replace(reading, is_workbook=source.text is None)
    read = _Lines()
    if source.encoding == "cp1252" and not form.encoding:
        read.findings.warn("The file is not UTF-8; it was read as Windows-1252: look at its names.")
    for name in missing_columns(form, reading.columns):
        read.findings.warn(f"The file has no column {name!r}, which the mapping names.")
    _read_rows(rows, headings, reading, read)
    return _statement(read, reading)


def _below_headings(source: Source, form: TableForm) -> tuple[Row, list[Row]]:
    """The row of the headings and all rows below it. Raises UnreadableStatement."""
    money = [form.amount_column, form.direction_column, form.debit_column, form.credit_column]
    needed = [each for each in (form.date_column, *money) if each]
    skipped = form.skipped_lines or 0
    closest: list[Row] = []
    for separator in source.separators(form.separator):
        head = [row for row in source.head(separator) if row.line_no > skipped]
        headings = find_headings(head, needed)
        if headings is not None:
            rows = [row for row in islice(source.rows(separator), None) if row.line_no > headings.line_no]
            return headings, rows
        refuse_batch(head)
        if max((len(row.cells) for row in head), default=0) > max(
            (len(row.cells) for row in closest), default=0
        ):
            closest = head
    if not closest:
        # What stopped the reading says so itself.
        for _ in source.rows(source.separators(form.separator)[0]):
            break
    widest = max(closest, key=lambda row: len(row.cells), default=Row(0, ()))
    raise refuse(
        refusals.MAPPING_DIFFERS,
        f"No row has the headings {', '.join(needed)}. The file has: {', '.join(widest.cells)[:200] or 'nothing'}.",
    )


def _reading(form: TableForm, headings: Row, rows: Sequence[Row], currency: str, zone: ZoneInfo) -> Reading:
    try:
        columns = name_columns(form, headings)
    except BadValue as error:
        raise refuse(refusals.MAPPING_DIFFERS, error.message) from error
    codes = {code.upper() for row in rows if (code := columns.cell(row, "currency"))}
    codes = {each for each in codes if len(each) == 3 and each.isalpha()}
    reading = Reading(form, columns, codes.pop() if len(codes) == 1 else currency, zone)
    return replace(reading, debits_are_below_zero=debits_below_zero(rows, reading))


def _read_rows(rows: Sequence[Row], headings: Row, reading: Reading, read: _Lines) -> None:
    """Read every row; those without a day or money that nothing follows are a footer."""
    pending: list[tuple[Row, Findings]] = []
    for row in rows:
        if row.cells == headings.cells:
            read.findings.warn(f"Row {row.line_no} repeats the headings and was left out.")
            continue
        balance = balance_of(row, reading)
        if balance is not None:
            _take_balance(balance, row, read)
            continue
        own = Findings()
        line = read_line(row, row.line_no, reading, own)
        if line is None and is_total(row) and own.problems[0].field in ("row", "date"):
            read.findings.warn(f"Row {row.line_no} sums up others and was left out: {_said(row)}.")
            continue
        if (
            line is not None
            and is_total(row)
            and line.amount == abs(sum_of(each.signed for each in read.lines))
        ):
            read.findings.add(row.line_no, "row", "totals_row", f"The row is a total: {_said(row)}.")
            continue
        if line is None and has_nothing(row, reading):
            pending.append((row, own))
            continue
        _keep_pending(pending, read)
        pending = []
        if line is None:
            read.findings.problems += own.problems
            continue
        for warning in own.warnings:
            read.findings.warn(warning)
        read.lines.append(line)
        if len(read.lines) > MAX_LINES:
            raise too_many_lines()
    for row, _ in pending:
        read.findings.warn(f"Row {row.line_no} at the end is not a line and was left out: {_said(row)}.")


def _keep_pending(pending: Sequence[tuple[Row, Findings]], read: _Lines) -> None:
    for _, own in pending:
        read.findings.problems += own.problems


def _take_balance(balance: tuple[str, Decimal], row: Row, read: _Lines) -> None:
    kind, amount = balance
    read.findings.warn(
        f"Row {row.line_no} states the {kind} balance and was left out of the lines: {_said(row)}."
    )
    if kind == "opening" and read.opening is None:
        read.opening = amount
    elif kind == "closing":
        read.closing = amount


def _said(row: Row) -> str:
    return " ".join(each for each in row.cells if each)[:_LONGEST_SAID]


def _statement(read: _Lines, reading: Reading) -> ParsedStatement:
    chain = follow(read.lines)
    lines = read.lines
    if chain.order == "opposite":
        raise refuse(
            refusals.MAPPING_DIFFERS,
            "The running balance follows only with every sign turned: the mapping has money in and money out the"
            " wrong way round.",
        )
    if chain.order == "down":
        lines = lines[::-1]
    if chain.order == "broken" and not read.findings.problems:
        read.findings.warn(
            f"The running balance does not follow at row {chain.broken_at}: it proves nothing."
        )
    opening = read.opening if read.opening is not None else chain.opening
    closing = read.closing if read.closing is not None else chain.closing
    days = sorted(each.booked_on for each in lines)
    if not lines and not read.findings.problems:
        read.findings.warn("The file holds no lines.")
    return ParsedStatement(
        format="table",
        account="",
        currency=reading.currency,
        lines=tuple(lines),
        period_from=days[0] if days else None,
        period_to=days[-1] if days else None,
        opening=opening,
        opening_on=days[0] if days and opening is not None else None,
        closing=closing,
        closing_on=days[-1] if days and closing is not None else None,
        problems=tuple(sorted(read.findings.problems, key=lambda each: each.place)),
        warnings=read.findings.warnings,
    )
