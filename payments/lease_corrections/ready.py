"""What lease corrections register when the app is ready."""

from __future__ import annotations

from batconnect.core.approvals.kinds import register_kind
from ledger import sources
from payments.lease_corrections.postings import LEASE_CORRECTION
from payments.lease_corrections.services.correcting import KIND
from payments.lease_corrections.services.undoing import describe_corrections
from payments.lease_corrections.verification import register_correction_checks


def register_lease_corrections() -> None:
    """Once, from the app's `ready()`."""
    sources.register(LEASE_CORRECTION, owner="lease correction", describe=describe_corrections)
    register_kind(KIND)
    register_correction_checks()
