"""What batches refuse: whole files by a refusal, single rows by a code that the row keeps."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, InvalidInput, NotFound


class BatchNotFound(NotFound):
    """404: no such batch in this company."""

    code = "batch_not_found"
    title = "No such batch"
    remedy = "Check the id; a batch of another company is not found."


class SameFile(Conflict):
    """409: the same file or list was taken before; the answer carries the earlier batch."""

    code = "same_file"
    title = "The same file again"
    remedy = "Look at the earlier batch; send force=true to take the file again."


class BatchFinished(Conflict):
    """409: no row is waiting anymore."""

    code = "batch_finished"
    title = "Nothing left to cancel"
    remedy = "Undo the batch by its operation_id instead."


class BatchRunning(Conflict):
    """409: rows of the batch are still waiting."""

    code = "batch_running"
    title = "The batch is still running"
    remedy = "Wait until it is finished, or cancel it first."


class NothingFailed(Conflict):
    """409: there is no failed row to try again."""

    code = "nothing_failed"
    title = "No failed rows"
    remedy = "Only failed rows can be retried."


class NothingHeld(Conflict):
    """409: there is no held row to decide on."""

    code = "nothing_held"
    title = "No held rows"
    remedy = "Read the batch again: its held rows have been decided, or it was undone."


class RowsNotHeld(Conflict):
    """409: a row that is named is not held, or is no longer held."""

    code = "rows_not_held"
    title = "Rows that are not held"
    remedy = "Read the batch again and name rows that it lists as held."


class RepeatGone(Conflict):
    """409: a held row is to be dropped, but the payment that it repeats was voided."""

    code = "repeat_gone"
    title = "It repeats nothing anymore"
    remedy = "Pay the rows: nothing else pays them now. Afterwards void what should not have been paid."


class RowNotFound(NotFound):
    """404: the batch has no such row."""

    code = "row_not_found"
    title = "No such row"
    remedy = "Check the number: rows count from 1, the first below the headings."


class RowNotFailed(Conflict):
    """409: only failed rows are repaired."""

    code = "row_not_failed"
    title = "The row is not failed"
    remedy = "Read the row again: somebody repaired it, or it was done meanwhile."


class RowNotEditable(Conflict):
    """409: what a bank said is not rewritten."""

    code = "row_not_editable"
    title = "A bank's line is not rewritten"
    remedy = "Import the statement in which it is right."


class RowSuperseded(Conflict):
    """409: the row came back in another file, and is corrected there."""

    code = "row_superseded"
    title = "The row was sent again"
    remedy = "Repair it in the batch that the message names."


class UnreadableFile(InvalidInput):
    """400: the file as a whole cannot be taken; nothing of it was stored."""

    code = "unreadable_batch_file"
    title = "The file cannot be read"
    remedy = "Save it as CSV in UTF-8, or take the template."


def _file(code: str, title: str, remedy: str) -> str:
    return declare_code(code, status=400, title=title, remedy=remedy)


FILE_ENCODING: Final = _file("file_encoding", "Not UTF-8", "Save the file as CSV in UTF-8.")
FILE_NUL: Final = _file(
    "file_has_nul", "NUL characters in the file", "Save the file as CSV; it is not a text file."
)
FILE_NOT_TEXT: Final = _file(
    "file_not_text", "Not a text file", "Unpack it, or export it as CSV or, for a bank feed, as CAMT.053."
)
FILE_EMPTY: Final = _file("file_empty", "No rows", "Send at least one row below the headings.")
FILE_QUOTING: Final = _file(
    "file_quoting", "The quotes do not match", "Close the quote in the line that the message names."
)
CELL_TOO_LONG: Final = _file(
    "cell_too_long", "A cell is too long", "Look for an unclosed quote in the line that the message names."
)
MISSING_COLUMN: Final = _file(
    "missing_column",
    "A column is missing",
    "Add the headings that the message names; the template has all of them.",
)
DUPLICATE_COLUMN: Final = _file(
    "duplicate_column", "A column appears twice", "Remove one of the columns with the same heading."
)
TOO_MANY_ROWS: Final = _file("too_many_rows", "Too many rows", "Split the file; the message names the limit.")
TOO_MANY_COLUMNS: Final = _file(
    "too_many_columns",
    "Too many columns",
    "Leave out the columns that are not needed; the message names the limit.",
)
TOO_MUCH_XML: Final = _file(
    "too_much_xml", "Too much XML", "Split the statement by day; the message names the limit."
)
BAD_XML: Final = _file("bad_xml", "No CAMT.053 statement", "Send the bank's CAMT.053 file as it came.")
XML_FORBIDDEN: Final = _file(
    "xml_forbidden", "Entities and document types are refused", "Send the bank's CAMT.053 file as it came."
)
UNKNOWN_MAPPING: Final = _file(
    "unknown_mapping",
    "No such column mapping",
    "Name one of the company's statement mappings, or add one in the console.",
)

# Codes that rows keep, with the hint that goes with each.
HINTS: Final = {
    "required": "Fill the cell.",
    "unknown_customer": "Check the id or the reference; add the customer first, then retry the row.",
    "ambiguous_customer": "Name one of them by entity_id, or by what only this customer has.",
    "contradicting_customers": "Correct the columns, or clear all but the one that is right.",
    "not_money": "Write the amount as 1234.56 or 1,234.56, with a point before the cents.",
    "not_positive": "Enter an amount above zero; to refund, open the payment and refund it there.",
    "unknown_method": "Use a payment method that GET /api/reference lists.",
    "unknown_currency": "Use a currency that GET /api/reference lists.",
    "unknown_strategy": "Use a strategy that GET /api/reference lists, or leave the cell empty for fifo.",
    "option_missing": "Import it with another strategy, or without one, and allocate it separately.",
    "not_a_date": "Write the date as 2026-01-31 or 01/31/2026.",
    "date_in_future": "Correct the date, or wait for that day and retry the row.",
    "date_closed": "Correct the date: the books of that day are closed.",
    "date_too_old": "Correct the date: days so long ago are not booked any more.",
    "duplicate_row": "Remove the row, or, if it is a second payment, give it its own reference number.",
    "reference_paid": "Remove the row, or, if it is a different payment, give it a different reference number.",
    "row_superseded": "Remove the row, or clear error_row if it is another payment.",
    "too_long": "Shorten the text.",
    "not_a_flag": "Write yes or no.",
    "wrong_cell_count": "Put quotes around cells that contain the delimiter.",
    "not_a_credit": "Money that went out is not a customer's payment: book it where it belongs.",
    "not_booked": "Import the later statement in which it is booked.",
    "statement_held": "Decide on the statement where the bank's statements are listed.",
    "line_held": "Decide on the line where the bank's statements are listed; one of a later day is booked then.",
    "refused_by_database": "Report it with the request_id; none of the row was stored.",
    "unstorable_text": "Remove the control characters.",
    "unreadable_row": "Correct the row as the message says.",
}
