"""How the ledger knows repairs (`ledger.sources`, `ledger.verification`)."""

from __future__ import annotations

from ledger.repayment.services.following import register_kind
from repairs.kind import REPAIRS
from repairs.postings import REPAIR_OPENED


def register_repairs() -> None:
    """Register repairs with the ledger, once, when the app is loaded."""
    register_kind(REPAIRS, words={REPAIR_OPENED: "Repair opened", "repair_cancelled": "Repair cancelled"})
