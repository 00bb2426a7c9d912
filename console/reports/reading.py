"""Reading a report: a page of it with the whole report's totals in one statement, or all of it in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from batconnect.core.database.local_settings import joins_as_written
from console.reports.report import Answer, Query

ROWS_PER_SCREEN: Final = 100
_CHUNK: Final = 2_000
_ROW, _TOTAL, _PART = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Total:
    """What the rows of one currency come to; of a breakdown, those with one `value` of its column.

    `amounts` are by the keys of the total columns. `currency` is empty for rows without an amount.
    """

    currency: str
    rows: int
    amounts: dict[str, Decimal]
    value: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the whole report, however much of it is shown."""

    by_currency: list[Total]
    parts: list[Total]
    # More rows than the screen reads: how many these are, without totals.
    first_of_more: int = 0

    @property
    def rows(self) -> int:
        """The rows of all currencies; of more than the screen reads, those that it does."""
        return self.first_of_more or sum(each.rows for each in self.by_currency)


@dataclass(frozen=True, slots=True)
class Page:
    """A screen of a report. Pages count from 1; `rows` are shaped."""

    number: int
    rows: list[dict[str, Any]]
    totals: Totals

    @property
    def count(self) -> int:
        """How many pages there are; at least 1."""
        return max(-(-self.totals.rows // ROWS_PER_SCREEN), 1)

    @property
    def first(self) -> int:
        """The place of the first row that is shown."""
        return (self.number - 1) * ROWS_PER_SCREEN + 1

    @property
    def last(self) -> int:
        """The place of the last row that is shown."""
        return self.first + len(self.rows) - 1


def read_page(*, answer: Answer, number: int = 1) -> Page:
    """That page with the totals, in one statement; the last page for a number behind it, in one more."""
    page = _read(answer, number)
    if not page.rows and page.totals.rows:
        return _read(answer, page.count)
    return page


def read_totals(*, answer: Answer) -> Totals:
    """Read the totals alone, of every row, in one statement."""
    return _read(answer, 0, every_row=True).totals


def read_rows(*, answer: Answer) -> Iterator[dict[str, Any]]:
    """Every row in the report's order, from a cursor on the server: in bounded memory, inside the transaction."""
    report, values = answer.report, answer.values
    query = report.query(actor=answer.actor, values=values)
    keys = report.keys(values)
    every = f"select q.*, 0 as place from ({query.sql}) q" if query.detail else query.sql  # noqa: S608 - our texts
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"select {', '.join(keys)} from ({query.detailed(every)}) q order by {report.order(values)}",  # noqa: S608
            {**query.values, "limit": None},
        )
        while chunk := cursor.fetchmany(_CHUNK):
            rows = [dict(zip(keys, row, strict=True)) for row in chunk]
            for row in report.look_up(actor=answer.actor, rows=rows):
                yield report.shape(row)


def _read(answer: Answer, number: int, *, every_row: bool = False) -> Page:
    report, values = answer.report, answer.values
    keys = report.keys(values)
    summed = [column.key for column in answer.columns if column.total]
    query = report.query(actor=answer.actor, values=values)
    limit = None if every_row else report.max_rows
    last = number * ROWS_PER_SCREEN
    window = {
        "page_first": (number - 1) * ROWS_PER_SCREEN,
        "page_last": last if limit is None else min(last, limit),
        # One more, to see that there are more.
        "limit": None if limit is None else limit + 1,
    }
    with joins_as_written() if report.looks_up else nullcontext(), connection.cursor() as cursor:
        cursor.execute(_statement(answer, query), {**query.values, **window})
        fetched = cursor.fetchall()
    rows: list[dict[str, Any]] = []
    totals = Totals([], [])
    for kind, _, count, value, *cells in fetched:
        row = dict(zip(keys, cells, strict=True))
        if kind == _ROW:
            rows.append(row)
            continue
        amounts = {key: row[key] for key in summed}
        total = Total(row["currency"] or "", count, amounts, value or "")
        (totals.by_currency if kind == _TOTAL else totals.parts).append(total)
    rows = [report.shape(row) for row in report.look_up(actor=answer.actor, rows=rows)]
    if report.breakdown(values):
        totals = Totals(_by_currency(totals.parts), totals.parts)
    if limit is not None and totals.rows > limit:
        totals = Totals([], [], first_of_more=limit)
    return Page(max(number, 1), rows, totals)


def _by_currency(parts: list[Total]) -> list[Total]:
    """The totals that the parts of a breakdown come to, in the parts' order: their rows are added up once."""
    totals: dict[str, Total] = {}
    for part in parts:
        before = totals.get(part.currency)
        if before is None:
            totals[part.currency] = Total(part.currency, part.rows, part.amounts)
            continue
        amounts = {key: _sum(amount, part.amounts[key]) for key, amount in before.amounts.items()}
        totals[part.currency] = Total(part.currency, before.rows + part.rows, amounts)
    return list(totals.values())


def _sum(one: Decimal | None, other: Decimal | None) -> Any:
    return other if one is None else one if other is None else one + other


def _statement(answer: Answer, query: Query) -> str:
    """Rows of the page (0), then totals by the breakdown's values (2), or without one by currency (1), each in the
    report's order."""
    report, values = answer.report, answer.values
    keys = report.keys(values)
    summed = {column.key for column in answer.columns if column.total}

    def group(kind: int, key: str) -> str:
        cells = (
            f"sum({each})" if each in summed else each if each in ("currency", key) else "null"
            for each in keys
        )
        value = f"{key}::text" if key else "null"
        return (
            f" union all select {kind}, min(place), count(*), {value}, {', '.join(cells)} from listed"  # noqa: S608
            f" group by currency{f', {key}' if key else ''}"
        )

    broken = report.breakdown(values)
    page = "select * from listed where place > %(page_first)s and place <= %(page_last)s"
    return (
        f"with listed as materialized (select q.*, row_number() over (order by {report.order(values)}) as place"  # noqa: S608 - our texts
        f" from ({query.sql}) q)"
        f" select {_ROW}, place, 0::bigint, null::text, {', '.join(keys)} from ({query.detailed(page)}) shown"
        f"{group(_PART, broken.key) if broken else group(_TOTAL, '')} order by 1, 2"
    )
