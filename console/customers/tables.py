"""Tables of the customer page: cells that lead to what they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_day


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, with the address of what it names."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading; amounts are aligned right, and long texts are broken into lines."""

    heading: str
    is_amount: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A section's rows. `all_link` leads to the list that has every row; `name` is its place on the page."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    all_link: str = ""
    empty: str = "None."

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        """The rows with the column of each cell."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def columns(*headings: str, amounts: Sequence[str] = (), long: Sequence[str] = ()) -> list[Column]:
    """The columns by their headings; those in `amounts` are amounts, those in `long` long texts."""
    return [Column(each, each in amounts, each in long) for each in headings]


def money(amount: Decimal, link: str = "") -> Cell:
    """An amount with its thousands; nothing for zero would hide that it is zero."""
    return Cell(format_amount(amount), link)


def day(value: date | None, link: str = "") -> Cell:
    """A day as pages write it: Jan. 31, 2026."""
    return Cell("" if value is None else format_day(value), link)
