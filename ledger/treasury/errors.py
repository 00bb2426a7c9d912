"""What bank accounts and drawers refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class BankAccountNotFound(NotFound):
    """404: no such bank account in this company."""

    code = "bank_account_not_found"
    title = "No such bank account"
    remedy = "Take an id of GET /api/accounting/bank-accounts."


class DrawerNotFound(NotFound):
    """404: no such drawer in this company."""

    code = "drawer_not_found"
    title = "No such drawer"
    remedy = "Take an id of GET /api/accounting/drawers; the office's drawer needs none."


class DisbursementNotFound(NotFound):
    """404: nothing was paid out under this id."""

    code = "disbursement_not_found"
    title = "No such disbursement"
    remedy = "Take an id of GET /api/accounting/disbursements."


class DrawerShort(Conflict):
    """409: there is less cash in the drawer than would be paid out."""

    code = "drawer_short"
    title = "Not enough cash in the drawer"
    remedy = "Pay out at most what the message names, from another drawer, or from a bank account."


class NotInTransit(Conflict):
    """409: only what is in transit can be stopped."""

    code = "not_in_transit"
    title = "It is not in transit"
    remedy = "Fetch it again: it says whether it cleared, was stopped, or was paid in cash."


NO_BANK_ACCOUNT: Final = declare_code(
    "no_bank_account",
    status=400,
    title="No bank account in this currency",
    remedy="Open a bank account in the currency, or name one of another currency's money.",
)
WRONG_PLACE: Final = declare_code(
    "wrong_place",
    status=400,
    title="This money does not lie there",
    remedy="Cash comes from a drawer, everything else from a bank account, each in the currency that is paid.",
)
CODE_TAKEN: Final = declare_code(
    "code_taken",
    status=409,
    title="The code is taken",
    remedy="Use another code: it names the accounts of the chart for good.",
)
NOT_EMPTY: Final = declare_code(
    "not_empty",
    status=409,
    title="There is money in it",
    remedy="Move the money, and let what is in transit clear, before closing it.",
)
IS_DEFAULT: Final = declare_code(
    "is_default",
    status=409,
    title="It is the default account of its currency",
    remedy="Make another account of the currency the default first.",
)
HOLDER_UNKNOWN: Final = declare_code(
    "holder_unknown",
    status=400,
    title="No such person in this company",
    remedy="Name somebody who works in this company, or nobody.",
)
