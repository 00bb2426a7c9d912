"""What the opening of a company's books refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class OpeningNotFound(NotFound):
    """404: no opening batch has been prepared."""

    code = "opening_not_found"
    title = "No opening batch"
    remedy = "Prepare one by POST /api/accounting/opening, or from a file in the console."


class OpeningUnbalanced(Conflict):
    """409: debits and credits of the opening differ."""

    code = "opening_unbalanced"
    title = "The opening does not balance"
    remedy = "Enter what is missing, or the equity: nothing is filled up."


class OpeningChanged(Conflict):
    """409: the lines changed after the lock was asked for."""

    code = "opening_changed"
    title = "The opening has changed"
    remedy = "Turn the request down, and ask for the lock of what is there now."


OPENING_WRONG: Final = declare_code(
    "opening_wrong",
    status=400,
    title="Lines of the opening are wrong",
    remedy="Correct the lines that the errors name; nothing was written.",
)
UNKNOWN_KIND: Final = declare_code(
    "unknown_opening_kind",
    status=400,
    title="This cannot be opened by the batch",
    remedy="Use one of the kinds that the message lists.",
)
CUT_OVER_MISSING: Final = declare_code(
    "cut_over_missing",
    status=400,
    title="There is no day of the cut-over",
    remedy="Send cut_over_on, or set the first week to be settled in the company's settings.",
)
EMPTY_OPENING: Final = declare_code(
    "opening_empty",
    status=409,
    title="The opening has no lines",
    remedy="Enter its lines first.",
)
