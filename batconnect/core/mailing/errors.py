"""The refusals of mails."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound

MAIL_ADDRESS_INVALID: Final = declare_code(
    "mail_address_invalid",
    status=400,
    title="Not a mail address",
    remedy="Correct the address that the message names, or leave it out.",
)
MAIL_NOT_STOPPED: Final = declare_code(
    "mail_not_failed",
    status=409,
    title="The mail has not failed",
    remedy="Only mails that failed or bounced are sent again; send the document anew instead.",
)


class MailNotFound(NotFound):
    """404: no such mail in this company."""

    code = "mail_not_found"
    title = "No such mail"


class DocumentNotMailed(NotFound):
    """404: no document of this kind and number that is sent by mail."""

    code = "document_not_mailed"
    title = "No such document to send"
    remedy = "Check kind and number; GET /api/reference lists the kinds."
