"""What the ledger refuses, with its stable codes."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from ledger.chart import RECOVERED_CATEGORIES

REFERENCE_TAKEN: Final = declare_code(
    "reference_taken",
    status=409,
    title="Reference already used",
    remedy="Another obligation of this category has the reference; use a different one, or correct that obligation.",
)
REFERENCE_VOIDED: Final = declare_code(
    "reference_voided",
    status=409,
    title="Reference of a voided obligation",
    remedy="A voided obligation keeps its reference and is not raised again; use another reference.",
)
CATEGORY_NOT_RAISED: Final = declare_code(
    "category_not_raised",
    status=400,
    title="This category is not entered by hand",
    remedy=f"Enter one of {', '.join(RECOVERED_CATEGORIES)}, or send opening: true for an opening balance.",
)
UNKNOWN_CATEGORY: Final = declare_code(
    "unknown_category",
    status=400,
    title="Unknown category",
    remedy="Use one of the categories that the message lists.",
)
DATE_CLOSED: Final = declare_code(
    "date_closed",
    status=400,
    title="The books are closed for this day",
    remedy="Use a date after the company's closing date, which the message names.",
)
DATE_IN_FUTURE: Final = declare_code(
    "date_in_future",
    status=400,
    title="Date in the future",
    remedy="Use a date up to the company's today, which the message names.",
)
LEASE_REQUIRED: Final = declare_code(
    "lease_required",
    status=400,
    title="A driver's obligation has a lease",
    remedy="Send lease_id together with driver_id.",
)
DEBTOR_UNKNOWN: Final = declare_code(
    "debtor_unknown",
    status=400,
    title="No debtor",
    remedy="Send either customer_id, or driver_id and lease_id of a driver on that lease.",
)
ALREADY_VOIDED: Final = declare_code(
    "already_voided", status=409, title="Already voided", remedy="Nothing is left to do: it has been undone."
)
NOT_VOIDABLE: Final = declare_code(
    "not_voidable",
    status=409,
    title="Cannot be voided",
    remedy="A correction cannot itself be corrected; record the event again if it should stand.",
)
OBLIGATION_IN_USE: Final = declare_code(
    "obligation_in_use",
    status=409,
    title="Something is applied to it",
    remedy="Void what was applied or written off first, then the obligation.",
)
OWNED_BY_DOCUMENT: Final = declare_code(
    "owned_by_document",
    status=409,
    title="A document owns this obligation",
    remedy="Cancel the document that the message names, or write the obligation off.",
)
ABOVE_OUTSTANDING: Final = declare_code(
    "above_outstanding",
    status=400,
    title="More than is outstanding",
    remedy="Use at most the outstanding amount that the message names.",
)
NOT_OPEN: Final = declare_code(
    "obligation_not_open",
    status=409,
    title="Nothing is outstanding",
    remedy="The obligation is settled or voided.",
)
WRITE_OFF_PENDING: Final = declare_code(
    "write_off_pending",
    status=409,
    title="A write-off waits for approval",
    remedy="Approve or reject the pending request first.",
)
REASON_LENGTH: Final = declare_code(
    "reason_length",
    status=400,
    title="Reason too short or too long",
    remedy="Give a reason of 10 to 500 characters.",
)
DRIVER_NOT_ON_LEASE: Final = declare_code(
    "driver_not_on_lease",
    status=400,
    title="The driver is not on this lease",
    remedy="Use a lease that the driver is or has been on.",
)
