"""How a list's columns share a page: nothing that names something is cut.

Words are kept whole while the page has room for them, first at the usual size, then at smaller ones; then the longest
words break, and ever shorter ones, but no number of anything; at last the columns at the right are left out, which the
page says. Figures and dates never break.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

Measure = Callable[[str], float]
SIZES: Final = (7.5, 7.0, 6.5, 6.0, 5.5)
"""Points, the usual first."""
PADDING_MM: Final = 2.4
_MM_PER_POINT: Final = 25.4 / 72
_WIDEST_WORDS: Final = (inf, 24.0, 18.0, 15.0, 12.0, 10.0, 8.0)  # ems
_WIDEST_NAME: Final = 24.0  # ems; our own numbers and a VIN take 9 to 13, and what is longer may break
_SAFETY: Final = 1.01
_BREAKS_AFTER: Final = "-/_.,:;@"


@dataclass(frozen=True, slots=True)
class ColumnNeed:
    """What a column asks for, in ems: `natural` on one line, `word` its widest word, `name` its widest word with a
    digit; `heading` the widest word of its heading, `title` that on one line.

    A `rigid` column has figures or dates: it is as wide as they are.
    """

    natural: float
    word: float
    name: float
    heading: float
    title: float
    rigid: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The type's size in points and each column's width in millimeters; columns beyond these are left out."""

    size: float
    widths: tuple[float, ...]

    def room(self, place: int) -> float:
        """The ems that a line of the column takes."""
        return (self.widths[place] - PADDING_MM) / (self.size * _MM_PER_POINT * _SAFETY)


def lay_out_columns(needs: Sequence[ColumnNeed], *, page_mm: float) -> Layout:
    """The first of the ways above that fits the page."""
    for widest in _WIDEST_WORDS:
        for size in SIZES:
            if sum(_mm(_tight(need, widest), size) for need in needs) <= page_mm:
                return Layout(size, _shared(needs, size, page_mm, widest))
    return lay_out_columns(needs[:-1], page_mm=page_mm)


def wrap(text: str, room: float, measure: Measure) -> list[str]:
    """The text in lines of at most `room`: between words, and within those that are wider by themselves."""
    if measure(text) <= room:
        return [text]
    lines: list[str] = []
    line, width = "", 0.0
    space = measure(" ")
    for word in text.split(" "):
        taken = measure(word)
        if line and width + space + taken <= room:
            line, width = f"{line} {word}", width + space + taken
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, room, measure) if taken > room else [word]
        lines += whole
        width = measure(line)
    return [*lines, line]


def _broken(word: str, room: float, measure: Measure) -> list[str]:
    """A word in pieces, broken behind a hyphen or the like where one stands in the second half of the line."""
    pieces: list[str] = []
    begin, width, place = 0, 0.0, 0
    while place < len(word):
        width += measure(word[place])
        if width > room and place > begin:
            middle = begin + (place - begin) // 2
            cut = max(word.rfind(each, middle, place) for each in _BREAKS_AFTER) + 1 or place
            pieces.append(word[begin:cut])
            begin = place = cut
            width = 0.0
            continue
        place += 1
    return [*pieces, word[begin:]]


def _tight(need: ColumnNeed, widest: float) -> float:
    """The narrowest that the column may be, in ems, where words above `widest` break."""
    content = need.natural if need.rigid else max(min(need.word, widest), min(need.name, _WIDEST_NAME))
    return max(content, min(need.heading, widest))


def _mm(ems: float, size: float) -> float:
    return ems * size * _MM_PER_POINT * _SAFETY * _SAFETY + PADDING_MM


def _shared(needs: Sequence[ColumnNeed], size: float, page_mm: float, widest: float) -> tuple[float, ...]:
    """What is left beyond the narrowest goes to all alike, and to none more than its cells fill; then to headings, and
    the rest in proportion."""
    widths = [_mm(_tight(need, widest), size) for need in needs]
    for wanted in ([need.natural for need in needs], [need.title for need in needs]):
        wants = [max(_mm(ems, size) - width, 0.0) for ems, width in zip(wanted, widths, strict=True)]
        free = page_mm - sum(widths)
        for waiting, place in enumerate(sorted(range(len(needs)), key=wants.__getitem__)):
            given = min(wants[place], free / (len(needs) - waiting))
            widths[place] += given
            free -= given
    whole = sum(widths)
    return tuple(width * page_mm / whole for width in widths)
