"""What people and clients are told of something that waits for a second person."""

from __future__ import annotations

from typing import Any

from batconnect.core.kernel.money import format_amount
from batconnect.core.models import Approval


def describe_waiting(approval: Approval) -> str:
    """What is above which limit, and that nothing is done yet."""
    why = ""
    if approval.limit_then is not None:
        before = f" with the {format_amount(approval.counted)} before it" if approval.counted else ""
        why = f"{before} is above the limit of {format_amount(approval.limit_then)}: it"
    return f"{approval.title}{why} waits for a second person, and nothing is posted until then."


def waiting_document(approval: Approval) -> dict[str, Any]:
    """The body of a 202: what was asked for waits under this id."""
    return {
        "approval_request_id": approval.id,
        "status": str(approval.status),
        "kind": approval.kind,
        "amount": approval.amount,
        "message": describe_waiting(approval),
    }
