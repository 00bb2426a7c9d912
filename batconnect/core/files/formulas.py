"""Texts that a spreadsheet would run as a formula: escaped on the way out, and read back as what they were."""

from __future__ import annotations

import re
from typing import Final

# What spreadsheets leave out before they look: blanks, controls, and characters of no width.
_UNSEEN: Final = r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"  # noqa: E501 - one class
# = + - @ in every width and height that NFKC folds to them, and the minus of mathematics.
_SIGNS: Final = (
    r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a\u207b\u207c\u208a\u208b\u208c\ufb29\u2212"
)
_FORMULA: Final = re.compile(f"[\t\r\n]|[{_UNSEEN}]*[{_SIGNS}]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may run the text when it stands in a cell."""
    return _FORMULA.match(text) is not None


def escape_formula(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would run it as a formula."""
    return f"'{text}" if is_formula(text) else text


def escape_reversibly(text: str) -> str:
    """`escape_formula` for files that come back: `unescape_formula` gives exactly the text again."""
    return f"'{text}" if is_formula(text.lstrip("'")) else text


def unescape_formula(text: str) -> str:
    """The text without the apostrophe that only keeps a spreadsheet from running it."""
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text
