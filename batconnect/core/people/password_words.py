"""Words that a stranger tries first at this installation (docs/security.md#passwords)."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import ValidationError

from batconnect.core.models import Company

WORDS: Final = ("batconnect", "medallion", "yellowcab", "taxicab", "leasing", "cashier", "administrator")
"""The product, the trade, and the roles of people; the names of one's own companies come from the database."""
_SHORTEST_REST: Final = 8
"""Characters that must be left of a password when such words, digits and signs are taken out of it."""


class WordsOfOursValidator:
    """Refuses a password that is little more than words of the product, the trade, or the person's companies."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError."""
        rest = password.casefold()
        words = sorted({*WORDS, *_names_of_companies(user)}, key=len, reverse=True)
        if not any(word in _letters(rest) for word in words):
            return
        rest = _letters(rest)
        for word in words:
            rest = rest.replace(word, "")
        if len(rest) < _SHORTEST_REST:
            raise ValidationError(
                "The password is little more than words that everybody here knows: add words of your own."
            )

    def get_help_text(self) -> str:
        """What the form says about it."""
        return "Your password can’t be made of the names of the product, your company or your role."


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text)


def _names_of_companies(user: Any) -> set[str]:
    home = getattr(user, "home_company_id", None)
    names = Company.objects.filter(pk=home).values_list("name", flat=True) if home else []
    return {word for name in names for word in map(_letters, name.casefold().split()) if len(word) > 3}
