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


_WORDS: Final = {
    "obligation_raised": "{debt}",
    "opening_balance": "Opening balance, {debt}",
    "obligation_voided": "{debt} voided",
    "written_off": "{debt} written off",
    "write_off_voided": "Write-off of {debt} undone",
    "payment_received": "Payment {payment} ({method})",
    "unidentified_matched": "Payment {payment} ({method}), identified later",
    "unidentified_unmatched": "Payment {payment} belonged to another customer",
    "payment_voided": "Payment {payment} voided",
    "allocation_applied": "{payment} applied to {debt}",
    "allocation_voided": "{payment} no longer applied to {debt}",
    "allocation_refunded": "Refund of {payment}, {debt} open again",
    "unallocated_refunded": "Refund of {payment}",
}


def words_for(event: Event) -> str:
    """The event in words: `PAY-2026-001 applied to Invoice INV-2026-001`."""
    return (
        _WORDS.get(event.name, event.name.replace("_", " ").capitalize() + " {debt}")
        .format(
            debt=f"{event.category} {event.reference_id}".strip(),
            payment=event.payment_number,
            method=event.method,
        )
        .strip()
    )
