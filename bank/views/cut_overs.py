"""The HTTP endpoints by which a bank account is cut over (docs/domain.md#bank-cut-over)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from bank.models import CutOverItem
from bank.serializers.cut_overs import (
    MOVED_COLUMNS,
    CutOverDocument,
    CutOverInput,
    CutOverItemRow,
    CutOverPlan,
    UndoCutOverInput,
    cut_over_document,
    item_row,
    moved_row,
    plan_document,
    read_wanted,
)
from bank.services.cut_over_items import MAY_BE_ORDER, count_may_be_at_bank, may_be_at_bank
from bank.services.cut_over_plans import Wanted, find_cut_over, methods_of, plan_cut_over
from bank.services.cutting_over import AGREE, ASK, ask_to_cut_over
from bank.services.feeds import find_account
from bank.services.undoing_cut_over import undo_cut_over
from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.cursors import Place, read_cursor, write_cursor
from batconnect.core.api.paging import Sorting, api_page, read_limit_offset
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.api.times import read_day

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_PLACE: Final = Place("cut_over_items", MAY_BE_ORDER, descending=False)
_PLANNED: Final = (
    *("bank_account_not_found", "cut_over_done", "cut_over_differs", "cut_over_too_long", "unknown_item"),
    *("unknown_explanation", "account_has_items", "date_in_future"),
)
_EXAMPLE: Final[dict[str, Any]] = {
    "day": "2025-12-31",
    "balance": "588.00",
    "leave_out": ["01900000-0000-7000-8000-0000000000d1"],
    "others": [{"account_code": "expense:bank_charges", "amount": "-12.00"}],
    "reason": "The bank's word from January on",
}


class CutOverView(CompanyView):
    """`/api/accounting/bank-accounts/{id}/cut-over`."""

    required_permission = {"GET": _VIEW, "POST": ASK}
    company_header_required = True
    idempotency = "required"

    @documented(
        "The cut-over of a bank account, as it stands or was taken back",
        tags=_TAGS,
        response=CutOverDocument,
        errors=["bank_account_not_found", "cut_over_not_found"],
    )
    def get(self, request: Request, bank_account_id: UUID) -> Response:
        find_account(actor=self.actor, bank_account_id=bank_account_id)
        return Response(cut_over_document(find_cut_over(actor=self.actor, bank_account_id=bank_account_id)))

    @documented(
        "Ask for the cut-over of a bank account",
        tags=_TAGS,
        description=(
            "What the cash accounts hold from up to that day moves to the bank account, item by item, less what is "
            "left out; together with what the books have there and what else is named it comes to the bank's balance. "
            "Another user decides, and nothing is posted until then. With `preview` the answer is what it comes to; "
            "nothing is asked for."
        ),
        request=CutOverInput,
        request_example=_EXAMPLE,
        response=CutOverPlan,
        more={202: waiting.Waiting},
        errors=[*_PLANNED, "cut_over_empty", "approval_pending", "reason_length"],
    )
    def post(self, request: Request, bank_account_id: UUID) -> Response:
        body = CutOverInput.read(request.data)
        wanted = read_wanted(body, bank_account_id=bank_account_id)
        if body["preview"]:
            return Response(plan_document(plan_cut_over(actor=self.actor, wanted=wanted)))
        return waiting.accepted(ask_to_cut_over(actor=self.actor, wanted=wanted))


class CutOverItemsView(CompanyView):
    """`GET /api/accounting/bank-accounts/{id}/cut-over/items`."""

    required_permission = {"GET": _VIEW}
    company_header_required = True

    @documented(
        "What may have been at the bank, or was moved by the cut-over",
        tags=_TAGS,
        description=(
            "With `day` what the cash accounts hold from up to that day, the oldest first; without it the items of the "
            "account's cut-over."
        ),
        response=api_page_of(CutOverItemRow),
        parameters=[
            OpenApiParameter("day", date),
            OpenApiParameter("method", str, many=True, description="With `day`. Default: all but cash."),
            *paging_parameters(screen=False),
        ],
        errors=["bank_account_not_found", "cut_over_not_found", "unknown_item"],
    )
    def get(self, request: Request, bank_account_id: UUID) -> Response:
        query = request._request.GET
        account = find_account(actor=self.actor, bank_account_id=bank_account_id)
        day = read_day(query, "day")
        if day is None:
            found = find_cut_over(actor=self.actor, bank_account_id=account.id)
            rows: QuerySet[Any, Any] = CutOverItem.objects.filter(
                company_id=self.actor.company_id, cut_over=found.id
            ).values(*MOVED_COLUMNS)
            order = Sorting(names={"id": ("id",)}, default="id", order="asc")
            return Response(api_page(query, rows, sorting=order, shape=moved_row))
        page = read_limit_offset(query)
        methods = methods_of(Wanted(account.id, day, methods=tuple(query.getlist("method"))))
        asked: dict[str, Any] = {
            "actor": self.actor,
            "currency": account.currency,
            "day": day,
            "methods": methods,
        }
        after = read_cursor(page.after, _PLACE) if page.after else ()
        start = 0 if page.after else page.offset
        items = may_be_at_bank(**asked, limit=page.limit + 1, offset=start, after=after)
        last = items[page.limit - 1] if len(items) > page.limit else None
        return Response(
            {
                "results": [item_row(each) for each in items[: page.limit]],
                "total": count_may_be_at_bank(**asked),
                "limit": page.limit,
                "offset": None if page.after else page.offset,
                "total_is_estimate": False,
                "next": write_cursor(_PLACE, [getattr(last, each) for each in MAY_BE_ORDER])
                if last
                else None,
            }
        )


class UndoCutOverView(CompanyView):
    """`POST /api/accounting/bank-accounts/{id}/cut-over/undo`."""

    required_permission = {"POST": AGREE}
    company_header_required = True
    idempotency = "required"

    @documented(
        "Take the cut-over of a bank account back",
        tags=_TAGS,
        description=(
            "Every item is reversed today, and lies in its cash account again; not once the account is reconciled."
        ),
        request=UndoCutOverInput,
        request_example={"reason": "The balance was of another day"},
        response=CutOverDocument,
        errors=["bank_account_not_found", "cut_over_not_found", "cut_over_final", "reason_length"],
    )
    def post(self, request: Request, bank_account_id: UUID) -> Response:
        body = UndoCutOverInput.read(request.data)
        done = undo_cut_over(actor=self.actor, bank_account_id=bank_account_id, reason=body["reason"])
        return Response(cut_over_document(done))
