"""What a part may be, as it is suggested."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from bank.models import LinePart
from bank.rules.evidence_text import says_return
from bank.services.kinds.interface import Piece


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a part may be: the pieces to explain it with, the points, and what speaks for it. `contradicts` says what
    speaks against it; a certain one is booked without a person. `rule_id` is the rule that it comes from, if any.

    `seen` are the payments that were not at the bank when it was made. `named` are the open items that the line names;
    unless it `may_spread`, a new payment is applied to no others.
    """

    pieces: tuple[Piece, ...]
    title: str
    points: int
    because: tuple[str, ...]
    customer_id: UUID | None = None
    is_certain: bool = False
    contradicts: str = ""
    rule_id: UUID | None = None
    named: tuple[UUID, ...] = ()
    may_spread: bool = True
    seen: frozenset[UUID] = frozenset()


def marked_as_return(part: LinePart) -> str:
    """What says that the part is money that came back, in words; "" when nothing does."""
    if part.mark in ("return", "reversal"):
        code = f" {part.return_code}" if part.return_code else ""
        return f"the bank marks it as a {part.mark}{code}"
    if part.return_code and part.mark != "charge":
        return f"it has the return code {part.return_code}"
    word = says_return(part.text)
    return f"its text says {word.lower()}" if word else ""
