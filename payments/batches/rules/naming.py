"""Whom a row names: by whatever identifies exactly one customer (docs/domain.md#batches)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

ENTITY: Final = "entity_id"
REFERENCE: Final = "customer_reference"
NAME: Final = "name"
DRIVER: Final = "driver"
LICENSE: Final = "license"
LEASE: Final = "lease"
MEDALLION: Final = "medallion"
# What each column may hold, in the order in which it is told what was tried.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    ENTITY: (ENTITY,),
    REFERENCE: (REFERENCE, ENTITY, DRIVER, LICENSE, LEASE, MEDALLION, NAME),
    DRIVER: (DRIVER,),
    LICENSE: (LICENSE,),
    LEASE: (LEASE,),
    MEDALLION: (MEDALLION,),
    NAME: (NAME,),
}
NAMING_COLUMNS: Final = tuple(KINDS)
UNKNOWN: Final = "unknown_customer"
AMBIGUOUS: Final = "ambiguous_customer"
CONTRADICTING: Final = "contradicting_customers"
_WORDS: Final = {
    ENTITY: "id",
    REFERENCE: "reference",
    DRIVER: "driver number",
    LICENSE: "TLC license",
    LEASE: "lease",
    MEDALLION: "medallion",
    NAME: "name",
}
_MAX_LISTED: Final = 5
_LONGEST_SHOWN: Final = 60
Named = tuple[tuple[str, str], ...]
"""The columns of a row that name its customer, each with what it holds."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer who has an identifier. Of a lease or a medallion: as its primary driver, or not, in a time."""

    kind: str
    text: str
    customer_id: UUID
    customer_name: str
    is_primary: bool = True
    from_on: date | None = None
    until_on: date | None = None

    def holds_on(self, day: date | None) -> bool:
        """Whether the time covers the day."""
        if day is None:
            return True
        return (self.from_on or day) <= day <= (self.until_on or day)

    def told(self) -> str:
        """The customer with what of them was written."""
        return f"{self.customer_name[:_LONGEST_SHOWN]} ({_WORDS[self.kind]} {self.text[:_LONGEST_SHOWN]})"


@dataclass(frozen=True, slots=True)
class NotNamed:
    """Why a row names no customer."""

    code: str
    field: str
    message: str


class Register:
    """Those who have the identifiers that some rows name, found as these are compared."""

    def __init__(self, holders: Iterable[Holder] = ()) -> None:
        self._by_text: dict[tuple[str, str], list[Holder]] = {}
        for each in holders:
            for text in dict.fromkeys((_folded(each.text), *_without_zeros(each))):
                self._by_text.setdefault((each.kind, text), []).append(each)

    def find(self, column: str, text: str, *, day: date | None) -> list[Holder]:
        """Who is named by what the column holds, one holder for each customer; whoever drove on the day, for leases.

        An apostrophe in front, by which spreadsheets are kept from reading a number, is not looked for.
        """
        by_customer: dict[UUID, Holder] = {}
        for written in (text, text.lstrip("'")):
            for kind in KINDS[column]:
                for each in self._of_kind(kind, written, day):
                    by_customer.setdefault(each.customer_id, each)
            if by_customer:
                break
        return sorted(by_customer.values(), key=lambda each: (each.customer_name, str(each.customer_id)))

    def _of_kind(self, kind: str, text: str, day: date | None) -> list[Holder]:
        found = self._by_text.get((kind, _folded(text)), [])
        if kind == LICENSE:
            exact = [each for each in found if _folded(each.text) == _folded(text)]
            if not exact and _is_number(text):
                found = self._by_text.get((kind, text.strip().lstrip("0")), [])
            return exact or found
        if kind == REFERENCE:
            # References differ by case alone too: one that is written exactly so is meant.
            return [each for each in found if each.text == text] or found
        if kind in (LEASE, MEDALLION):
            primary = [each for each in found if each.is_primary]
            return [each for each in primary if each.holds_on(day)] or found
        return found


def identify(named: Named, *, day: date | None, register: Register) -> UUID | list[NotNamed]:
    """The one customer whom all the columns name, or why there is none.

    A name that nobody has contradicts no other column: people write names in many ways.
    """
    found = {column: register.find(column, text, day=day) for column, text in named}
    others = any(holders for column, holders in found.items() if column != NAME)
    unknown = [
        NotNamed(UNKNOWN, column, no_customer(text, column))
        for column, text in named
        if not found[column] and not (column == NAME and others)
    ]
    if unknown:
        return unknown
    counted = {column: holders for column, holders in found.items() if holders}
    common = _common(counted.values())
    if len(common) == 1:
        return common.pop()
    last = list(counted)[-1]
    if not common:
        told = "; ".join(f"{column} names {_listed(holders)}" for column, holders in counted.items())
        return [NotNamed(CONTRADICTING, last, f"The columns name different customers: {told}.")]
    holders = [each for each in counted[last] if each.customer_id in common]
    text = dict(named)[last][:_LONGEST_SHOWN]
    return [NotNamed(AMBIGUOUS, last, f"{text!r} names {len(common)} customers: {_listed(holders)}.")]


def no_customer(text: str, column: str = ENTITY) -> str:
    """The sentence for an unknown customer: the same whether nobody or another company has it."""
    kinds = KINDS[column]
    tried = f" It was looked for as {', '.join(_WORDS[each] for each in kinds)}." if len(kinds) > 1 else ""
    what = "" if column in (ENTITY, REFERENCE) else f" with the {_WORDS[column]}"
    return f"There is no customer{what} {text[:_LONGEST_SHOWN]!r}.{tried}"


def numbers_without_zeros(texts: Iterable[str]) -> list[str]:
    """Those of the texts that are numbers, without the zeros in front, as licenses are looked for."""
    plain = (each.strip().lstrip("'") for each in texts)
    return sorted({each.lstrip("0") for each in plain if _is_number(each)} - {""})


def _common(found: Collection[Sequence[Holder]]) -> set[UUID]:
    first, *others = ({each.customer_id for each in holders} for holders in found)
    return first.intersection(*others)


def _listed(holders: Sequence[Holder]) -> str:
    listed = ", ".join(each.told() for each in holders[:_MAX_LISTED])
    more = len(holders) - _MAX_LISTED
    return f"{listed} and {more} more" if more > 0 else listed


def _folded(text: str) -> str:
    """As identifiers and names are compared: without case, and with single blanks."""
    return " ".join(text.split()).casefold()


def _is_number(text: str) -> bool:
    plain = text.strip()
    return plain.isascii() and plain.isdecimal()


def _without_zeros(holder: Holder) -> tuple[str, ...]:
    if holder.kind == LICENSE and _is_number(holder.text):
        return (holder.text.lstrip("0"),)
    return ()
