"""What of the bank's word a second person decides on: registered once, when the app is ready."""

from __future__ import annotations

from bank.services import counting, cutting_over, explaining, taking_back
from batconnect.core.approvals.kinds import register_kind


def register_approvals() -> None:
    """Payments that are voided with the line that they were made of, or come back by a line, above the company's limit
    for voids; counts of drawers that differ; cut-overs of bank accounts."""
    for kind in (taking_back.UNMATCH, explaining.KIND, counting.KIND, cutting_over.KIND):
        register_kind(kind)
