"""Categories as people write them: label or code, any case, singular or plural (DOMAIN 3)."""

from __future__ import annotations

import re
from typing import Final

from ledger.chart import Category

_NOT_LETTERS: Final = re.compile(r"[^A-Z]")


class UnknownCategory(ValueError):
    """The text names no category; the message lists them."""


def _spellings(category: Category) -> set[str]:
    """The code with its singular and its plural, letters only."""
    code = category.value
    found = {code, f"{code}S", f"{code}ES"}
    if code.endswith("ES"):
        found.add(code[:-2])
    if code.endswith("S"):
        found.add(code[:-1])
    return found


_KNOWN: Final = {spelling: category for category in Category for spelling in _spellings(category)}


def parse_category(text: str) -> Category:
    """The category that the text names: `Loans`, `loan`, `EZ-Pass`, `ezpasses`, `TAX`.

    Raises UnknownCategory, naming the categories there are.
    """
    found = _KNOWN.get(_NOT_LETTERS.sub("", text.upper())) if isinstance(text, str) else None
    if found is None:
        raise UnknownCategory(
            f"{text!r} is no category; there are {', '.join(each.label for each in Category)}."
        )
    return found
