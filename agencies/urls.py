"""The paths of imports from agencies, below /ledger/."""

from __future__ import annotations

from agencies.views.imports import ImportErrorsView, ImportRowsView, ImportsView, ImportView
from agencies.views.layouts import KnownVehiclesView, KnownVehicleView, LayoutsView, LayoutView
from agencies.views.rows import (
    AssignRowsView,
    AssignRowView,
    DecideChangeView,
    RowsView,
    RowView,
    SetAsideView,
)
from batconnect.core.api.paths import with_optional_slash

_IMPORT = "imports/<uuid:import_id>"

urlpatterns = [
    *with_optional_slash("imports", ImportsView.as_view(), "agency-imports"),
    *with_optional_slash("imports/layouts", LayoutsView.as_view(), "agency-layouts"),
    *with_optional_slash("imports/layouts/<uuid:layout_id>", LayoutView.as_view(), "agency-layout"),
    *with_optional_slash("imports/known-vehicles", KnownVehiclesView.as_view(), "agency-known-vehicles"),
    *with_optional_slash(
        "imports/known-vehicles/<uuid:known_id>", KnownVehicleView.as_view(), "agency-known-vehicle"
    ),
    *with_optional_slash("imports/rows", RowsView.as_view(), "agency-rows"),
    *with_optional_slash("imports/rows/assign", AssignRowsView.as_view(), "agency-rows-assign"),
    *with_optional_slash("imports/rows/set-aside", SetAsideView.as_view(), "agency-rows-set-aside"),
    *with_optional_slash("imports/rows/<uuid:row_id>", RowView.as_view(), "agency-row"),
    *with_optional_slash(
        "imports/changes/<uuid:change_id>/decide", DecideChangeView.as_view(), "agency-change-decide"
    ),
    *with_optional_slash(_IMPORT, ImportView.as_view(), "agency-import"),
    *with_optional_slash(f"{_IMPORT}/rows", ImportRowsView.as_view(), "agency-import-rows"),
    *with_optional_slash(f"{_IMPORT}/errors.csv", ImportErrorsView.as_view(), "agency-import-errors"),
    *with_optional_slash(
        f"{_IMPORT}/rows/<uuid:row_id>/assign", AssignRowView.as_view(), "agency-import-row-assign"
    ),
]
