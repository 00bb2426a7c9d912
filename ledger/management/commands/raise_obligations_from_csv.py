"""Raise charges and opening balances from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from ledger.services.imports import CHARGES


class Command(ImportCommand):
    imports = CHARGES
