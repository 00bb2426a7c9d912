"""The HTTP endpoints of what is certain, accepted at once, and of operations (docs/api.md#statement-lines)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import PARTS_OR_FILTERS, ExplanationNotFound
from bank.filters.operations import OperationFilters
from bank.models import Explanation, LinePart
from bank.querysets.operations import find_operation, operations
from bank.querysets.parts import Wanted, open_parts
from bank.serializers.operations import (
    AcceptCertainInput,
    CertainAccepted,
    ExplanationOperation,
    ExplanationOperationRow,
    ExplanationOperationUndone,
    accepted_document,
    certain_document,
    operation_part,
    undone_document,
)
from bank.services.operations import accept_certain, certain_of, find_certain, undo_operation
from bank.services.parts import RIGHT
from bank.views.explaining import UNDO_ERRORS
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.cursors import Place, after_place, read_cursor, write_cursor
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import COUNTED_ROWS, Sorting, fetch_page, read_limit_offset
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from ledger.serializers import ReasonInput

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_PLACE: Final = Place("operations", ("operation_id",), descending=True)
_PART_ORDER: Final = Sorting(
    names={"payment_date": ("payment_date", "id")}, default="payment_date", order="asc"
)
_FILTERS: Final = ("bank_account_id", "direction", "text")


class _OperationView(CompanyView):
    company_header_required = True
    idempotency = "required"


class AcceptCertainView(_OperationView):
    """`POST /api/accounting/statement-lines/accept-certain`."""

    required_permission = {"POST": RIGHT}

    @documented(
        "Accept all that is certain, as one operation",
        tags=_TAGS,
        description=(
            "Of the parts that are named, or of the oldest 500 that the filters let through, at most 100 of which only "
            "one thing can be said are explained by that. What is refused by then, or waits for another user, stays "
            "open, and the rest goes through. `preview` says what it would be."
        ),
        request=AcceptCertainInput,
        request_example={"direction": "in"},
        response=CertainAccepted,
        errors=["parts_or_filters"],
    )
    def post(self, request: Request) -> Response:
        values = AcceptCertainInput.read(request.data)
        named = values.get("part_ids")
        if named is not None and any(values.get(each) for each in _FILTERS):
            raise InvalidInput(
                f"part_ids names the parts: leave out {', '.join(_FILTERS)}.",
                code=PARTS_OR_FILTERS,
                field="part_ids",
            )
        if named is not None and not values["preview"]:
            return Response(accepted_document(accept_certain(actor=self.actor, part_ids=named)))
        if named is not None:
            rows = open_parts(actor=self.actor).filter(id__in=named).order_by("payment_date", "id")
            found = certain_of(actor=self.actor, parts=list(rows))
        else:
            wanted = Wanted(
                values.get("bank_account_id"), values.get("direction", ""), values.get("text", "").strip()
            )
            found = find_certain(actor=self.actor, wanted=wanted)
        if values["preview"]:
            return Response(certain_document(found))
        done = accept_certain(actor=self.actor, part_ids=[each.part.id for each in found])
        return Response(accepted_document(done))


class OperationsView(_OperationView):
    """`GET /api/accounting/explanation-operations`."""

    required_permission = {"GET": _VIEW}

    @documented(
        "What was explained together, the latest first",
        tags=_TAGS,
        response=api_page_of(ExplanationOperationRow),
        parameters=[*filter_parameters(OperationFilters), *paging_parameters(screen=False, ordered=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        page = read_limit_offset(query)
        rows = apply_filters(OperationFilters, query, operations(actor=self.actor))
        behind = after_place(rows, _PLACE, read_cursor(page.after, _PLACE)) if page.after else rows
        start = 0 if page.after else page.offset
        # Counted by operation: a list of groups has no key of a row to be fetched by (`fetch_page`).
        found = list(behind[start : start + page.limit + 1])
        there_is_more = len(found) > page.limit
        found = found[: page.limit]
        total = rows[: COUNTED_ROWS + 1].count()
        return Response(
            {
                "results": found,
                "total": total,
                "limit": page.limit,
                "offset": None if page.after else page.offset,
                "total_is_estimate": total > COUNTED_ROWS,
                "next": write_cursor(_PLACE, [found[-1]["operation_id"]]) if there_is_more else None,
            }
        )


class OperationView(_OperationView):
    """`GET /api/accounting/explanation-operations/{id}`."""

    required_permission = {"GET": _VIEW}

    @documented(
        "An operation, with what it explained",
        tags=_TAGS,
        response=ExplanationOperation,
        parameters=paging_parameters(screen=False, ordered=False),
        errors=["explanation_not_found"],
    )
    def get(self, request: Request, operation_id: UUID) -> Response:
        query = request._request.GET
        page = read_limit_offset(query)
        row = _found(self.actor, operation_id)
        parts = LinePart.objects.filter(
            company_id=self.actor.company_id, id__in=_made(self.actor, operation_id).values("part")
        )
        found = fetch_page(query, parts, wanted=page, sorting=_PART_ORDER)
        return Response(
            {
                **row,
                "results": _parts(self.actor, operation_id, found.items),
                "limit": page.limit,
                "offset": None if page.after else page.offset,
                "next": found.next,
            }
        )


class UndoOperationView(_OperationView):
    """`POST /api/accounting/explanation-operations/{id}/undo`."""

    required_permission = {"POST": RIGHT}

    @documented(
        "Take back what was explained together",
        tags=_TAGS,
        description=(
            "All of it that still stands, in one transaction, today; what is refused leaves everything as it was. "
            "Parts on which another user decides first stay as they are, and are named under `waiting`."
        ),
        request=ReasonInput,
        request_example={"reason": "They were another customer's money"},
        response=ExplanationOperationUndone,
        errors=UNDO_ERRORS,
    )
    def post(self, request: Request, operation_id: UUID) -> Response:
        reason = ReasonInput.read(request.data)["reason"]
        back = undo_operation(actor=self.actor, operation_id=operation_id, reason=reason)
        return Response(undone_document(_found(self.actor, operation_id), back.parts, back.waiting))


def _found(actor: Actor, operation_id: UUID) -> Any:
    row = find_operation(actor=actor, operation_id=operation_id)
    if row is None:
        raise ExplanationNotFound(f"There is no operation {operation_id}.")
    return row


def _made(actor: Actor, operation_id: UUID) -> QuerySet[Explanation]:
    return Explanation.objects.filter(company_id=actor.company_id, operation_id=operation_id).order_by()


def _parts(actor: Actor, operation_id: UUID, page: list[LinePart]) -> list[dict[str, Any]]:
    """A page of the parts that it explained."""
    by_part: dict[UUID, list[Explanation]] = defaultdict(list)
    for each in _made(actor, operation_id).filter(part__in=[part.id for part in page]).order_by("id"):
        by_part[each.part_id].append(each)
    return [operation_part(each, by_part[each.id]) for each in page]
