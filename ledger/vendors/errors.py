"""What vendors and their bills refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class VendorNotFound(NotFound):
    """404: no such vendor in this company."""

    code = "vendor_not_found"
    title = "No such vendor"
    remedy = "Take an id of GET /api/accounting/vendors."


class BillNotFound(NotFound):
    """404: no such bill in this company."""

    code = "vendor_bill_not_found"
    title = "No such bill"
    remedy = "Take an id of GET /api/accounting/vendor-bills."


class VendorCreditNotFound(NotFound):
    """404: the vendor owes us nothing under this id."""

    code = "vendor_credit_not_found"
    title = "No such credit of a vendor"
    remedy = "Take an id of the vendor's credits, GET /api/accounting/vendor-credits."


class BillTaken(Conflict):
    """409: the vendor's bill is there already."""

    code = "vendor_bill_taken"
    title = "The bill is there already"
    remedy = (
        "Look at the bill that the message names; void it, if it is wrong and unpaid, and enter it again."
    )


class BillNotOpen(Conflict):
    """409: nothing is open on the bill."""

    code = "vendor_bill_not_open"
    title = "Nothing is open on the bill"
    remedy = "The bill is paid or voided."


class BillPaid(Conflict):
    """409: a bill of which something was paid is not voided."""

    code = "vendor_bill_paid"
    title = "Something was paid on the bill"
    remedy = "Stop the payment first, or enter the vendor's credit note."


class AboveOpen(Conflict):
    """409: more than what is open."""

    code = "above_open"
    title = "More than is open"
    remedy = "Use at most the amount that the message names."


VENDOR_TAKEN: Final = declare_code(
    "vendor_taken",
    status=409,
    title="The vendor's number is taken",
    remedy="Use another number, or leave it out to get the next one.",
)
VENDOR_CLOSED: Final = declare_code(
    "vendor_closed",
    status=400,
    title="The vendor is closed",
    remedy="Open the vendor again, or choose another.",
)
OTHER_VENDOR: Final = declare_code(
    "other_vendor",
    status=400,
    title="They belong to different vendors",
    remedy="A payment, and a credit that is used, are of one vendor and currency.",
)
NOT_AN_EXPENSE: Final = declare_code(
    "not_an_expense",
    status=400,
    title="A bill does not debit this account",
    remedy="Name one of the categories or accounts that the message lists.",
)
BILL_INCOMPLETE: Final = declare_code(
    "bill_incomplete",
    status=400,
    title="The agency's bill cannot be added up",
    remedy="Correct the rows that cannot be read: the bill is the sum of all rows of the file.",
)
