"""Which of a driver's debts an interim payment may pay, and why it may not pay the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ledger.chart import Category

TAXES: Final = "taxes"
OTHER_LEASE: Final = "other_lease"
FORMER_DRIVER: Final = "former_driver"
HINTS: Final = {
    TAXES: "Taxes are paid only by the weekly settlement.",
    OTHER_LEASE: "The driver no longer drives on this lease; use POST /api/payments for such a payment.",
    FORMER_DRIVER: "The driver has no active lease; use POST /api/payments for such a payment.",
}
"""Each reason in a sentence that says what to do instead."""


def why_not_payable(*, category: str, lease_pk: int, driven: Collection[int]) -> str | None:
    """The reason, None for a debt that the step takes.

    `driven` are the active leases that the driver drives today, as primary or as additional driver.
    """
    if category == Category.TAXES:
        return TAXES
    if lease_pk in driven:
        return None
    return OTHER_LEASE if driven else FORMER_DRIVER
