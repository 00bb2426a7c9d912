"""An amount as checks spell it. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_ONES: Final = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ("", " thousand", " million")


def money_in_words(amount: Decimal) -> str:
    """`One thousand two hundred thirty-four and 56/100`; below a billion, not below zero."""
    cents = int(amount * 100)
    assert 0 <= cents < 10**11
    whole, part = divmod(cents, 100)
    groups = []
    for scale in _SCALES:
        whole, group = divmod(whole, 1000)
        if group:
            groups.append(_hundreds(group) + scale)
    spelled = " ".join(reversed(groups)) or "zero"
    return f"{spelled[0].upper()}{spelled[1:]} and {part:02d}/100"


def _hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    spelled = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if 0 < rest < len(_ONES):
        spelled.append(_ONES[rest])
    elif rest:
        tens, ones = divmod(rest, 10)
        spelled.append(_TENS[tens] + (f"-{_ONES[ones]}" if ones else ""))
    return " ".join(spelled)
