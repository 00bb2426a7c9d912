"""How wide texts are in the typeface of our PDFs, measured once per character by the renderer itself.

Whatever font the machine has in its place is measured with it; kerning only makes texts narrower.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Final

_MEASURED_PX: Final = 100
_TIMES: Final = 8
_LINES_A_SHEET: Final = 200
_USUAL: Final = frozenset(map(chr, range(32, 127)))
_STYLE: Final = (
    "@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }} "
    'div {{ font: {weight} {px}px/1 "DejaVu Sans", "Liberation Sans", sans-serif; white-space: pre; height: {px}px; '
    "overflow: hidden }}"
)
_known: dict[tuple[str, bool], float] = {}


class Widths:
    """Widths in ems of texts; `bold` as headings and totals are set. Characters that are given before are measured
    together."""

    def __init__(self, characters: Iterable[str] = (), *, bold: bool = False) -> None:
        self._bold = bold
        self._of: dict[str, float] = {}
        self._learn({*_USUAL, *characters})

    def __call__(self, text: str) -> float:
        """The width of the text on one line."""
        of = self._of
        try:
            return sum([of[each] for each in text])
        except KeyError:
            self._learn(set(text))
            return self(text)

    def _learn(self, characters: set[str]) -> None:
        missing = sorted(each for each in characters if (each, self._bold) not in _known)
        for first in range(0, len(missing), _LINES_A_SHEET):
            _measure(missing[first : first + _LINES_A_SHEET], bold=self._bold)
        self._of |= {each: _known[each, self._bold] for each in characters}


def _measure(characters: list[str], *, bold: bool) -> None:
    from batconnect.core.files.exports.pdf import lay_out

    style = _STYLE.format(
        width=_MEASURED_PX * _TIMES * 4,
        height=_MEASURED_PX * len(characters),
        weight=600 if bold else 400,
        px=_MEASURED_PX,
    )
    lines = "".join(
        f'<div>{escape(each * _TIMES)}<a id="c{place}"></a></div>' for place, each in enumerate(characters)
    )
    anchors: dict[str, Any] = lay_out(f"<style>{style}</style>{lines}").pages[0].anchors
    for place, each in enumerate(characters):
        _known[each, bold] = anchors[f"c{place}"][0] / _MEASURED_PX / _TIMES
