"""The result of a form: lines, figures and postings, as the confirmation and the receipt show them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, Sum

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import ZERO
from ledger.models import Posting
from payments.models import Payment
from payments.services.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Booking:
    """What an account was debited and credited."""

    account: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, or would be. `address` is the page that shows it; `seen` all that a person looks at.

    Numbers are not in `seen`: another cashier may take the next one meanwhile, which changes nothing here. `waits`
    says so when it waits for a second person, and nothing else happens.
    """

    address: str
    seen: tuple[object, ...]
    receipt: Receipt | None = None
    duplicate: Payment | None = None
    installments: list[dict[str, object]] = field(default_factory=list)
    bookings: tuple[Booking, ...] = ()
    waits: str = ""

    @property
    def digest(self) -> str:
        """What the person saw, to compare with the actual result."""
        return hashlib.sha256(repr((self.seen, self.bookings)).encode()).hexdigest()

    @property
    def total_due(self) -> Decimal:
        """What all installments come to."""
        return sum((Decimal(str(row["total_due"])) for row in self.installments), ZERO)

    @property
    def total_interest(self) -> Decimal:
        """The interest in it."""
        return sum((Decimal(str(row["interest_amount"])) for row in self.installments), ZERO)

    @property
    def last_due(self) -> date | None:
        """When the last installment falls due."""
        last = self.installments[-1]["due_date"] if self.installments else None
        return last if isinstance(last, date) else None


def bookings_since(*, actor: Actor, began: UUID) -> tuple[Booking, ...]:
    """The actor's request's postings in entries younger than `began`, summed by account; one statement."""
    rows = (
        Posting.objects.filter(
            company_id=actor.company_id,
            entry_id__gt=began,
            entry__request_id=actor.request_id,
            entry__created_by_id=actor.user_id,
        )
        .order_by()
        .values("account__code", "account__name")
        .annotate(debit=Sum("amount", filter=Q(amount__gt=0)), credit=Sum("amount", filter=Q(amount__lt=0)))
        .order_by("account__code")
    )
    return tuple(
        Booking(row["account__name"], row["debit"] or ZERO, -(row["credit"] or ZERO)) for row in rows
    )
