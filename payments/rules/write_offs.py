"""The sales tax in what is written off of an invoice (docs/domain.md#write-offs-by-category)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from batconnect.core.kernel.money import from_cents, round_half_up, to_cents


def tax_written_off(
    *, taxes: Sequence[Decimal], total: Decimal, before: Decimal, amount: Decimal
) -> list[Decimal]:
    """The part of each of the invoice's taxes (one per rate) that `amount` × tax ÷ `total` is.

    In whole cents by the largest remainder; cumulative over write-offs (`before` had been written off), so that those
    of a whole invoice sum to its tax.
    """
    tax = sum(taxes, Decimal("0.00"))
    if not tax:
        return [Decimal("0.00")] * len(taxes)
    share = round_half_up(tax * (before + amount) / total) - round_half_up(tax * before / total)
    cents, weights = to_cents(share), [to_cents(each) for each in taxes]
    whole = sum(weights)
    parts = [cents * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(cents * weights[place] % whole), -weights[place], place)
    )
    for place in by_remainder[: cents - sum(parts)]:
        parts[place] += 1
    return [from_cents(part) for part in parts]
