"""What makes two lines of statements the same (docs/domain.md#identity-of-a-line)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final

from bank.readers.interface import ParsedLine

_NO_REFERENCE: Final = frozenset({"NONREF", "NOREF", "NOTPROVIDED", "NOT PROVIDED", "NONE"})
_TAKEN_BACK: Final = frozenset({"reversal", "return"})
Alike = tuple[date, Decimal, str]
"""What lines of files of different formats have in common: day, amount, direction."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A line with what it is known by: `occurrence` counts lines alike of the file."""

    line: ParsedLine
    reference: str
    occurrence: int
    identity: str

    @property
    def alike(self) -> Alike:
        """What a file of another format would say of it as well."""
        return (self.line.booked_on, self.line.amount, self.line.direction)


def plain_reference(text: str) -> str:
    """The bank's reference in capitals; "" for blanks, zeros and what says that there is none."""
    plain = " ".join(text.upper().split())
    return "" if not plain.strip("0 ") or plain in _NO_REFERENCE else plain


def reference_of(line: ParsedLine) -> str:
    """The entry's reference, else that of its only detail."""
    own = plain_reference(line.bank_reference)
    if own or len(line.parts) != 1:
        return own
    return plain_reference(line.parts[0].reference)


def identify(lines: Sequence[ParsedLine]) -> list[Identified]:
    """The lines of one statement with their identities, in their order; entries that are not booked have one as well,
    which makes nothing known."""
    seen: Counter[tuple[str, ...]] = Counter()
    identified = []
    for line in lines:
        reference = reference_of(line)
        key = (line.status, *_said(line, reference))
        seen[key] += 1
        identified.append(Identified(line, reference, seen[key], _digest(key, seen[key])))
    return identified


def _said(line: ParsedLine, reference: str) -> tuple[str, ...]:
    values = (line.booked_on.isoformat(), f"{line.amount:.2f}", line.direction)
    if reference:
        return ("reference", reference, *values, "taken back" if line.mark in _TAKEN_BACK else "")
    words = (line.payer_name, line.payer_account, line.text or " ".join(each.text for each in line.parts))
    return ("text", *values, *(" ".join(each.upper().split()) for each in words))


def _digest(key: tuple[str, ...], occurrence: int) -> str:
    return sha256("\x1f".join((*key, str(occurrence))).encode()).hexdigest()
