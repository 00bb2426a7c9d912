"""What a column of an export is, and how its values are written for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from batconnect.core.kernel.actors import Actor

Kind = Literal["text", "money", "rate", "number", "date", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of the row's value, its heading, and what kind of value it is.

    One that is not `on_paper` is for programs: a PDF leaves it out, and says so.
    """

    key: str
    title: str
    kind: Kind = "text"
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that a writer needs; `rows` can be read once.

    `totals` are rows by the columns' keys that close the sheet, in Excel and PDF. A `branded` PDF carries the
    company's letterhead. An `opened` CSV begins with title, company and filters: for people, not for programs.
    `delimiter` is a CSV's.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Mapping[str, Any]]
    actor: Actor
    filters: Sequence[tuple[str, str]]
    totals: Sequence[Mapping[str, Any]] = ()
    branded: bool = False
    opened: bool = False
    delimiter: str = ","

    @property
    def zone(self) -> ZoneInfo:
        """Instants are shown in the company's time."""
        return ZoneInfo(self.actor.company.time_zone)


def printed(value: Any, kind: Kind, zone: ZoneInfo) -> str:
    """The value as a PDF prints it: `1,234.50`, `2025-10-20`, local time for instants, "" for nothing."""
    if value is None:
        return ""
    if kind == "money" and isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return str(value)
