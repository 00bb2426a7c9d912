"""What a person may have meant: the numbers that a typed text stands for. Pure, over the series that apps declare."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from batconnect.core.kernel.numbers import NumberSeries, Per
from batconnect.core.kernel.subject import searched
from cases.subjects import case_series

LONGEST: Final = 60
"""Nothing that is searched for is longer, in characters."""
_CASE: Final = re.compile(r"([A-Z]{2,20})(\d{0,10})")
_OF_A_YEAR: Final = re.compile(r"(20\d\d)[-/ ]+(\d{1,9})")
_AMOUNT: Final = re.compile(r"\$?\s?(\d{1,9}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?")
_PHONE: Final = re.compile(r"\+?[\d()\s./-]+")
_WITH_COUNTRY: Final = 11
_BARE: Final = re.compile(r"\d{1,9}")
_DIGITS: Final = re.compile(r"\d*")
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
    """A typed text: as it is, its words, and per kind the numbers it may stand for. `papers` has the word for what is
    printed under a kind's numbers, when the text names that. `part` is what may stand inside of something,
    `cents` an amount."""

    text: str
    part: str = ""
    cents: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    numbers: dict[str, Numbers] = field(default_factory=dict)
    papers: dict[str, str] = field(default_factory=dict)


def read(text: str, *, year: int, case_prefixes: Collection[str]) -> Asked:
    """What was typed, in any case, with or without dashes and spaces: `intpay 2026 12` is INTPAY-2026-00012, and a
    bare number may be short for one of `year`'s."""
    plain = " ".join(text[:LONGEST].replace("\x00", " ").split())
    compact = _BETWEEN.sub("", plain).upper()
    compact, papers = _without_paper(compact)
    lists_by_kind: dict[str, tuple[list[str], list[str], list[str]]] = {}
    for kind, place, number in _readings(plain, compact, year, case_prefixes):
        lists = lists_by_kind.setdefault(kind, ([], [], []))
        if number not in lists[place]:
            lists[place].append(number)
    return Asked(
        text=plain,
        part=_part(plain),
        cents=_cents(plain),
        words=tuple(dict.fromkeys(word.upper() for word in plain.split() if word.strip("-./#,"))),
        numbers={kind: Numbers(*map(tuple, lists)) for kind, lists in lists_by_kind.items()},
        papers=papers,
    )


def _part(plain: str) -> str:
    """What may stand inside of something: a telephone without the country's 1, which few are written with."""
    if not _PHONE.fullmatch(plain):
        return plain
    digits = re.sub(r"\D", "", plain)
    return digits[1:] if len(digits) == _WITH_COUNTRY and digits.startswith("1") else digits


def _cents(plain: str) -> tuple[int, ...]:
    """The amount that was typed, in cents: `1,150.00`, `$26.5`, `26`."""
    amount = _AMOUNT.fullmatch(plain)
    if amount is None:
        return ()
    return (int(amount[1].replace(",", "")) * 100 + int((amount[2] or "").ljust(2, "0")),)


_EXACT, _NEAR, _BEGINNING = range(3)


@cache
def _series() -> tuple[tuple[str, NumberSeries], ...]:
    """Every series with the kind that it numbers."""
    return tuple((kind, series) for kind, subject in searched().items() for series in subject.series)


def _without_paper(compact: str) -> tuple[str, dict[str, str]]:
    """The number alone of `RINTPAY202600012`, and the word for what has the letter: a receipt."""
    for kind, subject in searched().items():
        prefix, word = subject.search.paper if subject.search and subject.search.paper else ("", "")
        begins = _BETWEEN.sub("", prefix)
        number = compact.removeprefix(begins)
        if number != compact and any(re.match(rf"{each.prefix}\d", number) for each in subject.series):
            return number, {kind: word}
    return compact, {}


def _readings(
    plain: str, compact: str, year: int, case_prefixes: Collection[str]
) -> Iterator[tuple[str, int, str]]:
    for kind, series in _series():
        if compact.startswith(series.prefix):
            for place, number in _in_series(series, compact.removeprefix(series.prefix)):
                yield kind, place, number
    if match := _CASE.fullmatch(compact):
        letters, digits = match.groups()
        if digits:
            yield "case", _EXACT, case_series(letters).format(int(digits))
        yield "case", _BEGINNING, letters + digits
    if match := _OF_A_YEAR.fullmatch(plain):
        yield from _in_year(_EXACT, match[1], int(match[2]))
    if _BARE.fullmatch(plain):
        yield from _in_year(_NEAR, str(year), int(plain))
        for kind, subject in searched().items():
            if subject.search and subject.search.usual_prefix:
                yield kind, _NEAR, subject.search.usual_prefix + plain
        for prefix in case_prefixes:
            yield "case", _NEAR, case_series(prefix).format(int(plain))


def _in_series(series: NumberSeries, typed: str) -> Iterator[tuple[int, str]]:
    """What may be meant by the series' prefix and these digits: `2026` and `202612`, or the beginning of a period."""
    width = len(series.per.value)
    period, rest = typed[:width], typed[width:]
    if not _DIGITS.fullmatch(typed) or (
        series.per is Per.YEAR and len(period) == width and period[:2] != "20"
    ):
        return
    if len(period) < width:
        yield _BEGINNING, f"{series.prefix}-{period}"
        return
    yield _BEGINNING, f"{series.prefix}-{period}-{rest}"
    if rest:
        yield _EXACT, series.format(int(rest), period)


def _in_year(place: int, year: str, number: int) -> Iterator[tuple[str, int, str]]:
    for kind, series in _series():
        if series.per is Per.YEAR:
            yield kind, place, series.format(number, year)
