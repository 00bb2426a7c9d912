"""The tables of imports from agencies."""

from agencies.models.changes import AgencyChange
from agencies.models.imports import AgencyImport, AgencyImportLine
from agencies.models.known import KnownVehicle
from agencies.models.layouts import AgencyLayout
from agencies.models.rows import AgencyRow, Kind, Why
from agencies.models.trips import TripWeek, TripWeekTax

__all__ = [
    "AgencyChange",
    "AgencyImport",
    "AgencyImportLine",
    "AgencyLayout",
    "AgencyRow",
    "Kind",
    "KnownVehicle",
    "TripWeek",
    "TripWeekTax",
    "Why",
]
