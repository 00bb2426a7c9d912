"""What of payments a second person decides on: registered once, when the app is ready."""

from __future__ import annotations

from batconnect.core.approvals.kinds import register_kind
from payments.batches.services import undo
from payments.services import refunds, returns, voids


def register_approvals() -> None:
    """Refunds, and voids and returns by each of their entry points, above the company's limits."""
    for kind in (refunds.KIND, voids.KIND, returns.KIND, undo.KIND):
        register_kind(kind)
