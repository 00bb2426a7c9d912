"""The HTTP endpoints of what is certain, accepted at once, and of operations (docs/api.md#statement-lines)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

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
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import COUNTED_ROWS, read_limit_offset
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from ledger.serializers import ReasonInput

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
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
        found = list(rows[page.offset : page.offset + page.limit])
        total = rows[: COUNTED_ROWS + 1].count()
        return Response(
            {
                "results": found,
                "total": total,
                "limit": page.limit,
                "offset": page.offset,
                "total_is_estimate": total > COUNTED_ROWS,
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
        page = read_limit_offset(request._request.GET)
        row = _found(self.actor, operation_id)
        return Response(
            {
                **row,
                "results": _parts(self.actor, operation_id, page.offset, page.limit),
                "limit": page.limit,
                "offset": page.offset,
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


def _parts(actor: Actor, operation_id: UUID, offset: int, limit: int) -> list[dict[str, Any]]:
    """A page of the parts that it explained, the oldest first."""
    made = Explanation.objects.filter(company_id=actor.company_id, operation_id=operation_id).order_by("id")
    parts = LinePart.objects.filter(company_id=actor.company_id, id__in=made.order_by().values("part"))
    page = list(parts.order_by("payment_date", "id")[offset : offset + limit])
    by_part: dict[UUID, list[Explanation]] = defaultdict(list)
    for each in made.filter(part__in=[part.id for part in page]):
        by_part[each.part_id].append(each)
    return [operation_part(each, by_part[each.id]) for each in page]
