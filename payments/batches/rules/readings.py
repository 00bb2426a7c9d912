"""How a file writes amounts and dates: chosen by whoever uploads it, never guessed (docs/domain.md#batches)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from batconnect.core.files.cells import BadCell, cell_date
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR
from batconnect.core.kernel.money import NotMoney, parse_money

DECIMAL_SIGNS: Final = {"point": "1,234.56", "comma": "1.234,56"}
DATE_ORDERS: Final = {"month_first": "01/31/2026 or 2026-01-31", "day_first": "31.01.2026 or 2026-01-31"}
POINT, COMMA = DECIMAL_SIGNS
MONTH_FIRST, DAY_FIRST = DATE_ORDERS
_SWAPPED: Final = str.maketrans(",.", ".,")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{2}|[0-9]{4})")


@dataclass(frozen=True, slots=True)
class Reading:
    """Which sign stands before the cents, and whether the day stands before the month."""

    decimal_sign: str = POINT
    date_order: str = MONTH_FIRST

    @classmethod
    def of(cls, layout: Mapping[str, Any]) -> Reading:
        """As a layout keeps it; the usual one where it says nothing."""
        return cls(layout.get("decimal_sign", POINT), layout.get("date_order", MONTH_FIRST))

    def as_kept(self) -> dict[str, str]:
        """As a layout keeps it; nothing for the usual one."""
        if self == Reading():
            return {}
        return {"decimal_sign": self.decimal_sign, "date_order": self.date_order}

    def amount(self, text: str, *, currency: str) -> Decimal:
        """The amount that the text says. Raises NotMoney."""
        if self.decimal_sign == POINT:
            return parse_money(text, currency=currency)
        try:
            return parse_money(text.translate(_SWAPPED), currency=currency)
        except NotMoney as error:
            raise NotMoney(
                "The upload says that a comma stands before the cents: write 1.234,56 or 1234,56."
            ) from error

    def day(self, text: str) -> date:
        """The date that the text says. Raises BadCell."""
        written = _DAY_FIRST.fullmatch(text) if self.date_order == DAY_FIRST else None
        if written is None:
            return cell_date(text)
        day, _, month, year = written.groups()
        # Of two digits, as bank files have them: this century's.
        try:
            read = datetime(int(year) + (2_000 if len(year) == 2 else 0), int(month), int(day)).date()  # noqa: DTZ001 - a date as written has no zone
        except ValueError as error:
            raise BadCell("Write the date as DD.MM.YYYY or YYYY-MM-DD.") from error
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise BadCell(f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
        return read
