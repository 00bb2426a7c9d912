"""What taxes held, remittances, security deposits and processors' deposits refuse."""

from __future__ import annotations

from typing import Final

from batconnect.core.kernel.codes import declare_code
from batconnect.core.kernel.errors import Conflict, NotFound


class DepositNotFound(NotFound):
    """404: no such security deposit in this company."""

    code = "security_deposit_not_found"
    title = "No such security deposit"
    remedy = "Take an id of GET /api/accounting/security-deposits."


class MoreThanHeld(Conflict):
    """409: there is less than what would leave."""

    code = "more_than_held"
    title = "More than is held"
    remedy = "Use at most the amount that the message names."


class AuthorityTaken(Conflict):
    """409: the code names an authority already."""

    code = "tax_authority_taken"
    title = "The code is taken"
    remedy = "Use another code: it names the authority's account for good."


NOT_REMITTED: Final = declare_code(
    "not_remitted",
    status=400,
    title="This account is not remitted",
    remedy="Name one of the accounts that GET /api/accounting/taxes-held lists.",
)
OTHER_DEBTOR: Final = declare_code(
    "other_debtor",
    status=400,
    title="It is owed by somebody else, or for another lease",
    remedy="Use a deposit for what its own customer owes on its own lease.",
)
LEASE_UNKNOWN: Final = declare_code(
    "lease_unknown",
    status=400,
    title="No such lease",
    remedy="Name a lease of this company by its key or number.",
)
NOT_ITS_DRIVER: Final = declare_code(
    "not_its_driver",
    status=400,
    title="The customer is not a driver of this lease",
    remedy="Take the deposit from a payment of a driver who is or was on the lease.",
)
FEE_TOO_LARGE: Final = declare_code(
    "fee_too_large",
    status=400,
    title="The fee and the deposit do not add up",
    remedy="Send the fee of the processor's report; with gross, deposit and fee have to be exactly that.",
)
