"""What the app of repairs refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict

UNKNOWN_WORKSHOP: Final = declare_code(
    "unknown_workshop",
    status=400,
    title="Unknown workshop type",
    remedy="Send Big Apple Workshop or External Workshop.",
)
NOT_A_DOCUMENT: Final = declare_code(
    "not_a_document",
    status=400,
    title="Not an accepted document",
    remedy="Send a PDF, JPEG or PNG as the multipart field file.",
)


class InvoiceTaken(Conflict):
    """409: the vehicle already has an invoice with this number and date."""

    code = "invoice_taken"
    title = "Invoice already entered"
    remedy = "The message names the repair that has it; cancel that one if it was entered by mistake."
