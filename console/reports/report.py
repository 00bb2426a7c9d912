"""What a report is: parameters, one query, columns that screen and files share, and totals per currency."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from batconnect.core.files.exports import Column
from batconnect.core.kernel.actors import Actor
from console.reports.forms import ParametersForm


@dataclass(frozen=True, slots=True)
class ReportColumn(Column):
    """A column of the screen and of every file.

    A `total` column is added up per currency. `links` are tables' labels, each with the key of its row's id:
    the value leads to the first that the row has; where it has none, it stands alone. Words break on the screen
    where a column `wraps`; numbers and amounts never do.
    """

    total: bool = False
    links: tuple[tuple[str, str], ...] = ()
    wraps: bool = False


class Query(NamedTuple):
    """A select whose columns are named after the report's keys, and its values.

    With a `detail` the select has only what totals, breakdown and order need; `detail` is a select of everything from
    the rows that are shown, which it names `{page}`, with their `place`: what people read beside the figures is then
    looked up for a screen, not for the whole report.
    """

    sql: str
    values: Mapping[str, Any]
    detail: str = ""

    def detailed(self, rows: str) -> str:
        """SQL: everything of these rows of the select."""
        return self.detail.replace("{page}", f"({rows})") if self.detail else rows


class Breakdown(NamedTuple):
    """The column whose values totals are also shown for, and the words before them: `By method`."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A report that somebody asked for, with the values of its form."""

    report: Report
    actor: Actor
    values: Mapping[str, Any]

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """What is shown of it."""
        return self.report.columns(self.values)

    @property
    def zone(self) -> ZoneInfo:
        """Instants are shown in the company's time."""
        return ZoneInfo(self.actor.company.time_zone)


class Report(ABC):
    """A report of the console. Declare what it is called, whom it is for, its form; write `columns` and `query`.

    `order` sorts the query's columns and decides every row's place. Rows have a `currency`: totals are kept apart
    by it and never added up.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    icon: ClassVar[str]
    view_permissions: ClassVar[tuple[str, ...]]
    export_permissions: ClassVar[tuple[str, ...]]
    form: ClassVar[type[ParametersForm]]
    nothing: ClassVar[str] = "Nothing was found for these parameters."
    # How many rows the screen reads; None: all of them. Where there are more, it has no totals, and files have the
    # rest. The query takes `limit`, that or null.
    max_rows: ClassVar[int | None] = None
    # Whether what it joins is looked up by its key, in the order that is written: nothing else need be weighed.
    looks_up: ClassVar[bool] = False

    @abstractmethod
    def columns(self, values: Mapping[str, Any]) -> tuple[ReportColumn, ...]:
        """The columns, which may follow the parameters."""

    @abstractmethod
    def query(self, *, actor: Actor, values: Mapping[str, Any]) -> Query:
        """The select; every table in it is bound to the actor's company."""

    @abstractmethod
    def order(self, values: Mapping[str, Any]) -> str:
        """SQL: the order of the query's columns, without ties."""

    def breakdown(self, values: Mapping[str, Any]) -> Breakdown | None:
        """What else totals are shown by; None: by currency alone."""
        return None

    def hidden(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Keys that links need and that are not shown."""
        return ()

    def part(self, value: str) -> str:
        """A value of the breakdown as people read it."""
        return value

    def shape(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with codes written as people read them."""
        return row

    def look_up(self, *, actor: Actor, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows of a screen, or of a part of a file, with what is read for all of them at once; `shape` follows."""
        return rows

    def keys(self, values: Mapping[str, Any]) -> list[str]:
        """Every key of the query that is read, once."""
        broken = self.breakdown(values)
        keys = [column.key for column in self.columns(values)]
        return list(
            dict.fromkeys([*keys, "currency", *([broken.key] if broken else []), *self.hidden(values)])
        )

    def may_see(self, actor: Actor) -> bool:
        """Whether the actor sees it."""
        return all(actor.can(each) for each in self.view_permissions)

    def may_export(self, actor: Actor) -> bool:
        """Whether the actor takes it away as a file."""
        return self.may_see(actor) and all(actor.can(each) for each in self.export_permissions)
