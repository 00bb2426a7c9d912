"""Routing numbers of banks in the United States: nine digits, the last of which checks the others. Pure.

Rule: docs/domain.md#payee-accounts.
"""

from __future__ import annotations

from typing import Final

_WEIGHTS: Final = (3, 7, 1, 3, 7, 1, 3, 7, 1)
DIGITS: Final = len(_WEIGHTS)
# What the first two digits of an ABA routing number may be: Federal Reserve districts, thrifts, electronic, travelers'.
_PREFIXES: Final = frozenset((*range(13), *range(21, 33), *range(61, 73), 80))


def digits_of(text: str) -> str:
    """The text without the blanks and hyphens that people put into numbers."""
    return "".join(letter for letter in text if letter not in " -")


def routing_fault(text: str) -> str:
    """What is wrong with a routing number, as a sentence; empty for a good one."""
    number = digits_of(text)
    if not (number.isascii() and number.isdecimal()) or len(number) != DIGITS:
        return f"A routing number has {DIGITS} digits; this one has {len(number)} characters."
    if number == "0" * DIGITS or int(number[:2]) not in _PREFIXES:
        return f"No bank has a routing number that begins with {number[:2]}."
    if weighted_sum(number) % 10:
        return "The digits of the routing number do not fit its last one, which checks them: one of them is wrong."
    return ""


def weighted_sum(number: str) -> int:
    """3·d1 + 7·d2 + d3 + 3·d4 + …: a multiple of ten for a routing number."""
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=True))
