"""What credit memos refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code

NOT_CREDITABLE: Final = declare_code(
    "not_creditable",
    status=409,
    title="The item is not credited",
    remedy="Correct what the message names instead: a voided item is owed no more, NEG- and RET- items stand for "
    "something else, and a canceled policy was credited when it was canceled.",
)
ABOVE_CREDITABLE: Final = declare_code(
    "above_creditable",
    status=400,
    title="More than can be credited",
    remedy="Credit at most what the message names: the original less what was credited and written off.",
)
HANDED_OVER: Final = declare_code(
    "principal_handed_over",
    status=409,
    title="The principal was handed over",
    remedy="Credit at most the interest that the message names; the driver has had the principal.",
)
CREDIT_USED: Final = declare_code(
    "credit_used",
    status=409,
    title="Nothing of the credit is left",
    remedy="Take back what the credit memo was applied to first; what was paid back is not taken back.",
)
CREDIT_FINAL: Final = declare_code(
    "credit_final",
    status=409,
    title="The credit stands with its document",
    remedy="Stop the hand-over first, where that is what the message names; credits of a loan that is over, or of a "
    "policy that was canceled, stand.",
)
ABOVE_LEFT: Final = declare_code(
    "above_left",
    status=409,
    title="More than is left of the credit memo",
    remedy="Refund at most what is left of it and not reserved; the message names the figure.",
)
BAD_ACCOUNT: Final = declare_code(
    "account_not_debited",
    status=400,
    title="A credit memo does not debit this account",
    remedy="Name a category, or an account of the chart that is not made up of items.",
)
ONE_SUBJECT: Final = declare_code(
    "one_subject",
    status=400,
    title="Name what is credited",
    remedy="Send obligation_id, or invoice_id, or who is credited: driver_id with lease_id, or customer_id.",
)
NOT_MOVABLE: Final = declare_code(
    "not_movable",
    status=409,
    title="The charge cannot be moved",
    remedy="Undo what the message names first, or name another driver or lease.",
)
