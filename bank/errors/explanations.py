"""What is refused of what a line is."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

DOES_NOT_ADD_UP: Final = declare_code(
    "does_not_add_up",
    status=400,
    title="The pieces are not the line",
    remedy="Change the pieces until they sum to what is left of the line; what the bank kept is a piece below zero.",
)
WRONG_DIRECTION: Final = declare_code(
    "wrong_direction",
    status=400,
    title="The other direction",
    remedy="Money in is not what was paid out, nor money out what was received: choose another kind.",
)
UNKNOWN_EXPLANATION: Final = declare_code(
    "unknown_explanation",
    status=400,
    title="What it names is not there",
    remedy="Name something of this company that is open, in the line's currency.",
)
ACCOUNT_HAS_ITEMS: Final = declare_code(
    "account_has_items",
    status=400,
    title="The account is made up of items",
    remedy="Use the action that the message names.",
)
CUSTOMER_UNKNOWN: Final = declare_code(
    "customer_unknown", status=400, title="Unknown customer", remedy="Send the id of one of your customers."
)
AMOUNT_DIFFERS: Final = declare_code(
    "amount_differs",
    status=400,
    title="The amount is not that of what is named",
    remedy="Give the whole amount of what is named; what the bank kept, or a count that differs, is a piece by itself.",
)
SEVERAL_PARTS: Final = declare_code(
    "several_parts",
    status=400,
    title="The line has several",
    remedy="Name the one that is meant, by its id; GET of the line has them.",
)
PARTS_OR_FILTERS: Final = declare_code(
    "parts_or_filters",
    status=400,
    title="Parts or filters",
    remedy="Name the parts, or say which are wanted by account, direction and text; not both.",
)


class PartNotOpen(Conflict):
    """409: nothing of the part is left to be explained."""

    code = "line_explained"
    title = "The line is explained"
    remedy = "Read the line again; undo its explanation first if it is wrong."


class PartChanged(Conflict):
    """409: somebody else explained the line meanwhile."""

    code = "line_changed"
    title = "The line was changed meanwhile"
    remedy = "Read the line again, and decide on what is left."


class ExplanationNotFound(NotFound):
    """404: no such explanation in this company."""

    code = "explanation_not_found"
    title = "Explanation not found"
    remedy = "Take the id from the line; those of other companies are not found."


class ExplanationUndone(Conflict):
    """409: the explanation was undone already."""

    code = "explanation_undone"
    title = "Undone already"
    remedy = "Read the line again; it is open."


class ExplanationFinal(Conflict):
    """409: what the explanation did cannot be taken back on the line."""

    code = "explanation_final"
    title = "It is not taken back on the line"
    remedy = "Do what the message names instead."


class NothingToUndo(Conflict):
    """409: nothing of the line is explained."""

    code = "nothing_explained"
    title = "Nothing is explained"
    remedy = "Read the line again; it is open."
