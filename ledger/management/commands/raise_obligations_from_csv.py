"""Raise charges and opening balances from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from ledger.vendors.imports import AGENCY_CHARGES


class Command(ImportCommand):
    imports = AGENCY_CHARGES
