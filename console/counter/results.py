"""The result of a form: lines, figures and postings, as the confirmation and the receipt show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from batconnect.core.console.confirmations import digest_of
from batconnect.core.kernel.money import ZERO
from ledger.previews import Booking
from payments.models import Payment
from payments.services.receipts import Receipt


@dataclass(frozen=True, slots=True)
class Result:
    """What was done, or would be. `address` is the page that shows it; `seen` all that a person looks at.

    Numbers are not in `seen`: another cashier may take the next one meanwhile, which changes nothing here. `waits`
    says so when it waits for a second person, and nothing else happens. `is_repeated`: it was done by an earlier click.
    `facts` and `lines` are what the confirmation shows: names with values, and the rows of a table.
    `duplicate` is the payment that it looks like: by its reference when `is_same_reference`, else by its amount.
    """

    address: str
    seen: tuple[object, ...]
    receipt: Receipt | None = None
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    duplicate: Payment | None = None
    is_same_reference: bool = False
    installments: list[dict[str, object]] = field(default_factory=list)
    bookings: tuple[Booking, ...] = ()
    waits: str = ""
    warnings: tuple[str, ...] = ()
    is_repeated: bool = False

    @property
    def digest(self) -> str:
        """What the person saw, to compare with the actual result."""
        return digest_of(self.seen, self.bookings)

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
