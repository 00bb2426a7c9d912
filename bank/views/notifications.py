"""The calls on what the bank says that lines consist of (docs/api.md#bank-statements)."""

from __future__ import annotations

from typing import Final

from rest_framework.request import Request
from rest_framework.response import Response

from bank.filters.statements import NotificationFilters
from bank.models import BankNotification
from bank.serializers.notifications import BankNotificationRow, notification_row
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, fetch_slice, read_limit_offset
from batconnect.core.api.schema import documented, paging_parameters

TAGS: Final = ["Bank"]
_ORDER: Final = Sorting(names={"created_at": ("id",)}, default="created_at")


class BankNotificationsView(CompanyView):
    """`GET /api/accounting/bank-notifications`."""

    required_permission = {"GET": "bank.view"}
    company_header_required = True

    @documented(
        "What entries of statements consist of, by CAMT.054, latest first",
        tags=TAGS,
        response=api_page_of(BankNotificationRow),
        parameters=[*filter_parameters(NotificationFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = BankNotification.objects.filter(company_id=self.actor.company_id)
        page = read_limit_offset(query)
        found, total = fetch_slice(
            apply_filters(NotificationFilters, query, rows), wanted=page, order=_ORDER.read(query)
        )
        return Response(
            {
                "results": [notification_row(each) for each in found],
                "total": total.rows,
                "limit": page.limit,
                "offset": page.offset,
                "total_is_estimate": total.is_estimate,
            }
        )
