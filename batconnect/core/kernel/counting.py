"""What a JSON text holds, counted before anything is made of it.

Parsing first and counting afterwards would let a small body take much memory: `[[],[],[],…` becomes twenty times its
size. So the text is read once by a pattern that never goes back, and the first limit that is passed ends it.
"""

from __future__ import annotations

import json
import re
from typing import Final

DEEPEST: Final = 32
LONGEST_NAME: Final = 200
MAX_VALUES: Final = 20_000
# Rows by the thousand: batches and imports.
MAX_VALUES_OF_ROWS: Final = 250_000

# One match for each text (a colon behind it makes it a name), empty container, bracket and comma. Possessive
# throughout, and the end matches too: so no place is looked at twice, whatever the text is.
_TOKEN: Final = re.compile(
    r'[^"\[\]{},]*+(?:'
    r'"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:"(?P<name>\s*+:)?+|\\?+\Z)'
    r"|(?P<empty>\[\s*+\]|\{\s*+\})"
    r"|(?P<opens>[\[{])"
    r"|(?P<closes>[\]}])"
    r"|(?P<comma>,)"
    r"|\Z)",
    re.DOTALL,
)
# The longest spelling of one character is a surrogate pair: \ud83d\ude95
_LONGEST_SPELLING: Final = 12
# A well-formed text has at most so many tokens for a value: name, value, comma, and both brackets.
_TOKENS_OF_A_VALUE: Final = 5


class TooMuch(ValueError):
    """The text nests deeper, has longer names or more values than accepted."""


def count_values(text: str, *, limit: int) -> int:
    """The values in a JSON text: numbers, texts, literals, lists and objects. A malformed one may count less.

    Raises TooMuch above `limit` values, DEEPEST containers inside each other or LONGEST_NAME characters in a name.
    """
    values, depth = 1, 0
    for tokens, token in enumerate(_TOKEN.finditer(text), start=1):
        match token.lastgroup:
            case "comma":
                values += 1
            case "name":
                _check_name(token["text"])
            case "opens":
                values += 1
                depth += 1
            case "closes":
                depth -= 1
        if depth > DEEPEST or (depth == DEEPEST and token.lastgroup == "empty"):
            raise TooMuch(
                f"The JSON is nested too deeply: at most {DEEPEST} lists and objects inside each other."
            )
        if values > limit:
            raise TooMuch(f"The JSON has more than {limit:,} values; send less at once.")
        if depth < 0 or tokens > _TOKENS_OF_A_VALUE * (limit + 1):
            # Malformed before this place: the parser will say where.
            break
    return values


def _check_name(spelled: str) -> None:
    if len(spelled) <= LONGEST_NAME:
        return
    if len(spelled) <= LONGEST_NAME * _LONGEST_SPELLING:
        try:
            characters = len(json.loads(f'"{spelled}"'))
        except json.JSONDecodeError:
            return
    else:
        characters = len(spelled)
    if characters > LONGEST_NAME:
        raise TooMuch(
            f"The name {spelled[:40]!r}… has {characters:,} characters; at most {LONGEST_NAME} are accepted."
        )
