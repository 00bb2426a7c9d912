"""Open renewal cases and raise their installments from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from outstanding.services.imports import RENEWALS


class Command(ImportCommand):
    imports = RENEWALS
