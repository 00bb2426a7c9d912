"""The report of what was received, deposited and is at the bank (docs/domain.md#received-deposited)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from bank.querysets.received import received_deposited
from bank.serializers.counter import (
    ReceivedDeposited,
    received_row,
)
from batconnect.core.api.base import CompanyView
from batconnect.core.api.schema import documented
from batconnect.core.api.times import read_day
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_DAYS: Final = 30


class ReceivedDepositedView(CompanyView):
    """`GET /api/accounting/reports/received-deposited`."""

    required_permission = {"GET": _VIEW}
    company_header_required = True

    @documented(
        "Received, deposited, at the bank",
        tags=_TAGS,
        description=(
            "By day and method, as the ledger has it: `here` at its end is what was there before, with what was "
            "received, counted over or short, or otherwise moved, less what was deposited; `in_transit` is what was "
            "deposited and no line of a statement has shown."
        ),
        parameters=[
            OpenApiParameter("date_from", date, description=f"Default: {_DAYS} days before `date_to`."),
            OpenApiParameter("date_to", date, description="Default: the company's today."),
            OpenApiParameter("currency", str),
        ],
        response=ReceivedDeposited,
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        last = read_day(query, "date_to") or today(self.actor.company)
        first = read_day(query, "date_from") or last - timedelta(days=_DAYS)
        if first > last:
            raise InvalidInput(f"{first} is after {last}.", field="date_from")
        rows = received_deposited(
            actor=self.actor, first=first, last=last, currency=query.get("currency", "")
        )
        return Response({"date_from": first, "date_to": last, "rows": [received_row(each) for each in rows]})
