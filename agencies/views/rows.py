"""The calls on rows of agencies, and what is decided at the desk (docs/api.md#agency-imports)."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from agencies.filters import RowFilters
from agencies.models import AgencyRow
from agencies.serializers.rows import (
    AgencyChangeRow,
    AgencyRowDetail,
    AgencyRowRow,
    AssignInput,
    AssignManyInput,
    DecideInput,
    RowAssigned,
    RowsAssigned,
    RowsSetAside,
    SetAsideInput,
    assigned_document,
    change_row,
    remembered_rows,
    row_detail,
    row_document,
)
from agencies.services.assigning import assign_rows, find_row, move_row, set_aside
from agencies.services.changes import changes_of, decide_change
from agencies.services.proposing import propose_for
from agencies.services.receiving import find_import
from agencies.views.imports import TAGS
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters
from batconnect.core.kernel.actors import Actor

ROW_ORDER: Final = Sorting(names={"day": ("day", "id")}, default="day")
_ASSIGN_CODES: Final = (
    *("agency_row_not_found", "not_on_the_day", "row_not_waiting", "not_found", "lease_required"),
    *("earnings_taken", "no_day_on_lease", "date_closed", "reason_length", "invalid"),
)
_MOVE_CODES: Final = (
    "not_a_charge",
    "not_movable",
    "reference_taken",
    "approval_pending",
    "driver_not_on_lease",
)
_TAKE_CODES: Final = (
    *("not_creditable", "above_creditable", "approval_pending", "not_a_charge", "reference_taken"),
    *("earnings_taken", "no_day_on_lease", "reason_length", "principal_handed_over", "date_closed"),
)


class RowsView(CompanyView):
    """`GET /ledger/imports/rows`."""

    required_permission = {"GET": "agencies.view"}

    @documented(
        "Rows of agencies; with state=waiting, the desk",
        tags=TAGS,
        response=api_page_of(AgencyRowRow),
        parameters=[*filter_parameters(RowFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = AgencyRow.objects.select_related("lease", "driver__customer").filter(
            company_id=self.actor.company_id
        )
        return Response(
            api_page(query, apply_filters(RowFilters, query, rows), sorting=ROW_ORDER, shape=row_document)
        )


class RowView(CompanyView):
    """`GET /ledger/imports/rows/{id}`."""

    required_permission = {"GET": "agencies.view"}

    @documented(
        "A row of an agency with proposals and what changed",
        tags=TAGS,
        response=AgencyRowDetail,
        errors=["agency_row_not_found"],
    )
    def get(self, request: Request, row_id: UUID) -> Response:
        return Response(_detail(self.actor, row_id))


class AssignRowView(CompanyView):
    """`POST /ledger/imports/{id}/rows/{row_id}/assign`."""

    required_permission = {"POST": "agencies.assign"}
    idempotency = "required"

    @documented(
        "Assign a row to a lease and its driver",
        tags=TAGS,
        request=AssignInput,
        request_example={"lease_id": 7, "driver_id": 9},
        response=RowAssigned,
        errors=["agency_import_not_found", *_ASSIGN_CODES, *_MOVE_CODES],
        description=(
            "A row that waits is charged or credited at once, and its tag or plate is remembered unless `remember` is "
            "false. One that was charged to another driver is moved, with a `reason`, by the one operation for that."
        ),
    )
    def post(self, request: Request, import_id: UUID, row_id: UUID) -> Response:
        values = AssignInput.read(request.data)
        find_import(actor=self.actor, import_id=import_id)
        row = find_row(actor=self.actor, row_id=row_id, import_id=import_id)
        given = {"lease_id": values["lease_id"], "driver_id": values["driver_id"], "reason": values["reason"]}
        remembered: list[dict[str, Any]] = []
        waits = False
        if row.state == AgencyRow.State.DONE:
            waits = not move_row(actor=self.actor, row=row, **given)
        else:
            assigned = assign_rows(
                actor=self.actor, rows=[row.id], remember_marks=values["remember"], **given
            )
            remembered = remembered_rows(assigned)
        return Response(
            {
                "row": _detail(self.actor, row_id),
                "remembered": remembered,
                "waits_for_approval": waits,
            }
        )


class AssignRowsView(CompanyView):
    """`POST /ledger/imports/rows/assign`."""

    required_permission = {"POST": "agencies.assign"}
    idempotency = "required"

    @documented(
        "Assign several rows that wait, all or none",
        tags=TAGS,
        request=AssignManyInput,
        request_example={
            "rows": ["01900000-0000-7000-8000-0000000000f2"],
            "lease_id": 7,
            "driver_id": 9,
        },
        response=RowsAssigned,
        errors=_ASSIGN_CODES,
    )
    def post(self, request: Request) -> Response:
        values = AssignManyInput.read(request.data)
        assigned = assign_rows(
            actor=self.actor,
            rows=values["rows"],
            lease_id=values["lease_id"],
            driver_id=values["driver_id"],
            remember_marks=values["remember"],
            reason=values["reason"],
        )
        return Response(assigned_document(assigned))


class SetAsideView(CompanyView):
    """`POST /ledger/imports/rows/set-aside`."""

    required_permission = {"POST": "agencies.assign"}
    idempotency = "required"

    @documented(
        "Set rows that wait aside: nobody is charged or credited",
        tags=TAGS,
        request=SetAsideInput,
        request_example={
            "rows": ["01900000-0000-7000-8000-0000000000f2"],
            "reason": "The car was at the workshop",
        },
        response=RowsSetAside,
        errors=["agency_row_not_found", "row_not_waiting", "reason_length"],
    )
    def post(self, request: Request) -> Response:
        values = SetAsideInput.read(request.data)
        done = set_aside(actor=self.actor, rows=values["rows"], reason=values["reason"])
        return Response({"set_aside": done})


class DecideChangeView(CompanyView):
    """`POST /ledger/imports/changes/{id}/decide`."""

    required_permission = {"POST": "agencies.assign"}
    idempotency = "required"

    @documented(
        "Take another amount that an agency said, or dismiss it",
        tags=TAGS,
        request=DecideInput,
        request_example={"take": True, "reason": "The statement of March is right"},
        response=AgencyChangeRow,
        errors=["agency_change_not_found", "change_decided", "change_not_taken", *_TAKE_CODES],
        description=(
            "Taken, what it adds is charged as `{number}/P1`, what it takes off is a credit memo, and a trip's "
            "difference is an adjustment of its driver's earnings."
        ),
    )
    def post(self, request: Request, change_id: UUID) -> Response:
        values = DecideInput.read(request.data)
        change = decide_change(
            actor=self.actor, change_id=change_id, take=values["take"], reason=values["reason"]
        )
        return Response(change_row(change))


def _detail(actor: Actor, row_id: UUID) -> dict[str, Any]:
    row = find_row(actor=actor, row_id=row_id)
    proposals = propose_for(actor=actor, rows=[row]).get(row.id, [])
    return row_detail(row, proposals, changes_of(actor=actor, rows=[row.id]).get(row.id, []))
