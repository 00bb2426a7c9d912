"""The hook by which apps below and beside the one that keeps credit memos give a customer a credit.

Rule: docs/architecture.md#hooks, docs/domain.md#credit-memos.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from batconnect.core.kernel.actors import Actor
from ledger.postings import Leg


@dataclass(frozen=True, slots=True)
class IssuedCredit:
    """A credit memo as it was issued: what is `left` of it may be applied, refunded, or used by the DTR run."""

    memo_id: UUID
    number: str
    entry_id: UUID
    left: Decimal


class CreditIssuer(Protocol):
    """The app that keeps credit memos."""

    def __call__(
        self,
        *,
        actor: Actor,
        customer_id: UUID,
        lease_id: int | None,
        currency: str,
        debits: Sequence[Leg] = (),
        reason: str,
        category: str = "",
        case_no: str = "",
        operation_id: UUID | None = None,
        item_id: UUID | None = None,
    ) -> IssuedCredit:
        """Credit the customer with the sum of `debits`, which are the debit lines of the memo's entry, in the running
        transaction, effective today; the caller has checked rights and limits, and holds the locks on what the debits
        name. Takes a number: no other lock is taken afterwards.

        With `item_id`, an obligation that the caller has locked, the memo is the item's, in place of `debits`: it
        credits all of it that is neither credited nor written off, debits what the item had credited, and is applied
        first to what is still owed of it. Raises Conflict 409 `not_creditable`, `principal_handed_over` for such an
        item."""
        ...


# (actor, id of an operation) → why a credit that it gave stands, empty if it may be voided
Keeper = Callable[[Actor, UUID], str]

_issuers: Final[list[CreditIssuer]] = []
_keepers: Final[list[Keeper]] = []


def register_issuer(issuer: CreditIssuer) -> None:
    """Register the one app that keeps credit memos, from its `ready()`."""
    assert not _issuers, "one app keeps the credit memos"
    _issuers.append(issuer)


def credit_issuer() -> CreditIssuer:
    """What issues a credit. Raises ValueError where no app keeps credit memos."""
    (issuer,) = _issuers
    return issuer


def register_keeper(keeper: Keeper) -> None:
    """Register what says which of an app's documents keep the credits that they gave, from the app's `ready()`."""
    assert keeper not in _keepers, "it is registered already"
    _keepers.append(keeper)


def why_kept(*, actor: Actor, operation_id: UUID | None) -> str:
    """Why a credit that the operation gave is not voided alone; empty if it may be."""
    if operation_id is None:
        return ""
    return next((why for keeper in _keepers if (why := keeper(actor, operation_id))), "")
