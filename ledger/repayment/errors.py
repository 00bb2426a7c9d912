"""What documents with a repayment schedule refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

START_NOT_SUNDAY: Final = declare_code(
    "start_week_not_sunday",
    status=400,
    title="The start week must begin on a Sunday",
    remedy="Send the Sunday on which the first installment falls due.",
)
START_TOO_EARLY: Final = declare_code(
    "start_week_too_early",
    status=400,
    title="The start week is before the document's date",
    remedy="Send a Sunday on or after the document's date, which the message names.",
)
SCHEDULE_TOO_LONG: Final = declare_code(
    "schedule_too_long",
    status=400,
    title="Too many installments",
    remedy="Use at most the amount that the message names, or change the repayment matrix.",
)
BANDS_WRONG: Final = declare_code(
    "bands_wrong",
    status=400,
    title="The bands do not fit together",
    remedy="Begin at 0.00, begin each band where the one before it ends, and leave the last one open.",
)
LEASE_NOT_DRIVEN: Final = declare_code(
    "lease_not_driven",
    status=400,
    title="Not an active lease of the driver",
    remedy="Choose one of the active leases that the step lists for the driver.",
)


NOT_LOWER: Final = declare_code(
    "not_lower",
    status=400,
    title="The amount is not lower",
    remedy="An amount is only lowered, and stays above zero; cancel the document to take all of it back.",
)
ABOVE_SCHEDULED: Final = declare_code(
    "above_scheduled",
    status=400,
    title="More than is scheduled",
    remedy="Use at most the principal that is still scheduled, which the message names.",
)


class InstallmentUsed(Conflict):
    """409: something has been applied to a posted installment, or it was written off."""

    code = "installment_used"
    title = "Something has come after"
    remedy = "Void the payments and the write-offs of the installment that the message names first."


class DocumentState(Conflict):
    """409: a loan or repair in this status does not allow it."""

    code = "document_state"
    title = "The document's status does not allow this"
    remedy = "Read the document again; the message names its status."


class AlreadyPosted(Conflict):
    """409: installments are posted, so the document can no longer be cancelled."""

    code = "installments_posted"
    title = "Installments are posted"
    remedy = "Put the document on hold, or write off what will not be paid."


class NothingScheduled(Conflict):
    """409: every installment is posted already."""

    code = "nothing_scheduled"
    title = "Nothing is left to post"
    remedy = "Every installment is posted; what is owed is paid like any other obligation."


def not_found(noun: str, number: str) -> NotFound:
    """The refusal for a document that is not there, or not this company's."""
    return NotFound(f"There is no {noun} {number[:40]}.")
