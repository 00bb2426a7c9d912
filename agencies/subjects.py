"""What the tables of imports from agencies are to the console (`core.kernel.subject`)."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.subject import SourceType, Subject, looked_up

LAYOUT: Final = "agencies.layout"
IMPORT: Final = "agencies.import"
ROW: Final = "agencies.row"
CHANGE: Final = "agencies.change"
KNOWN: Final = "agencies.known_vehicle"
VIEW: Final = "agencies.view"

SUBJECTS: Final = (
    Subject(
        model="agencies.AgencyImport",
        title="Imports from agencies",
        icon="upload_file",
        permission=VIEW,
        sources=(SourceType(IMPORT),),
        named="{t}.file_name",
    ),
    Subject(
        model="agencies.AgencyRow",
        title="Rows of agencies",
        icon="toll",
        permission=VIEW,
        sources=(SourceType(ROW),),
        named="{t}.reference",
    ),
    Subject(
        model="agencies.AgencyChange",
        title="Amounts that agencies changed",
        icon="published_with_changes",
        permission=VIEW,
        sources=(SourceType(CHANGE),),
        named=looked_up("reference", "agency_rows", "row_id"),
    ),
    Subject(
        model="agencies.KnownVehicle",
        title="Tags and plates",
        icon="sell",
        permission=VIEW,
        sources=(SourceType(KNOWN),),
        named="{t}.text",
    ),
    Subject(
        model="agencies.AgencyLayout",
        title="Layouts of agencies' files",
        icon="view_column",
        permission=VIEW,
        sources=(SourceType(LAYOUT),),
        named="{t}.name",
    ),
)
