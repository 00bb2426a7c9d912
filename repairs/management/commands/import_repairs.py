"""Make repairs from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from repairs.imports import REPAIR_FILES


class Command(ImportCommand):
    imports = REPAIR_FILES
