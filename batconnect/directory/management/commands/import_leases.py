"""Import leases from a file, for a company that moves in."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from batconnect.directory.imports import LEASES


class Command(ImportCommand):
    imports = LEASES
