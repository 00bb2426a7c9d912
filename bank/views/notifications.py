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
from batconnect.core.api.paging import Sorting, api_page
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
        return Response(
            api_page(
                query, apply_filters(NotificationFilters, query, rows), sorting=_ORDER, shape=notification_row
            )
        )
