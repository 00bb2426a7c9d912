"""Import weekly earnings from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from ledger.settlement.services.earnings_file import EARNINGS


class Command(ImportCommand):
    imports = EARNINGS
