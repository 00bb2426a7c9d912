"""Uploaded tables: read whole within the limits of `core.files.uploads`, or refused before any row is checked."""

from __future__ import annotations

from collections.abc import Sequence

from batconnect.core.files.uploads import MAX_BYTES, TooHeavy
from batconnect.core.kernel.errors import InvalidInput, TooLarge
from ledger.errors import UNREADABLE_FILE
from ledger.rules.tables import UnreadableTable, read_table


def read_rows(
    *, content: bytes, required: Sequence[str], known: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV file as `ledger.rules.tables.read_table` gives them.

    Raises InvalidInput `unreadable_file`, TooLarge above 10,000 rows, 200 columns or 10,485,760 bytes.
    """
    if len(content) > MAX_BYTES:
        raise TooLarge(f"The file has {len(content):,} bytes; at most {MAX_BYTES:,} are accepted.")
    try:
        return read_table(content, required=required, known=known)
    except TooHeavy as error:
        raise TooLarge(str(error), field="file") from error
    except UnreadableTable as error:
        raise InvalidInput(str(error), code=UNREADABLE_FILE, field="file") from error
