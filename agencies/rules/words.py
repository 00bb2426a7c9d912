"""What an agency says of an amount at one time, and what a later word means (docs/domain.md#agency-changes)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from agencies.rules.fields import TRIPS
from batconnect.core.kernel.money import ZERO, format_amount

Word = tuple[Decimal, Decimal, Decimal]
"""Fine, penalty and reduction; of a trip what the card paid, the processor's fee and what is held for authorities."""
_HIGHER: Final = "The penalty is {} now, it was {}."
_LOWER: Final = "The reduction is {} now, it was {}."


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word means after another: what it adds and takes off, and whether a person has to decide."""

    raised: Decimal
    lowered: Decimal
    is_conflict: bool
    message: str


def as_kept(word: Word) -> list[str]:
    """The word as it is stored."""
    return [f"{each:.2f}" for each in word]


def is_known(word: Word, current: Word, others: Sequence[Sequence[str]]) -> bool:
    """Whether the agency said the same before, now or at another time: a file that is older adds nothing."""
    return word == current or as_kept(word) in [list(each) for each in others]


def meaning(kind: str, word: Word, before: Word) -> Meaning:
    """What the word means after the one before: a penalty and a reduction that are named speak for themselves, another
    fine, toll or trip is a conflict."""
    total, earlier = _cost(kind, word), _cost(kind, before)
    if kind == TRIPS or word[0] != before[0]:
        raised, lowered = max(total - earlier, ZERO), max(earlier - total, ZERO)
        if raised == lowered == ZERO:
            # The parts differ, and what it comes to does not: there is something to look at all the same.
            raised = lowered = (
                abs(word[0] - before[0]) or abs(word[1] - before[1]) or abs(word[2] - before[2])
            )
        message = f"It cost {format_amount(earlier)} before, the file says {format_amount(total)}."
        return Meaning(raised, lowered, is_conflict=True, message=message)
    more, less = word[1] - before[1], word[2] - before[2]
    told = [
        text.format(format_amount(now), format_amount(was))
        for text, now, was in ((_HIGHER, word[1], before[1]), (_LOWER, word[2], before[2]))
        if now != was
    ]
    return Meaning(
        raised=max(more, ZERO) + max(-less, ZERO),
        lowered=max(less, ZERO) + max(-more, ZERO),
        is_conflict=False,
        message=" ".join(told),
    )


def _cost(kind: str, word: Word) -> Decimal:
    """What it comes to: of a trip what the driver earns of it."""
    return word[0] - word[1] if kind == TRIPS else word[0] + word[1] - word[2]
