"""What the pages of payouts, and of what they depend on, show first."""

from ledger.paying.faces.batches import PAYOUT_BATCH_FACE, PAYOUT_FACE
from ledger.paying.faces.payees import HOLD_FACE, ORDER_FACE, PAYEE_FACE, PAYING_FACE, RETURN_FACE

__all__ = [
    "HOLD_FACE",
    "ORDER_FACE",
    "PAYEE_FACE",
    "PAYING_FACE",
    "PAYOUT_BATCH_FACE",
    "PAYOUT_FACE",
    "RETURN_FACE",
]
