"""What the running balance behind a table's rows proves: their order, direction, opening and closing.

Rule: docs/domain.md#statement-files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from bank.readers.interface import ParsedLine

Order = Literal["none", "up", "down", "broken", "opposite"]


@dataclass(frozen=True, slots=True)
class Chain:
    """`up` from the first row to the last, `down` from the last to the first; `opposite` where it follows only with
    every sign turned; `broken_at` is the place of the row that it does not follow at."""

    order: Order
    opening: Decimal | None = None
    closing: Decimal | None = None
    broken_at: int = 0


def follow(lines: Sequence[ParsedLine]) -> Chain:
    """Follow the balances of at least two lines that all have one."""
    if len(lines) < 2 or not any(each.balance is not None for each in lines):
        return Chain("none")
    if any(each.balance is None for each in lines):
        return Chain("none")
    up, down = _breaks(lines, 1), _breaks(lines[::-1], 1)
    if not up:
        return Chain("up", _before(lines[0]), lines[-1].balance)
    if not down:
        return Chain("down", _before(lines[-1]), lines[0].balance)
    if not _breaks(lines, -1) or not _breaks(lines[::-1], -1):
        return Chain("opposite")
    return Chain("broken", broken_at=up[0] if len(up) <= len(down) else down[0])


def _before(line: ParsedLine) -> Decimal:
    assert line.balance is not None
    return line.balance - line.signed


def _breaks(lines: Sequence[ParsedLine], sign: int) -> list[int]:
    """The places of the lines whose balance is not the one before and their amount."""
    places = []
    for before, line in pairwise(lines):
        assert before.balance is not None
        if line.balance != before.balance + sign * line.signed:
            places.append(line.place)
    return places
