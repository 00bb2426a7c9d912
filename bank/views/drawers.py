"""The HTTP endpoints of drawers that are opened and counted (docs/api.md#counter-day)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from bank.errors import SessionNotFound
from bank.filters.counter import DrawerSessionFilters
from bank.querysets.counter import counted_pieces, sessions
from bank.serializers.counter import (
    DrawerCountInput,
    DrawerSessionDocument,
    DrawerSessionInput,
    DrawerSessionRow,
    to_pieces,
)
from bank.services.counting import CountOfDrawer, count_session, open_session
from batconnect.core.api import waiting
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor
from batconnect.core.models import Approval

_TAGS: Final = ["Bank"]
_VIEW: Final = "bank.view"
_COUNT: Final = ("unknown_denomination", "count_does_not_add_up")
_SESSION_ORDER: Final = Sorting(
    names={"opened_on": ("opened_on", "id"), "opened_at": ("id",)}, default="opened_at"
)


class _CounterView(CompanyView):
    company_header_required = True
    idempotency = "required"


class DrawerSessionsView(_CounterView):
    """`/api/accounting/drawer-sessions`."""

    required_permission = {"GET": _VIEW, "POST": "bank.count_drawer"}

    @documented(
        "Drawers that were opened and counted",
        tags=_TAGS,
        response=api_page_of(DrawerSessionRow),
        parameters=[*filter_parameters(DrawerSessionFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = apply_filters(DrawerSessionFilters, query, sessions(actor=self.actor))
        return Response(api_page(query, rows, sorting=_SESSION_ORDER))

    @documented(
        "Open a drawer with its float",
        tags=_TAGS,
        description="One's own drawer in the currency, else the office's.",
        request=DrawerSessionInput,
        request_example={"denominations": [{"denomination": 20, "pieces": 5}]},
        status=201,
        response=DrawerSessionDocument.shown(status="open", counted=None, expected=None, difference=None),
        errors=[*_COUNT, "drawer_open", "approval_needs_person"],
    )
    def post(self, request: Request) -> Response:
        values = DrawerSessionInput.read(request.data)
        session = open_session(
            actor=self.actor,
            currency=values["currency"],
            amount=values.get("amount"),
            pieces=to_pieces(values.get("denominations")),
        )
        return Response(_session(self.actor, session.id), status=201)


class DrawerSessionView(_CounterView):
    """`GET /api/accounting/drawer-sessions/{id}`."""

    required_permission = {"GET": _VIEW}

    @documented(
        "A drawer from its opening to its count",
        tags=_TAGS,
        response=DrawerSessionDocument,
        errors=["drawer_session_not_found"],
    )
    def get(self, request: Request, session_id: UUID) -> Response:
        return Response(_session(self.actor, session_id))


class CountDrawerView(_CounterView):
    """`POST /api/accounting/drawer-sessions/{id}/count`."""

    required_permission = {"POST": "bank.count_drawer"}

    @documented(
        "Count a drawer",
        tags=_TAGS,
        description=(
            "What differs from the books posts to cash over and short, with the reason; checks that differ are shown "
            f"and post nothing. {waiting.EXPLAINED}"
        ),
        request=DrawerCountInput,
        request_example={
            "denominations": [{"denomination": 100, "pieces": 3}, {"denomination": 0.5, "pieces": 77}],
            "checks": 2,
            "checks_amount": 180,
            "reason": "A driver was given too much change.",
        },
        response=DrawerSessionDocument,
        more={202: waiting.Waiting},
        errors=[
            *_COUNT,
            *("drawer_session_not_found", "drawer_of_another", "drawer_counted", "count_waiting"),
            *("drawer_closed", "reason_length", "approval_needs_person", "approval_pending"),
        ],
    )
    def post(self, request: Request, session_id: UUID) -> Response:
        values = DrawerCountInput.read(request.data)
        count = CountOfDrawer(
            amount=values.get("amount"),
            pieces=to_pieces(values.get("denominations")),
            checks=values["checks"],
            checks_amount=values["checks_amount"],
            reason=values["reason"],
        )
        done = count_session(actor=self.actor, session_id=session_id, count=count)
        if isinstance(done, Approval):
            return waiting.accepted(done)
        return Response(_session(self.actor, session_id))


def _session(actor: Actor, session_id: UUID) -> dict[str, Any]:
    row = sessions(actor=actor).filter(id=session_id).first()
    if row is None:
        raise SessionNotFound(f"There is no session of a drawer {session_id}.")
    return {**row, "counts": counted_pieces(actor=actor, session_id=session_id)}
