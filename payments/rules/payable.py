"""Which of a driver's debts an interim payment may pay, and why it may not pay the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ledger.chart import Category

TAXES: Final = "taxes"
NOT_PRIMARY_DRIVER: Final = "not_primary_driver"
OTHER_LEASE: Final = "other_lease"
FORMER_DRIVER: Final = "former_driver"
HINTS: Final = {
    TAXES: "Taxes are paid only by the weekly settlement.",
    NOT_PRIMARY_DRIVER: "The driver is not the primary driver of this lease; its primary driver pays for it.",
    OTHER_LEASE: "The driver no longer drives on this lease; use POST /api/payments for such a payment.",
    FORMER_DRIVER: "The driver has no active lease; use POST /api/payments for such a payment.",
}
"""Each reason in a sentence that says what to do instead."""


def why_not_payable(
    *, category: str, lease_pk: int, primary: Collection[int], driven: Collection[int]
) -> str | None:
    """The reason, None for a debt that the step takes.

    `primary` are the active leases on which the driver is the primary driver today, `driven` those that the driver
    drives today in whatever role.
    """
    if category == Category.TAXES:
        return TAXES
    if lease_pk in primary:
        return None
    if lease_pk in driven:
        return NOT_PRIMARY_DRIVER
    return OTHER_LEASE if primary or driven else FORMER_DRIVER
