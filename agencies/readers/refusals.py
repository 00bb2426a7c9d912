"""Why a file of an agency cannot be read at all; what is wrong with one record is a `Problem` of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agencies.errors import FILE_EMPTY, FILE_UNREADABLE, HEADINGS_MISSING

NOT_A_TABLE: Final = FILE_UNREADABLE
EMPTY: Final = FILE_EMPTY
NO_HEADINGS: Final = HEADINGS_MISSING
TOO_LARGE: Final = "too_large"


class UnreadableFile(ValueError):
    """The file is not a table that can be taken; `code` is one of this module's, the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one record: the field, a stable code, and what to do."""

    field: str
    code: str
    message: str


class BadCell(ValueError):
    """A cell has no one reading."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
