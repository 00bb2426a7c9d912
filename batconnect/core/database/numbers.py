"""Numbers of documents: per company, without gaps in what is committed (docs/domain.md#numbers)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.numbers import NumberSeries, number_order

# The period is the company's year, or its day for batches; the numbers of cases have none and count on forever.
_TAKE = """
insert into counters (company_id, series, period, value) values (%s::uuid, %s, %s, %s)
on conflict (company_id, series, period) do update set value = counters.value + excluded.value
returning value
"""


class Number(NamedTuple):
    """A number that was taken: as it is written, and as the figure by which it sorts."""

    text: str
    order: int


def take(series: NumberSeries, *, company_id: UUID, day: date, count: int = 1) -> list[Number]:
    """The next `count` numbers of the series, on the company's day. When to call it: see `take_numbers`."""
    period = series.period(day)
    values = take_numbers(company_id=company_id, series=series.prefix, period=period, count=count)
    return [Number(series.format(value, period), number_order(value, day)) for value in values]


def hold(series: NumberSeries, *, company_id: UUID, day: date) -> None:
    """Lock the series' counter until the transaction ends, and take nothing yet: nobody else takes a number, so what is
    read from now on stays so. When to call it: see `take_numbers`."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [company_id, series.prefix, series.period(day), 0])


def take_numbers(*, company_id: UUID, series: str, period: str = "", count: int = 1) -> range:
    """The next `count` values of a counter, as a range.

    The counter's row stays locked until the transaction ends, which is what leaves no gap: call it after
    all other locks and right before the first insert.
    """
    assert count > 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [company_id, series, period, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)
