"""Credit items from a file."""

from __future__ import annotations

from batconnect.core.management.imports import ImportCommand
from payments.credit_memos.imports import CREDIT_MEMOS


class Command(ImportCommand):
    imports = CREDIT_MEMOS
