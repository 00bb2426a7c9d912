"""What the opening registers with the rest of the ledger: its kinds of lines, its approval, its checks."""

from __future__ import annotations

from batconnect.core.approvals.kinds import register_kind
from ledger.opening.postings import LINE
from ledger.opening.services.batch import KIND
from ledger.opening.services.own_kinds import ACCOUNT, DEPOSIT_IN_TRANSIT, IN_TRANSIT, RECEIVABLE
from ledger.opening.services.transit_back import OPENED_BACK
from ledger.opening.verification import register_opening_checks
from ledger.openings import register_opening
from ledger.treasury.services.returning import register_returning


def register_opening_batch() -> None:
    """Register all of it, once, when the app is ready."""
    for kind in (ACCOUNT, RECEIVABLE, IN_TRANSIT, DEPOSIT_IN_TRANSIT):
        register_opening(kind)
    register_kind(KIND)
    register_returning(LINE, OPENED_BACK)
    register_opening_checks()
