"""The sources of what paying drivers leaves in the trail. Pure: payouts post as those of their DTRs."""

from __future__ import annotations

from typing import Final

BATCH: Final = "ledger.payout_batch"
PAYEE_ACCOUNT: Final = "ledger.payee_account"
PAYEE_HOLD: Final = "ledger.payee_hold"
PAYOUT_ORDER: Final = "ledger.payout_order"
PAYING_ACCOUNT: Final = "ledger.paying_account"
RETURN: Final = "ledger.payout_return"
