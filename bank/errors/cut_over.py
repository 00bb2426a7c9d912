"""What cut-overs of bank accounts refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class CutOverNotFound(NotFound):
    """404: the bank account has no cut-over that stands."""

    code = "cut_over_not_found"
    title = "It was not cut over"
    remedy = "Ask for the cut-over of the bank account; those of other companies are not found."


class CutOverFinal(Conflict):
    """409: the bank account was reconciled since."""

    code = "cut_over_final"
    title = "The cut-over stands"
    remedy = "Correct what is wrong by what it is: return a payment, void it, or enter what is missing."


CUT_OVER_DONE: Final = declare_code(
    "cut_over_done",
    status=409,
    title="The bank account is cut over already",
    remedy="Read the cut-over; take it back first if it is wrong and the account is not reconciled.",
)
CUT_OVER_CHANGED: Final = declare_code(
    "cut_over_changed",
    status=409,
    title="What would move has changed",
    remedy="Turn the request down, look at the items again, and ask for the cut-over anew.",
)
CUT_OVER_EMPTY: Final = declare_code(
    "cut_over_empty",
    status=409,
    title="Nothing would move",
    remedy="A bank account that begins with nothing needs no cut-over: import its statements.",
)
CUT_OVER_DIFFERS: Final = declare_code(
    "cut_over_differs",
    status=400,
    title="The cut-over does not come to the bank's balance",
    remedy="Leave out what was not at the bank, or name what else makes up the balance; the message has the figures.",
)
CUT_OVER_TOO_LONG: Final = declare_code(
    "cut_over_too_long",
    status=400,
    title="Too many items at once",
    remedy="Name fewer methods or an earlier day.",
)
UNKNOWN_ITEM: Final = declare_code(
    "unknown_item",
    status=400,
    title="No such item or method",
    remedy="Take ids from the list of the cut-over's items, and methods from GET /api/reference.",
)
