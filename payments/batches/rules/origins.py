"""Which failed row a row of an errors file that came back corrects (docs/adr/0058-rows-repaired-in-place.md)."""

from __future__ import annotations

import re
from typing import Final

ORIGIN: Final = "error_row"
_WRITTEN: Final = re.compile(r"(BATCH-[0-9-]{1,24})/([1-9][0-9]{0,4})")


def write_origin(batch_number: str, row_no: int) -> str:
    """As the errors file names a row."""
    return f"{batch_number}/{row_no}"


def read_origin(text: str) -> tuple[str, int] | None:
    """The batch's number and the row that the text names; None for any other text, which is not read."""
    written = _WRITTEN.fullmatch(text.strip().upper())
    return (written[1], int(written[2])) if written else None
