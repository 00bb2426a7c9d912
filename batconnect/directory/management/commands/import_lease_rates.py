"""Enter what leases cost a week, from which day, from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from batconnect.directory.imports import LEASE_RATES


class Command(ImportCommand):
    imports = LEASE_RATES
