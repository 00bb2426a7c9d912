"""What a person may have meant: the numbers that a typed text stands for. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 60
"""Nothing that is searched for is longer, in characters."""
_SERIES: Final = {
    "INTPAY": ("payment", 5),
    "PAY": ("payment", 3),
    "INV": ("invoice", 3),
    "DLN": ("loan", 3),
    "RPR": ("repair", 3),
    "DTR": ("dtr", 6),
}
"""Per series what it numbers, and its least digits (docs/domain.md#numbers)."""
_DIRECTORY: Final = {"driver": "DRV-", "lease": "LS-"}
"""How the numbers of the directory usually begin; people say the rest."""
_CASE_DIGITS: Final = 6
_SERIES_NUMBER: Final = re.compile(rf"({'|'.join(_SERIES)})(?:(20\d\d)(\d*)|(\d{{0,3}}))")
_BATCH: Final = re.compile(r"BATCH(\d{0,8})(\d*)")
_CASE: Final = re.compile(r"([A-Z]{2,20})(\d{0,10})")
_OF_A_YEAR: Final = re.compile(r"(20\d\d)[-/ ]+(\d{1,9})")
_BARE: Final = re.compile(r"\d{1,9}")
_RECEIPT: Final = re.compile(r"R(?=(?:INT)?PAY\d)")
_BETWEEN: Final = re.compile(r"[\s\-_./#]+")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of one kind: `exact` is what the text says, `near` what it may be short for, `beginnings` what a number
    may begin with."""

    exact: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A typed text: as it is, its words, and per kind the numbers it may stand for."""

    text: str
    words: tuple[str, ...] = ()
    numbers: dict[str, Numbers] = field(default_factory=dict)
    is_receipt: bool = False


def read(text: str, *, year: int, case_prefixes: Collection[str]) -> Asked:
    """What was typed, in any case, with or without dashes and spaces: `intpay 2026 12` is INTPAY-2026-00012, and a
    bare number may be short for one of `year`'s."""
    plain = " ".join(text[:LONGEST].replace("\x00", " ").split())
    compact = _BETWEEN.sub("", plain).upper()
    receipt = _RECEIPT.match(compact)
    if receipt:
        compact = compact[receipt.end() :]
    lists_by_kind: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for kind, place, number in _readings(plain, compact, year, case_prefixes):
        lists = lists_by_kind.setdefault(kind, ([], [], []))
        if number not in lists[place]:
            lists[place].append(number)
    return Asked(
        text=plain,
        words=tuple(dict.fromkeys(word.upper() for word in plain.split() if word.strip("-./#,"))),
        numbers={kind: Numbers(*map(tuple, lists)) for kind, lists in lists_by_kind.items()},
        is_receipt=receipt is not None,
    )


_EXACT, _NEAR, _BEGINNING = range(3)


def _readings(
    plain: str, compact: str, year: int, case_prefixes: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    if match := _SERIES_NUMBER.fullmatch(compact):
        yield from _of_series(match)
    if match := _BATCH.fullmatch(compact):
        day, rest = match.groups()
        yield "batch", _BEGINNING, f"BATCH-{day}-{rest}" if len(day) == 8 else f"BATCH-{day}"
        if rest:
            yield "batch", _EXACT, f"BATCH-{day}-{int(rest):03}"
    if match := _CASE.fullmatch(compact):
        letters, digits = match.groups()
        if digits:
            yield "case", _EXACT, f"{letters}{int(digits):0{_CASE_DIGITS}}"
        yield "case", _BEGINNING, letters + digits
    if match := _OF_A_YEAR.fullmatch(plain):
        yield from _in_year(_EXACT, int(match[1]), int(match[2]))
    if _BARE.fullmatch(plain):
        yield from _in_year(_NEAR, year, int(plain))
        for kind, prefix in _DIRECTORY.items():
            yield kind, _NEAR, prefix + plain
        for prefix in case_prefixes:
            yield "case", _NEAR, f"{prefix}{int(plain):0{_CASE_DIGITS}}"


def _of_series(match: re.Match[str]) -> Iterator[tuple[str, int, str]]:
    series, year, rest, begun = match.groups()
    kind, digits = _SERIES[series]
    if rest:
        yield kind, _EXACT, f"{series}-{year}-{int(rest):0{digits}}"
    yield kind, _BEGINNING, f"{series}-{year}-{rest}" if year else f"{series}-{begun}"


def _in_year(place: int, year: int, number: int) -> Iterator[tuple[str, int, str]]:
    for series, (kind, digits) in _SERIES.items():
        yield kind, place, f"{series}-{year}-{number:0{digits}}"
