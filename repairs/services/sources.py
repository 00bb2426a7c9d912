"""What repairs tell the ledger of themselves, and hear from it (`ledger.sources`, `ledger.verification`)."""

from __future__ import annotations

from ledger.repayment.services.following import register_kind
from repairs.kind import REPAIRS
from repairs.postings import REPAIR_OPENED


def register_repairs() -> None:
    """Make repairs known to the ledger, once, when the app is loaded."""
    register_kind(REPAIRS, words={REPAIR_OPENED: "Repair opened", "repair_cancelled": "Repair cancelled"})
