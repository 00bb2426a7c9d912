"""What is refused of unidentified receipts."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

RECEIPT_EXPLAINED: Final = declare_code(
    "receipt_explained",
    status=409,
    title="A receipt of it is explained",
    remedy="Take the explanation back first.",
)


class ReceiptNotFound(NotFound):
    """404: no such unidentified receipt in this company."""

    code = "receipt_not_found"
    title = "No such unidentified receipt"
    remedy = "Take the id from the list; a receipt of another company is not found."


class ReceiptNotOpen(Conflict):
    """409: the receipt is matched or voided already."""

    code = "receipt_not_open"
    title = "Receipt not open"
    remedy = "Read the list again: only open receipts can be matched."


class ReceiptNotMatched(Conflict):
    """409: there is no match to take back."""

    code = "receipt_not_matched"
    title = "Receipt not matched"
    remedy = "Read the list again: only a matched receipt can be taken back."
