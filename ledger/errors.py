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
DATE_TOO_OLD: Final = declare_code(
    "date_too_old",
    status=400,
    title="The day is too long ago",
    remedy="Use a date from the company's oldest bookable day on, which the message names.",
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
    remedy="Void what was applied, credited or written off first, then the obligation; or credit the rest of it.",
)
OWNED_BY_DOCUMENT: Final = declare_code(
    "owned_by_document",
    status=409,
    title="A document owns this obligation",
    remedy="Cancel the document that the message names, credit what is wrong, or write off what will not be paid.",
)
ABOVE_OUTSTANDING: Final = declare_code(
    "above_outstanding",
    status=400,
    title="More than is outstanding",
    remedy="Use at most the outstanding amount that the message names.",
)
ABOVE_WRITTEN_OFF: Final = declare_code(
    "above_written_off",
    status=400,
    title="More than was written off",
    remedy="Recover at most what is written off of the obligation; the message names it.",
)
NOT_A_CHARGE: Final = declare_code(
    "not_a_charge",
    status=409,
    title="Not a charge that finance entered",
    remedy="Only a toll, violation, ticket, tax or miscellaneous charge that stands gets a penalty or is moved; "
    "correct what a document raised by its document.",
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
OPENING_LOCKED: Final = declare_code(
    "opening_locked",
    status=409,
    title="The opening of the books is locked",
    remedy="Raise the charge as what it is, or correct what was opened by a credit memo.",
)
UNKNOWN_AUTHORITY: Final = declare_code(
    "unknown_authority",
    status=400,
    title="No such tax authority",
    remedy="Leave it out to hold the tax for `other`, or name a code of GET /api/accounting/tax-authorities.",
)
