"""What operations on many rows refuse, with stable codes."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import NotFound

TOO_MANY_CHOSEN: Final = declare_code(
    "too_many_chosen",
    status=400,
    title="Too many rows at once",
    remedy="Choose fewer rows: narrow the list by a filter, and do the rest as another operation.",
)
NOTHING_CHOSEN: Final = declare_code(
    "nothing_chosen",
    status=400,
    title="No row is chosen",
    remedy="Choose at least one row of the list.",
)
OPERATION_CONFIRMED: Final = declare_code(
    "operation_confirmed",
    status=409,
    title="The operation is confirmed already",
    remedy="Read on its page what became of each row; choose the rows anew to do something else to them.",
)
PREVIEW_CHANGED: Final = declare_code(
    "preview_changed",
    status=409,
    title="Another preview was made meanwhile",
    remedy="Look at the preview again, and confirm what it shows now.",
)
NOTHING_TO_UNDO: Final = declare_code(
    "nothing_to_undo",
    status=409,
    title="There is nothing to take back",
    remedy="The operation did nothing, cannot be taken back, or was taken back before.",
)


class OperationNotFound(NotFound):
    """404: no such operation on rows that the person may see."""

    code = "operation_not_found"
    title = "No such operation"
