"""How a statement of account names its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the journal with what it was about; "" where it was about none."""

    name: str
    category: str
    reference_id: str
    payment_number: str
    method: str
    memo_number: str = ""


_WORDS: Final = {
    "obligation_raised": "{debt}",
    "opening_balance": "Opening balance, {debt}",
    "obligation_voided": "{debt} voided",
    "written_off": "{debt} written off",
    "write_off_voided": "Write-off of {debt} undone",
    "payment_received": "Payment {payment} ({method})",
    "unidentified_matched": "Payment {payment} ({method}), identified later",
    "unidentified_unmatched": "Payment {payment} belonged to another customer",
    "payment_returned": "Payment {payment} returned by the bank",
    "premium_unearned": "{debt} unearned: the policy was canceled",
    "recovered": "{debt} recovered, of what was written off",
    "recovery_voided": "Recovery of {debt} undone",
    "payment_voided": "Payment {payment} voided",
    "allocation_applied": "{payment} applied to {debt}",
    "allocation_voided": "{payment} no longer applied to {debt}",
    "allocation_refunded": "Refund of {payment}, {debt} open again",
    "unallocated_refunded": "Refund of {payment}",
    "credit_issued": "Credit memo {memo}",
    "credit_voided": "Credit memo {memo} voided",
    "credit_applied": "{memo} applied to {debt}",
    "credit_unapplied": "{memo} no longer applied to {debt}",
    "credit_refunded": "Refund of {memo}",
    "paid_out_came_back": "Refund of {payment}{memo} came back",
    "paid_out_stayed_paid": "Refund of {payment}{memo} did not come back",
    "credit_paid_out": "{memo} paid with the weekly settlement",
}


def words_for(event: Event) -> str:
    """The event in words: `PAY-2026-001 applied to Invoice INV-2026-001`."""
    return (
        _WORDS.get(event.name.partition("/")[0], event.name.replace("_", " ").capitalize() + " {debt}")
        .format(
            debt=f"{event.category} {event.reference_id}".strip(),
            payment=event.payment_number,
            method=event.method,
            memo=event.memo_number,
        )
        .strip()
    )
