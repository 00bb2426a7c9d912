"""What is refused of a statement's file."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code


def _file(code: str, title: str, remedy: str) -> str:
    return declare_code(code, status=400, title=title, remedy=remedy)


# What `bank.readers.refusals` refuses; xml_forbidden is declared by payment batches.
FILE_CODES: Final = (
    _file("empty_file", "The file is empty", "Export the statement again and send that file."),
    _file("file_too_large", "The file is too large", "Ask the bank for shorter periods."),
    _file("too_many_lines", "More lines than are read at once", "Ask the bank for shorter periods."),
    _file("file_too_heavy", "The file is heavier than its lines make it", "Send the bank's file as it came."),
    _file("not_a_statement", "Not a bank statement", "Send CAMT.053, MT940, BAI2, OFX, CSV or XLSX."),
    _file("not_final", "An interim report, not the statement", "Wait for the day's CAMT.053, and send that."),
    _file("details_of_a_statement", "Details of a statement", "Send the CAMT.053 that they belong to."),
    _file(
        "not_a_bank_account", "A statement of another kind of account", "Send the bank account's statement."
    ),
    _file("payment_batch", "A payment batch, not a statement", "Send it to POST …/payment-batches."),
    "xml_forbidden",
    _file("xml_unreadable", "XML that cannot be read", "Send the bank's file as it came."),
    _file("encoding_unreadable", "Text in no known encoding", "Say the encoding in the mapping."),
    _file(
        "checksum_differs", "The file's own sums differ", "Download the file again: a part of it is missing."
    ),
    _file("statement_unreadable", "The statement cannot be read", "Download the file again, unchanged."),
    _file("mapping_missing", "The columns are not named", "Make a mapping of the columns, and name it."),
    _file("mapping_differs", "The file does not have these columns", "Choose or correct the mapping."),
)
