"""How numbers of documents are written: each series is declared once, by the app that counts it.

Rule: docs/domain.md#numbers. `core.database.numbers` takes the next ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

NUMBERS_PER_YEAR: Final = 10**9
"""A year's numbers sort before the next year's."""


class Per(StrEnum):
    """When a series begins again at 1: each year, each day, or never."""

    YEAR = "YYYY"
    DAY = "YYYYMMDD"
    NEVER = ""


_FORMATS: Final = {Per.YEAR: "%Y", Per.DAY: "%Y%m%d", Per.NEVER: ""}


@dataclass(frozen=True, slots=True)
class NumberSeries:
    """`INTPAY-2026-00012`, or without a period `INTPAY000123`: a prefix, the company's year or day, at least so many
    digits."""

    prefix: str
    digits: int
    per: Per = Per.YEAR

    @property
    def pattern(self) -> str:
        """As the documentation writes it: `INTPAY-YYYY-NNNNN`."""
        return self._join(self.per.value, "N" * self.digits)

    def period(self, day: date) -> str:
        """The period that the day is in, as the number has it and the counter keeps it."""
        return f"{day:{_FORMATS[self.per]}}" if self.per is not Per.NEVER else ""

    def format(self, value: int, period: str = "") -> str:
        """The number of this value in the period; digits are a minimum."""
        assert bool(period) == (self.per is not Per.NEVER), "a number has the period of its series"
        return self._join(period, f"{value:0{self.digits}d}")

    def sql(self, value: str, period: str) -> str:
        """SQL: the number of the value, for rows that are made in the database."""
        return f"{self._join(period, '')!r} || lpad({value}::text, greatest({self.digits}, length({value}::text)), '0')"

    def _join(self, period: str, number: str) -> str:
        return f"{self.prefix}-{period}-{number}" if period else f"{self.prefix}{number}"


def number_order(value: int, day: date) -> int:
    """Year and number as one figure, by which numbers sort as numbers."""
    return day.year * NUMBERS_PER_YEAR + value
