"""What an invoice's lines come to, and how far it is paid (docs/domain.md#bookings, docs/api.md#payments)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from batconnect.core.kernel.money import ZERO, round_half_up

INVOICE_STATUSES: Final = {
    "open": "Open",
    "partial": "Partially paid",
    "paid": "Paid",
    "written_off": "Written off",
    "voided": "Voided",
}


@dataclass(frozen=True, slots=True)
class LineTax:
    """A tax on a line: `rate` in percent, `amount` in the invoice's currency."""

    name: str
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """What a line comes to."""

    net: Decimal
    taxes: tuple[LineTax, ...]

    @property
    def tax(self) -> Decimal:
        """All of its taxes."""
        return sum((each.amount for each in self.taxes), ZERO)


def line_amounts(
    *, quantity: Decimal, unit_price: Decimal, taxes: Iterable[tuple[str, Decimal]]
) -> LineAmounts:
    """Net = half-up(quantity × unit price); each tax, (name, rate in percent), half-up of the rounded net."""
    net = round_half_up(quantity * unit_price)
    return LineAmounts(
        net, tuple(LineTax(name, rate, round_half_up(net * rate / 100)) for name, rate in taxes)
    )


def tax_per_rate(lines: Sequence[LineAmounts]) -> dict[Decimal, Decimal]:
    """The tax of all lines by rate, lowest rate first; the shares sum to the invoice's tax."""
    taxes: dict[Decimal, Decimal] = {}
    for line in lines:
        for tax in line.taxes:
            taxes[tax.rate] = taxes.get(tax.rate, ZERO) + tax.amount
    return dict(sorted(taxes.items()))


def wrong_terms(
    *, percent: Decimal | None, days: int | None, issue_date: date, due_date: date
) -> tuple[str, str] | None:
    """The field (`percent` or `days`) and what is wrong with the terms for early payment: both or none,
    0 < percent < 100, 0 < days ≤ the credit term."""
    if percent is None and days is None:
        return None
    if percent is None or days is None:
        return ("percent" if percent is None else "days"), "Send both the percent and the days, or neither."
    if not 0 < percent < 100:
        return "percent", f"{percent} is not a discount: enter a percent above 0 and below 100."
    term = (due_date - issue_date).days
    if not 0 < days <= term:
        return "days", f"{days} is not accepted: enter 1 up to the credit term, which is {term} days."
    return None


def invoice_status(*, status: str, original: Decimal, outstanding: Decimal, written_off: Decimal) -> str:
    """`open`, `partial`, `paid`, `written_off` (nothing but write-offs closed it) or `voided`, from its obligation."""
    if status == "voided":
        return "voided"
    if outstanding == 0:
        return "written_off" if written_off == original else "paid"
    return "open" if outstanding == original else "partial"
