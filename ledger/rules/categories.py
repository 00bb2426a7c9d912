"""Categories as people write them: label or code, any case, singular or plural.

Rule: docs/domain.md#obligations.
"""

from __future__ import annotations

import re
from typing import Final

from ledger.chart import Category

_NOT_LETTERS: Final = re.compile(r"[^A-Z]")
SPELLINGS: Final = {text: category for category in Category for text in (category.value, category.spelling)}


class UnknownCategory(ValueError):
    """The text does not name a category; the message lists them."""


def parse_category(text: str) -> Category:
    """The category that the text names: `Loans`, `loan`, `EZ-Pass`, `ezpasses`, `TAX`.

    Raises UnknownCategory, listing the categories.
    """
    category = SPELLINGS.get(_NOT_LETTERS.sub("", text.upper()))
    if category is None:
        raise UnknownCategory(
            f"{text[:40]!r} is not a category. Categories: {', '.join(each.label for each in Category)}."
        )
    return category


def category_rows() -> list[dict[str, str]]:
    """Every category with its label, as `GET /api/reference` lists them."""
    return [{"code": each.value, "label": each.label} for each in Category]
