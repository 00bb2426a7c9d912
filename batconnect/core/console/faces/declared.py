"""How an app declares what the page of its row shows first (docs/adr/0082-pages-with-a-face.md).

Values are given as they are: amounts as Decimal or `Money`, days and instants as dates, other rows as rows. The frame
(`faces.drawing`) writes amounts and dates as every page does, and makes a row a link for whom its page lets in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from django.db import models

from batconnect.core.kernel.actors import Actor

MAX_ROWS: Final = 100
"""Rows of a section's table; whoever declares it reads one more, and says where the others are."""
Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Named:
    """A row under another name than its own: only its key is read."""

    row: models.Model
    name: str


class Figure(str):
    """A number that is written out already: it stands to the right as amounts do."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Whoever did something: the person, whose full name is shown, or the name that the row kept of a job or of
    somebody, shown in full where one colleague alone answers to it. Nothing for neither."""

    name: str = ""
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a person has to know before doing anything to a row.

    `kind` says what it is and `number` which one. `person` is whom it concerns, a row or a name. `since` is when it
    came to be what it is. `next_step` says in words what is to be done; `next_action` names the page's action that
    does it, a button for whom it is offered to.
    """

    kind: str
    number: str
    status: str = ""
    tone: Tone = ""
    amount: Money | None = None
    amount_is: str = "Amount"
    person: models.Model | Kept | str | None = None
    person_is: str = "Customer"
    since: date | None = None
    since_is: str = "Since"
    facts: Sequence[tuple[str, Any]] = ()
    sentence: str = ""
    next_step: str = ""
    next_action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A part of the document as a table. `strong` are the places of rows that are sums; `total` ends it.

    Columns whose values are all amounts or counts are aligned right. `rest` says where more rows are.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    strong: frozenset[int] = frozenset()
    total: Sequence[Any] = ()
    note: str = ""
    empty: str = "Nothing yet."
    rest: Any = None
    has_heading: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the document that has a template of its own."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


Section = Table | Part
Sections = Callable[[Actor, Any], Iterable[Section]]


def _no_sections(actor: Actor, row: Any) -> Iterable[Section]:
    return ()


@dataclass(slots=True, kw_only=True)
class Face:
    """The face of a table's rows: `card` is repeated wherever something is done to one, `sections` are its page's."""

    card: Callable[[Actor, Any], Card]
    sections: Sections = _no_sections
    more: list[Sections] = field(default_factory=list)


def add_sections(face: Face, *declared: Sections) -> None:
    """Let the page of an app below show these too; once, beside the admin of the app that declares them."""
    face.more.extend(declared)
