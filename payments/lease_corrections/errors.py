"""What lease corrections refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound


class LeaseCorrectionNotFound(NotFound):
    """404: no such correction in this company."""

    code = "lease_correction_not_found"
    title = "No such lease correction"
    remedy = "Check the id; corrections of other companies are not found."


NOTHING_TO_CORRECT: Final = declare_code(
    "nothing_to_correct",
    status=409,
    title="Nothing to correct",
    remedy="Every settled week of the lease is charged as its terms say.",
)
PROPOSAL_CHANGED: Final = declare_code(
    "proposal_changed",
    status=409,
    title="The proposal is another one by now",
    remedy="Ask for the proposal again, look at it, and confirm that one.",
)
CORRECTION_IN_USE: Final = declare_code(
    "correction_in_use",
    status=409,
    title="The correction is in use",
    remedy="The message names what was paid, credited or used since; undo that first, or correct the other way.",
)
LEASE_CHANGED_SINCE: Final = declare_code(
    "lease_changed_since",
    status=409,
    title="The lease has changed since",
    remedy="Undo the later corrections first, or correct the lease the other way.",
)
