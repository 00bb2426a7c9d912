"""How many rows a list has and what they add up to, as far as a page can afford to count.

The amounts of all filtered rows, not of the page; each currency by itself. Up to COUNTED_ROWS rows they come with the
page in one statement; above, the page says so and offers to add up everything, which may take MAX_SECONDS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from psycopg.errors import QueryCanceled

from batconnect.core.api.paging import COUNTED_ROWS

MAX_SECONDS: Final = 10
_MAX_KEYS: Final = 500


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """What the rows of one currency come to; `amounts` in the order that was asked for."""

    currency: str
    rows: int
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """The filtered rows: how many, and their amounts by currency.

    `is_capped`: there are more than were counted, and so there are no amounts. `gave_up`: adding up everything took
    too long. `keys` are those of all rows where they are few: so few are sorted faster than looked for again.
    """

    rows: int
    currencies: tuple[CurrencyTotal, ...] = ()
    is_capped: bool = False
    gave_up: bool = False
    keys: tuple[Any, ...] | None = None


def add_up(
    queryset: QuerySet[Any], *, amounts: Sequence[str] = (), currency: str = "", everything: bool = False
) -> Totals:
    """Count the rows and add up the columns `amounts` by the column `currency`, in one statement.

    Without `everything` no more than COUNTED_ROWS + 1 rows are looked at.
    """
    if not everything:
        return _read(queryset, amounts=amounts, currency=currency, limit=COUNTED_ROWS)
    try:
        with transaction.atomic():
            before = _swap_timeout(f"{MAX_SECONDS}s")
            totals = _read(queryset, amounts=amounts, currency=currency, limit=None)
            _swap_timeout(before)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        # Rolling back to the savepoint restored the timeout as well.
        return Totals(rows=COUNTED_ROWS + 1, is_capped=True, gave_up=True)
    return totals


def _swap_timeout(timeout: str) -> str:
    """Limit the statements of this transaction to the timeout; returns the one before."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('statement_timeout')")
        before: str = cursor.fetchone()[0]
        cursor.execute("select set_config('statement_timeout', %s, true)", [timeout])
    return before


def _read(queryset: QuerySet[Any], *, amounts: Sequence[str], currency: str, limit: int | None) -> Totals:
    # With the key, `distinct` merges the rows that a join doubles, but not equal amounts.
    names = ["pk", *([currency] if currency else []), *amounts]
    bare = queryset.order_by().values_list(*names)
    if limit is not None:
        bare = bare[: limit + 1]
    try:
        inner, values = bare.query.sql_with_params()
    except EmptyResultSet:
        return Totals(rows=0)
    columns = ", ".join(f"c{place}" for place in range(len(names)))
    group = "c1" if currency else "''"
    first = len(names) - len(amounts)
    keys_of_few = f"(array_agg(c0))[1:{_MAX_KEYS}]" if limit is not None else "null"
    sums = "".join(f", sum(c{place})" for place in range(first, len(names)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {group}, count(*), {keys_of_few}{sums} "  # noqa: S608 - Django's text and our own names
            f"from ({inner}) found ({columns}) group by 1 order by 1",
            values,
        )
        groups = cursor.fetchall()
    rows = sum(row[1] for row in groups)
    if limit is not None and rows > limit:
        return Totals(rows=rows, is_capped=True)
    by_currency = tuple(
        CurrencyTotal(row[0], row[1], tuple(each or Decimal(0) for each in row[3:])) for row in groups
    )
    few = limit is not None and rows <= _MAX_KEYS
    keys = tuple(key for row in groups for key in row[2]) if few else None
    return Totals(rows=rows, currencies=by_currency if amounts else (), keys=keys)
