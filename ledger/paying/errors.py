"""What paying drivers refuses."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class PayeeAccountNotFound(NotFound):
    """404: no such account of a payee in this company."""

    code = "payee_account_not_found"
    title = "No such account of a payee"
    remedy = "Take an id of GET /ledger/payee-accounts."


class PayoutBatchNotFound(NotFound):
    """404: no such batch in this company."""

    code = "payout_batch_not_found"
    title = "No such payout batch"
    remedy = "Take an id of GET /ledger/payout-batches."


class PayoutNotFound(NotFound):
    """404: no such payout in this company."""

    code = "payout_not_found"
    title = "No such payout"
    remedy = "Take an id of the batch's payouts, GET /ledger/payout-batches/{id}."


class PayoutReserved(Conflict):
    """409: a batch that is not sent yet has reserved the DTR."""

    code = "payout_reserved"
    title = "A batch has reserved it"
    remedy = "Send the batch that the message names, or undo it; then pay the DTR."


class BatchState(Conflict):
    """409: the batch is in another state."""

    code = "payout_batch_state"
    title = "The batch is not in that state"
    remedy = "Fetch the batch: a draft is approved, then built, then sent; what is sent is not undone, it comes back."


class NobodyToPay(Conflict):
    """409: of those asked for, nobody is paid."""

    code = "nobody_to_pay"
    title = "Nobody is paid"
    remedy = "The errors say for each why not; correct that, or choose others."


class PayeesChanged(Conflict):
    """409: since the draft somebody was put on hold, or an account has changed."""

    code = "payees_changed"
    title = "A payee changed since the draft"
    remedy = "Undo the batch and make it again; the message names who changed."


class PayoutOrderNotFound(NotFound):
    """404: no such order on payouts in this company."""

    code = "payout_order_not_found"
    title = "No such order on payouts"
    remedy = "Take an id of GET /ledger/payout-orders."


class OrderApplies(Conflict):
    """409: a court or tax authority takes part of what the driver is paid."""

    code = "payout_order_applies"
    title = "An order takes part of it"
    remedy = "Pay the driver by a batch, which keeps what the order says."


class FileTaken(Conflict):
    """409: the file was taken before, and no reason was given."""

    code = "payout_file_taken"
    title = "The file was taken before"
    remedy = "Give a reason of 10 to 500 characters to take it once more; the bank must not get it twice."


BAD_ORDER: Final = declare_code(
    "bad_payout_order",
    status=400,
    title="Not an order on payouts",
    remedy="Correct what the errors name: an amount or a percentage, its creditor, rank and days.",
)
ORDER_STATE: Final = declare_code(
    "payout_order_state",
    status=409,
    title="The order is not in that state",
    remedy="Fetch the order: what is proposed is confirmed or turned down once, what is confirmed ends once.",
)
RANK_TAKEN: Final = declare_code(
    "payout_order_rank_taken",
    status=409,
    title="Another order has that rank",
    remedy="Give the order another rank, or end the other one first.",
)
BAD_ROUTING: Final = declare_code(
    "bad_routing_number",
    status=400,
    title="Not a routing number",
    remedy="Copy the nine digits from the driver's check or bank statement; the last one checks the others.",
)
BAD_ACCOUNT: Final = declare_code(
    "bad_account_number",
    status=400,
    title="Not an account number",
    remedy="Send the 1 to 17 digits and letters of the account number.",
)
SAME_ACCOUNT: Final = declare_code(
    "same_payee_account",
    status=409,
    title="It is the account already",
    remedy="The driver is paid to this account now; propose another one, or nothing.",
)
NOTHING_PROPOSED: Final = declare_code(
    "nothing_proposed",
    status=409,
    title="No account waits to be confirmed",
    remedy="Fetch the account: it is confirmed, turned down or replaced already.",
)
NOT_HELD: Final = declare_code(
    "payee_not_held", status=409, title="The driver is not on hold", remedy="Nothing has to be released."
)
HELD_ALREADY: Final = declare_code(
    "payee_held", status=409, title="The driver is on hold already", remedy="Release the hold first."
)
NO_PAYING_ACCOUNT: Final = declare_code(
    "no_paying_account",
    status=409,
    title="The bank account is not set up for this",
    remedy="Enter what its ACH files say, or the numbers of its checks, under How accounts pay.",
)
NO_CHECKS: Final = declare_code(
    "checks_used_up",
    status=409,
    title="Not enough numbers of checks",
    remedy="Enter the numbers of the next checks under How accounts pay.",
)
NOT_BANKING_DAY: Final = declare_code(
    "not_a_banking_day",
    status=400,
    title="Banks do not settle on that day",
    remedy="Name a banking day after today, at most 14 days ahead, or leave it out.",
)
TOO_MANY_FILES: Final = declare_code(
    "too_many_ach_files",
    status=409,
    title="No more ACH files today",
    remedy="A bank takes 36 files of one sender a day; build the batch tomorrow.",
)
NOTHING_CAN_RETURN: Final = declare_code(
    "payout_cannot_return",
    status=409,
    title="Nothing of it can come back",
    remedy="Only a payout that was sent and has not come back can.",
)
BAD_RETURN_CODE: Final = declare_code(
    "bad_return_code",
    status=400,
    title="No reason code of a return",
    remedy="Send R01 to R85; of a check VOID, STOP or STALE.",
)
UNREADABLE_RETURNS: Final = declare_code(
    "unreadable_returns",
    status=400,
    title="Not a file of returns",
    remedy="Upload the bank's NACHA file of returns as it came; the message says what is wrong at which line.",
)
NOT_STALE: Final = declare_code(
    "check_not_stale",
    status=409,
    title="The check is not stale",
    remedy="A check is stale after the days that the company has set; stop it, if it must not be paid.",
)
FILE_NOT_TAKEN: Final = declare_code(
    "payout_file_not_taken",
    status=409,
    title="Nobody has taken the file",
    remedy="Take the file, hand it to the bank, and then say that the batch is sent.",
)
NOT_ASKED: Final = declare_code(
    "payout_batch_not_asked",
    status=409,
    title="Nobody has asked for the batch to be approved",
    remedy="Whoever made the batch submits it first.",
)
TOO_MANY_CHECKS: Final = declare_code(
    "too_many_checks",
    status=409,
    title="Too many checks at once",
    remedy="Print them one by one, from the payouts' pages.",
)
