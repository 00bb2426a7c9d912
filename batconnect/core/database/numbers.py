"""Numbers of documents: per company, without gaps in what is committed (docs/domain.md#numbers)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

# The period is the company's year, or its day for batches; the numbers of cases have none and count on forever.
_TAKE = """
insert into counters (company_id, series, period, value) values (%s::uuid, %s, %s, %s)
on conflict (company_id, series, period) do update set value = counters.value + excluded.value
returning value
"""

# A year's numbers sort before the next year's.
NUMBERS_PER_YEAR: Final = 10**9


def take_numbers(*, company_id: UUID, series: str, period: str = "", count: int = 1) -> range:
    """The next `count` numbers of the series, as a range.

    The counter's row stays locked until the transaction ends, which is what leaves no gap: call it after
    all other locks and right before the first insert.
    """
    assert count > 0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [company_id, series, period, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def format_number(series: str, number: int, *, period: str = "", digits: int) -> str:
    """`INTPAY-2026-00012`, or without a period `INTPAY000123`; digits are a minimum."""
    return f"{series}-{period}-{number:0{digits}d}" if period else f"{series}{number:0{digits}d}"
