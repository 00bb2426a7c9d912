"""The tables of paying drivers: their accounts at banks, how a bank account pays, and batches of payouts.

Rule: docs/domain.md#payee-accounts, docs/domain.md#payout-batches.
"""

from ledger.paying.models.batches import (
    Payout,
    PayoutBatch,
    PayoutDownload,
    PayoutFile,
    PayoutItem,
    PayoutReturn,
)
from ledger.paying.models.orders import PayoutDeduction, PayoutOrder
from ledger.paying.models.payees import PayeeAccount, PayeeHold, PayeeNotice, PayingAccount, PayoutSettings

__all__ = [
    "PayeeAccount",
    "PayeeHold",
    "PayeeNotice",
    "PayingAccount",
    "Payout",
    "PayoutBatch",
    "PayoutDeduction",
    "PayoutDownload",
    "PayoutFile",
    "PayoutItem",
    "PayoutOrder",
    "PayoutReturn",
    "PayoutSettings",
]
