"""What is refused of drawers and deposit slips."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound

UNKNOWN_DENOMINATION: Final = declare_code(
    "unknown_denomination",
    status=400,
    title="The currency has no such bill or coin",
    remedy="Use the denominations that the message lists, each once; of other currencies count an amount.",
)
COUNT_DOES_NOT_ADD_UP: Final = declare_code(
    "count_does_not_add_up",
    status=400,
    title="The denominations are not the amount",
    remedy="Count again, or leave the amount out: it is the sum of the denominations.",
)
DRAWER_OPEN: Final = declare_code(
    "drawer_open",
    status=409,
    title="The drawer is open already",
    remedy="Count it first; the message names who opened it.",
)
DRAWER_COUNTED: Final = declare_code(
    "drawer_counted",
    status=409,
    title="The drawer is counted already",
    remedy="Read the session again; open the drawer anew to count it again.",
)
COUNT_WAITING: Final = declare_code(
    "count_waiting",
    status=409,
    title="The count waits for a second person",
    remedy="Another person agrees to it, or turns it down, and then it is counted again.",
)
DRAWER_CLOSED: Final = declare_code(
    "drawer_closed",
    status=409,
    title="The drawer is closed",
    remedy="Open the drawer again before a difference is posted to it.",
)
DRAWER_OF_ANOTHER: Final = declare_code(
    "drawer_of_another",
    status=403,
    title="Somebody else's drawer",
    remedy="Whoever opened the drawer counts it, or somebody who may agree to counts.",
)
NOT_DEPOSITABLE: Final = declare_code(
    "not_depositable",
    status=400,
    title="It cannot lie on this slip",
    remedy="Choose checks that were received, are still here, and are in the slip's currency.",
)
SLIP_EMPTY: Final = declare_code(
    "slip_empty",
    status=400,
    title="Nothing lies on the slip",
    remedy="Add cash or checks before it is closed.",
)
CHECK_ON_SLIP: Final = declare_code(
    "check_on_slip",
    status=409,
    title="The check lies on another slip",
    remedy="Take it off the slip that the message names.",
)
CHECK_GONE: Final = declare_code(
    "check_gone",
    status=409,
    title="A check is not here any more",
    remedy="Take off the slip what the message names.",
)
SLIP_NOT_DRAFT: Final = declare_code(
    "slip_not_draft",
    status=409,
    title="The slip is not a draft",
    remedy="Reopen it first, while no line of a statement is explained by it.",
)
SLIP_NOT_CLOSED: Final = declare_code(
    "slip_not_closed",
    status=409,
    title="The slip is not on its way to the bank",
    remedy="Read it again: a draft is closed first; one at the bank is taken off its line first.",
)
CHECK_CAME_BACK: Final = declare_code(
    "check_came_back",
    status=409,
    title="A check of the slip came back",
    remedy="The bank has had the slip: it stays closed.",
)


class SessionNotFound(NotFound):
    """404: no such session of a drawer in this company."""

    code = "drawer_session_not_found"
    title = "Session not found"
    remedy = "Take the id from the list of drawer sessions; those of other companies are not found."


class SlipNotFound(NotFound):
    """404: no such deposit slip in this company."""

    code = "deposit_slip_not_found"
    title = "Deposit slip not found"
    remedy = "Take the id from the list of deposit slips; those of other companies are not found."


class SlipChanged(Conflict):
    """409: somebody else changed the slip meanwhile."""

    code = "slip_changed"
    title = "The slip was changed meanwhile"
    remedy = "Read it again, and decide again."
