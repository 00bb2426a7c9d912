"""The filters of imports from agencies and of their rows."""

from __future__ import annotations

import django_filters

from agencies.models import AgencyImport, AgencyImportLine, AgencyRow, Kind, KnownVehicle, Why
from batconnect.core.api.filters import DayFilter, LabelFilter, ListFilters, NameFilter


class ImportFilters(ListFilters):
    """By kind, agency, status and day."""

    kind = LabelFilter(choices=Kind.choices, label="trips, tolls, violations, summonses")
    agency = NameFilter(field_name="agency", label="The agency, or its beginning")
    status = LabelFilter(choices=AgencyImport.Status.choices, label="received, processing, completed, …")
    date_from = DayFilter(field_name="created_at", lookup_expr="date__gte", label="Received on or after")
    date_to = DayFilter(field_name="created_at", lookup_expr="date__lte", label="Received on or before")


class LineFilters(ListFilters):
    """The lines of a file: by what became of them and of their rows."""

    status = LabelFilter(
        choices=AgencyImportLine.Status.choices, label="new, repeated, changed, failed, skipped"
    )
    state = LabelFilter(
        choices=AgencyRow.State.choices, field_name="row__state", label="waiting, done, set_aside, …"
    )
    why = LabelFilter(
        choices=[each for each in Why.choices if each[0]],
        field_name="row__why",
        label="unknown_vehicle, no_lease, …",
    )
    reference = NameFilter(field_name="row__reference", label="The agency's number, or its beginning")


class RowFilters(ListFilters):
    """Rows, by kind, state, reason, what they name, whom they were joined to, and day."""

    kind = LabelFilter(choices=Kind.choices, label="trips, tolls, violations, summonses")
    state = LabelFilter(choices=AgencyRow.State.choices, label="waiting, done, set_aside, …")
    why = LabelFilter(choices=[each for each in Why.choices if each[0]], label="unknown_vehicle, no_lease, …")
    agency = NameFilter(field_name="agency", label="The agency, or its beginning")
    reference = NameFilter(field_name="reference", label="The agency's number, or its beginning")
    plate = NameFilter(field_name="plate", label="The plate, or its beginning")
    tag = NameFilter(field_name="tag", label="The tag, or its beginning")
    lease_id = NameFilter(field_name="lease__lease_id", label="The lease's number")
    driver_id = NameFilter(field_name="driver__driver_id", label="The driver's number")
    date_from = DayFilter(field_name="day", lookup_expr="gte", label="Happened on or after")
    date_to = DayFilter(field_name="day", lookup_expr="lte", label="Happened on or before")


class KnownVehicleFilters(ListFilters):
    """Remembered tags and plates."""

    mark = LabelFilter(choices=KnownVehicle.Mark.choices, label="tag, plate")
    text = NameFilter(field_name="text", label="Its letters and digits, or their beginning")
    vehicle_id = django_filters.NumberFilter(field_name="vehicle", label="The vehicle's key")
