"""The hook by which apps say how the lines of the opening batch that are theirs are checked and opened.

Rule: docs/architecture.md#hooks, docs/domain.md#opening-batch. Each kind of line is registered once, by the app whose
document it opens. What no app has registered cannot be opened, and is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from batconnect.core.kernel.actors import Actor

_MAX_DIGITS: Final = 18
"""Of a key: every number of so many digits is one that the database can look for."""


@dataclass(frozen=True, slots=True)
class OpeningItem:
    """A line before it is opened: `amount` is a debit above zero and a credit below it, in the company's currency;
    `values` are its cells by column, those that are empty left out."""

    id: UUID
    place: int
    kind: str
    amount: Decimal
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    @property
    def lease(self) -> int | str:
        """The lease that the line names: its key, or its number; "" where it names none."""
        text = self["lease"]
        is_key = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        return int(text) if is_key else text


class WrongLine(NamedTuple):
    """What is wrong with a line: its place, the column, why, and the code."""

    place: int
    column: str
    message: str
    code: str = "invalid"


@dataclass(frozen=True, slots=True)
class OpeningDay:
    """The day that the opening is effective on, and the batch that what it posts names as its operation."""

    on: date
    batch_id: UUID


Check = Callable[[Actor, Sequence[OpeningItem], OpeningDay], Sequence[WrongLine]]
Open = Callable[[Actor, Sequence[OpeningItem], OpeningDay], None]


@dataclass(frozen=True, slots=True)
class OpeningKind:
    """A kind of line. `side` is the only side that it may stand on (`debit`, `credit` or ""), `columns` what it reads.

    `account_of` says which account a line opens. `check` finds what is wrong, writing nothing; `open` posts the lines
    against opening balances.
    """

    code: str
    label: str
    side: str
    columns: tuple[str, ...]
    account_of: Callable[[OpeningItem], str]
    check: Check
    open: Open


_kinds: dict[str, OpeningKind] = {}


def register_opening(kind: OpeningKind) -> None:
    """Register a kind of line, once, from an app's `ready()`."""
    assert kind.code not in _kinds, f"{kind.code} is registered already"
    assert kind.side in ("debit", "credit", ""), kind.side
    _kinds[kind.code] = kind


def opening_kinds() -> dict[str, OpeningKind]:
    """Every kind that can be opened, by its code."""
    return dict(sorted(_kinds.items()))
