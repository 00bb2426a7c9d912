"""What paying drivers registers with the rest of the ledger: its cover of DTRs, its approvals, its checks."""

from __future__ import annotations

from batconnect.core.approvals.kinds import register_kind
from ledger.paying import errors  # noqa: F401 - its codes are declared on import
from ledger.paying.services import batches, orders, payees
from ledger.paying.services.covering import Covers
from ledger.paying.verification import register_paying_checks
from ledger.settlement.registry import register_covering


def register_paying() -> None:
    """Register all of it, once, when the app is ready."""
    register_covering(Covers())
    for kind in (batches.KIND, payees.KIND, orders.KIND):
        register_kind(kind)
    register_paying_checks()
