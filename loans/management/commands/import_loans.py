"""Make loans from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from loans.imports import LOAN_FILES


class Command(ImportCommand):
    imports = LOAN_FILES
