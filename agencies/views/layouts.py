"""The calls on layouts, and on tags and plates (docs/api.md#agency-imports)."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from agencies.filters import KnownVehicleFilters
from agencies.models import KnownVehicle
from agencies.rules.layouts import READY
from agencies.serializers.layouts import (
    AgencyLayoutList,
    AgencyLayoutRow,
    KnownVehicleEnd,
    KnownVehicleInput,
    KnownVehicleRow,
    LayoutChange,
    LayoutInput,
    known_row,
    layout_row,
    ready_row,
)
from agencies.services.known import add_known_vehicle, end_known_vehicle
from agencies.services.layouts import add_layout, change_layout, find_layout, layouts_of, remove_layout
from agencies.views.imports import TAGS
from batconnect.core.api.answers import api_page_of
from batconnect.core.api.base import CompanyView
from batconnect.core.api.filters import apply_filters, filter_parameters
from batconnect.core.api.paging import Sorting, api_page
from batconnect.core.api.schema import documented, paging_parameters

_ORDER = Sorting(names={"text": ("text", "id")}, default="text", order="asc")
_CODES = ("layout_incomplete", "layout_name_taken", "unknown_authority")


class LayoutsView(CompanyView):
    """`/ledger/imports/layouts`."""

    required_permission = {"GET": "agencies.view", "POST": "agencies.change_layouts"}
    idempotency = "required"

    @documented("Layouts of agencies' files", tags=TAGS, response=AgencyLayoutList)
    def get(self, request: Request) -> Response:
        own = [layout_row(each) for each in layouts_of(self.actor)]
        return Response({"results": [*own, *(ready_row(each) for each in READY)]})

    @documented(
        "Say how an exporter writes its files",
        tags=TAGS,
        request=LayoutInput,
        request_example={
            "name": "E-ZPass account 1",
            "kind": "tolls",
            "agency": "E-ZPass NY",
            "columns": {"reference": "Txn", "date": "Date", "time": "Time", "tag": "Tag", "amount": "Toll"},
        },
        status=201,
        response=AgencyLayoutRow,
        errors=_CODES,
    )
    def post(self, request: Request) -> Response:
        return Response(
            layout_row(add_layout(actor=self.actor, **LayoutInput.read(request.data))), status=201
        )


class LayoutView(CompanyView):
    """`/ledger/imports/layouts/{id}`."""

    required_permission = {
        "GET": "agencies.view",
        "PATCH": "agencies.change_layouts",
        "DELETE": "agencies.change_layouts",
    }

    @documented("A layout", tags=TAGS, response=AgencyLayoutRow, errors=["agency_layout_not_found"])
    def get(self, request: Request, layout_id: UUID) -> Response:
        return Response(layout_row(find_layout(actor=self.actor, layout_id=layout_id)))

    @documented(
        "Change a layout",
        tags=TAGS,
        request=LayoutChange,
        request_example={"date_form": "ymd"},
        response=AgencyLayoutRow,
        errors=["agency_layout_not_found", *_CODES],
    )
    def patch(self, request: Request, layout_id: UUID) -> Response:
        values = LayoutChange.read(request.data)
        return Response(layout_row(change_layout(actor=self.actor, layout_id=layout_id, **values)))

    @documented(
        "Take a layout off the list",
        tags=TAGS,
        status=204,
        errors=["agency_layout_not_found"],
        description="What was imported by it keeps how it was read.",
    )
    def delete(self, request: Request, layout_id: UUID) -> Response:
        remove_layout(actor=self.actor, layout_id=layout_id)
        return Response(status=204)


class KnownVehiclesView(CompanyView):
    """`/ledger/imports/known-vehicles`."""

    required_permission = {"GET": "agencies.view", "POST": "agencies.assign"}
    idempotency = "required"

    @documented(
        "Tags and plates that are remembered",
        tags=TAGS,
        response=api_page_of(KnownVehicleRow),
        parameters=[*filter_parameters(KnownVehicleFilters), *paging_parameters(screen=False)],
    )
    def get(self, request: Request) -> Response:
        query = request._request.GET
        rows = KnownVehicle.objects.select_related("vehicle").filter(company_id=self.actor.company_id)
        return Response(
            api_page(query, apply_filters(KnownVehicleFilters, query, rows), sorting=_ORDER, shape=known_row)
        )

    @documented(
        "Remember a tag or plate",
        tags=TAGS,
        request=KnownVehicleInput,
        request_example={"mark": "tag", "text": "00512345678", "vehicle_id": 7, "from_on": "2026-11-03"},
        status=201,
        response=KnownVehicleRow,
        errors=["not_found", "known_otherwise"],
    )
    def post(self, request: Request) -> Response:
        known = add_known_vehicle(actor=self.actor, **KnownVehicleInput.read(request.data))
        return Response(known_row(known), status=201)


class KnownVehicleView(CompanyView):
    """`PATCH /ledger/imports/known-vehicles/{id}`."""

    required_permission = {"PATCH": "agencies.assign"}

    @documented(
        "Say until when a tag or plate was in its vehicle",
        tags=TAGS,
        request=KnownVehicleEnd,
        request_example={"until_on": "2026-11-30"},
        response=KnownVehicleRow,
        errors=["known_vehicle_not_found"],
    )
    def patch(self, request: Request, known_id: UUID) -> Response:
        values = KnownVehicleEnd.read(request.data)
        return Response(known_row(end_known_vehicle(actor=self.actor, known_id=known_id, **values)))
