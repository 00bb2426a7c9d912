"""The calls on lines of bank statements (docs/api.md#bank-statements)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bank.filters.statements import LineFilters
from bank.models import StatementLine
from bank.serializers.lines import (
    LineDecision,
    StatementLineDetail,
    StatementLineRow,
    etag_of_line,
    line_document,
    line_rows,
)
from bank.services.held_lines import decide_line, find_line
from bank.services.processing import wake_after_commit
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters

TAGS: Final = ["Bank"]
LINE_ORDER: Final = Sorting(names={"booked_on": ("booked_on", "id")}, default="booked_on")


class StatementLinesView(CompanyView):
    """`GET /api/accounting/statement-lines`."""

    required_permission = {"GET": "bank.view"}
    company_header_required = True

    @documented(
        "Lines of bank statements, latest day first",
        tags=TAGS,
        response=api_page_of(StatementLineRow),
        parameters=[*filter_parameters(LineFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = StatementLine.objects.filter(company_id=self.actor.company_id)
        return Response(
            api_page(query, apply_filters(LineFilters, query, rows), sorting=LINE_ORDER, shape_all=line_rows)
        )


class StatementLineView(CompanyView):
    """`GET /api/accounting/statement-lines/{id}`."""

    required_permission = {"GET": "bank.view"}
    company_header_required = True

    @documented(
        "A line of a bank statement, with its parts and what they became",
        tags=TAGS,
        response=StatementLineDetail,
        errors=["statement_line_not_found"],
    )
    def get(self, request: Request, line_id: UUID) -> Response:
        line = find_line(actor=self.actor, line_id=line_id)
        return Response(line_document(line), headers={"ETag": etag_of_line(line)})


class DecideLineView(CompanyView):
    """`POST …/statement-lines/{id}/decide`."""

    required_permission = {"POST": "bank.explain"}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Say of a held line whether it is known",
        tags=TAGS,
        description="One that is known is not booked again; one that is another is booked at once.",
        request=LineDecision,
        request_example={"is_known": True},
        response=StatementLineDetail,
        errors=["statement_line_not_found", "line_not_held", "not_the_same_line"],
    )
    def post(self, request: Request, line_id: UUID) -> Response:
        values = LineDecision.read(request.data)
        line = decide_line(
            actor=self.actor, line_id=line_id, is_known=values["is_known"], same_as=values.get("same_as")
        )
        # What waits may join on now.
        wake_after_commit(self.actor.company_id, [line.bank_account_id])
        return Response(line_document(line))
