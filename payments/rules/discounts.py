"""Early-payment discounts: who earns one, how much, and what a refund takes back of it.

Rule: docs/domain.md#discounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from batconnect.core.kernel.money import ZERO, from_cents, round_half_up, to_cents

NO_TERMS: Final = "no_terms"
OUTSIDE_WINDOW: Final = "outside_window"
OVERDUE: Final = "overdue"
BACK_DATED: Final = "back_dated"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invoice offers: `percent` off what is settled up to `days` before the due date, inclusive."""

    percent: Decimal
    days: int


@dataclass(frozen=True, slots=True)
class Paid:
    """When a payment was made and when it was recorded; `may_back_date`: a finance manager allocates."""

    on: date
    recorded_on: date
    back_dating_days: int
    may_back_date: bool

    @property
    def is_back_dated(self) -> bool:
        """Whether it is dated further back than the company takes without a finance manager."""
        return (self.recorded_on - self.on).days > self.back_dating_days and not self.may_back_date


def last_day(terms: Terms, due_date: date) -> date:
    """The last day of the discount window, which is in it."""
    return due_date - timedelta(days=terms.days)


def why_no_discount(*, terms: Terms | None, due_date: date, paid: Paid) -> str:
    """Why the payment earns no discount on the invoice; "" when it does. The payment date decides, not today."""
    if terms is None:
        return NO_TERMS
    if paid.on > due_date:
        return OVERDUE
    if paid.on > last_day(terms, due_date):
        return OUTSIDE_WINDOW
    return BACK_DATED if paid.is_back_dated else ""


def discount_on(amount: int, percent: Decimal) -> int:
    """The discount in cents on settling `amount` cents: amount × percent, half-up; a cent at least is paid in cash."""
    if amount <= 0 or not percent:
        return 0
    return min(int((amount * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)), amount - 1)


def discount_of(amount: Decimal, percent: Decimal) -> Decimal:
    """`discount_on` for an amount with two places."""
    return from_cents(discount_on(to_cents(amount), percent))


def discount_share(
    *, discount: Decimal, cash: Decimal, refunded: Decimal, reversed_before: Decimal
) -> Decimal:
    """What a refund takes back of the discount, when `refunded` of the `cash` will be refunded in all.

    Cumulative, so that the shares of all refunds sum to the discount exactly.
    """
    assert ZERO < refunded <= cash, "a refund lies within the cash"
    return round_half_up(discount * refunded / cash) - reversed_before
