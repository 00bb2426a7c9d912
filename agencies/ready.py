"""What the app registers when it is ready: its checks, and how large a file it takes."""

from __future__ import annotations

from agencies import errors  # noqa: F401 - its codes are declared on import
from agencies.readers.table import MAX_FILE_BYTES
from agencies.verification import register_agency_checks
from batconnect.core.files.upload_handler import allow_larger


def register_agencies() -> None:
    """Once, from the app's `ready()`."""
    for path in ("/ledger/imports", "/admin/agencies/import"):
        allow_larger(path, MAX_FILE_BYTES)
    register_agency_checks()
