"""Transaction ids as clients see them: `TXN_` and 12 upper-case hexadecimal digits."""

from __future__ import annotations

import secrets
from typing import Final

_BYTES: Final = 6


def new_transaction_id() -> str:
    """A random transaction id; the database refuses a duplicate."""
    return f"TXN_{secrets.token_hex(_BYTES).upper()}"


def payment_url(payment_id: int) -> str:
    """Where a client follows the payment."""
    return f"/api/case-tracking/payments/{payment_id}/"
