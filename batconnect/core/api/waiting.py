"""The answer of a call whose action waits for a second person: 202 with the request's id."""

from __future__ import annotations

from typing import Final

from rest_framework.response import Response

from batconnect.core.api.answers import Answer, Choice, Id, Money, Text
from batconnect.core.approvals.messages import waiting_document
from batconnect.core.models import Approval

EXPLAINED: Final = (
    "Above the company's limit the answer is 202: another user decides, and nothing is posted until then."
)


class Waiting(Answer):
    """What was asked for, and waits."""

    approval_request_id = Id("f1")
    status = Choice(Approval.Status)
    kind = Text("void")
    amount = Money("5000.00", null=True)
    message = Text(
        "Void of PAY-2026-001 over 5,000.00 USD is above the limit of 1,000.00: it waits for a second person, "
        "and nothing is posted until then."
    )


def accepted(approval: Approval) -> Response:
    """202: it is stored what was asked for, and nothing else has happened."""
    return Response(waiting_document(approval), status=202)
