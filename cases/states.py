"""The states of a case, and the triggers that every flow knows (docs/domain.md#cases)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a case stands."""

    OPEN = "Open"
    IN_PROGRESS = "In Progress"
    ON_HOLD = "On Hold"
    CLOSED = "Closed"
    CANCELLED = "Cancelled"


FINAL_STATES: Final = frozenset({State.CLOSED, State.CANCELLED})
LIVE_STATES: Final = (State.OPEN, State.IN_PROGRESS, State.ON_HOLD)

HOLD: Final = "hold"
RELEASE: Final = "release"
CANCEL: Final = "cancel"
REASSIGN: Final = "reassign"
GIVE_BACK: Final = "give_back"
"""A reassignment that takes one back: the same transition."""
MANAGING_TRIGGERS: Final = (HOLD, RELEASE, CANCEL, REASSIGN)

WAITS: Final = "approval_requested"
APPROVED: Final = "approved"
REJECTED: Final = "rejected"
