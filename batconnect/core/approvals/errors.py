"""What the second person's mechanism refuses, with its stable codes."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound

ALREADY_DECIDED: Final = declare_code(
    "already_decided",
    status=409,
    title="Already decided",
    remedy="The request was approved or rejected before.",
)
SECOND_PERSON: Final = declare_code(
    "second_person_required",
    status=403,
    title="Another person must decide",
    remedy="Let a colleague with the right approve or reject what you asked for.",
)
NEEDS_PERSON: Final = declare_code(
    "approval_needs_person",
    status=403,
    title="A person must ask for this",
    remedy="For an amount above the company's limit, one person has to ask and another to approve.",
)
PENDING: Final = declare_code(
    "approval_pending",
    status=409,
    title="Waiting for approval",
    remedy="Approve or reject the pending request that the message names first.",
)


class ApprovalNotFound(NotFound):
    """There is no such request in this company, or none of this kind."""

    code = "approval_request_not_found"
