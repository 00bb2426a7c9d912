"""The HTTP endpoints of payouts that came back (docs/api.md#payout-batches)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from batconnect.core.api.answers import screen_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import filter_parameters
from batconnect.core.api.paging import Sorting, screen_page
from batconnect.core.api.schema import documented, paging_parameters
from ledger.paying.filters import ReturnFilters
from ledger.paying.models import PayoutReturn
from ledger.paying.querysets import returns
from ledger.paying.serializers.batches import (
    PayoutReturnInput,
    PayoutReturnRow,
    PayoutReturnsInput,
    PayoutReturnsRecorded,
    return_row,
)
from ledger.paying.services.returns import record_return, record_returns

TAGS: Final = ["Payouts"]
RECORD: Final = "ledger.return_payout"


class ReturnsView(CompanyView):
    """`/ledger/payout-returns`."""

    required_permission = {"GET": "ledger.view", "POST": RECORD}

    @documented(
        "What banks said of payouts, latest first",
        tags=TAGS,
        response=screen_page_of(PayoutReturnRow),
        parameters=[*filter_parameters(ReturnFilters), *paging_parameters(screen=True)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = ReturnFilters(query, queryset=returns(actor=self.actor)).checked()
        order = Sorting(names={"recorded_at": ("id",)}, default="recorded_at")
        return Response(screen_page(query, rows, sorting=order, shape=return_row))

    @documented(
        "Carry out a bank's file of returns",
        tags=TAGS,
        description=(
            "A return (R…) makes its payout due again; a notification of change (C…) proposes the corrected account to "
            "a second person. An unknown trace number is listed and changes nothing; the same file again neither."
        ),
        request=PayoutReturnsInput,
        request_example={"file_name": "returns.ach", "content": "101 1234567890 0210000212510150905A094101"},
        response=PayoutReturnsRecorded,
        errors=["unreadable_returns"],
    )
    def post(self, request: Request) -> Response:
        body = PayoutReturnsInput(data=request.data)
        body.is_valid(raise_exception=True)
        content = body.validated_data["content"].encode()
        done = record_returns(actor=self.actor, content=content, file_name=body.validated_data["file_name"])
        outcomes = [each.outcome for each in done]
        return Response(
            {
                "returned": outcomes.count(PayoutReturn.Outcome.RETURNED),
                "proposed": outcomes.count(PayoutReturn.Outcome.PROPOSED),
                "unknown": outcomes.count(PayoutReturn.Outcome.UNKNOWN),
                "entries": [return_row(each) for each in done],
            }
        )


class ReturnView(CompanyView):
    """`POST /ledger/payouts/{id}/return`."""

    required_permission = {"POST": RECORD}

    @documented(
        "Record that a payout came back, or that a check is void",
        tags=TAGS,
        description="What it covered is due again, as the next attempt; the figures of the DTRs stay.",
        request=PayoutReturnInput,
        request_example={"code": "R03"},
        response=PayoutReturnRow,
        errors=[
            *(
                "payout_not_found",
                "bad_return_code",
                "payout_cannot_return",
                "check_not_stale",
                "not_in_transit",
            ),
            "payout_not_returnable",
        ],
    )
    def post(self, request: Request, payout_id: UUID) -> Response:
        body = PayoutReturnInput(data=request.data)
        body.is_valid(raise_exception=True)
        done = record_return(actor=self.actor, payout_id=payout_id, **body.validated_data)
        return Response(return_row(returns(actor=self.actor).get(id=done.id)))
