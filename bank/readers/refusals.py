"""What a file is that is not a statement to be booked, by its right name.

Rule: docs/domain.md#statement-files. The codes are stable; `CODES` has all of them with what each means.
"""

from __future__ import annotations

from typing import Final

from bank.readers.interface import MAX_LINES, UnreadableStatement

EMPTY: Final = "empty_file"
TOO_LARGE: Final = "file_too_large"
TOO_MANY_LINES: Final = "too_many_lines"
TOO_HEAVY: Final = "file_too_heavy"
WRONG_FILE: Final = "not_a_statement"
NOT_FINAL: Final = "not_final"
DETAILS_ONLY: Final = "details_of_a_statement"
OTHER_ACCOUNT: Final = "not_a_bank_account"
PAYMENT_BATCH: Final = "payment_batch"
XML_FORBIDDEN: Final = "xml_forbidden"
BAD_XML: Final = "xml_unreadable"
BAD_ENCODING: Final = "encoding_unreadable"
BAD_CHECKSUM: Final = "checksum_differs"
BAD_STRUCTURE: Final = "statement_unreadable"
MAPPING_MISSING: Final = "mapping_missing"
MAPPING_DIFFERS: Final = "mapping_differs"

CODES: Final = {
    EMPTY: "The file is empty",
    TOO_LARGE: "The file is too large",
    TOO_MANY_LINES: "More lines than a statement may have",
    TOO_HEAVY: "The file is heavier than its lines make it",
    WRONG_FILE: "Not a bank statement",
    NOT_FINAL: "An interim report, not the statement",
    DETAILS_ONLY: "Details of a statement",
    OTHER_ACCOUNT: "A statement of another kind of account",
    PAYMENT_BATCH: "A payment batch, not a statement",
    XML_FORBIDDEN: "XML with a document type",
    BAD_XML: "XML that cannot be read",
    BAD_ENCODING: "Text in no known encoding",
    BAD_CHECKSUM: "The file's own sums differ",
    BAD_STRUCTURE: "The statement cannot be read",
    MAPPING_MISSING: "The columns are not named",
    MAPPING_DIFFERS: "The file does not have these columns",
}


def refuse(code: str, message: str) -> UnreadableStatement:
    """The refusal of the whole file."""
    assert code in CODES
    return UnreadableStatement(code, message)


def too_many_lines() -> UnreadableStatement:
    """The refusal of a file with more lines than are read at once."""
    return refuse(
        TOO_MANY_LINES, f"At most {MAX_LINES:,} lines at once; the file has more: ask for shorter periods."
    )
