"""Payment modes as docs/seeds.md#outstanding-amounts writes them, and the methods they are in the ledger."""

from __future__ import annotations

from typing import Final

PAY_MODES: Final = (
    "credit_card",
    "debit_card",
    "net_banking",
    "upi",
    "wallet",
    "bank_transfer",
    "cheque",
    "cash",
    "emi",
    "auto_debit",
)
PLAN_METHODS: Final = (*PAY_MODES, "standing_instruction", "nach", "enach")
OFFLINE: Final = frozenset({"cash", "cheque", "bank_transfer"})


def is_offline(mode: str) -> bool:
    """Whether the money has been received when the payment is entered; other modes go through the gateway."""
    return mode in OFFLINE


def method_of(mode: str) -> str:
    """The payment method in the ledger: a cheque is a check."""
    return "check" if mode == "cheque" else mode
