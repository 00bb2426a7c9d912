"""How much of a payout orders of courts and tax authorities take. Pure (docs/domain.md#payout-orders)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.kernel.money import ZERO, round_half_up

LEAST_LEFT: Final = Decimal("1.00")
"""What every DTR of a payout leaves to the driver: a payment of nothing can be neither sent nor come back."""
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Claim:
    """An order, as far as a payout asks of it: a fixed `amount` or a `percent` of the payout, and what is `left` of
    its total (None where it has none)."""

    order: UUID
    amount: Decimal | None
    percent: Decimal | None
    left: Decimal | None

    def of(self, due: Decimal) -> Decimal:
        """What it asks of a payout of so much."""
        asked = (
            self.amount if self.amount is not None else round_half_up(due * (self.percent or ZERO) / _HUNDRED)
        )
        return asked if self.left is None else min(asked, self.left)


def deduct(dues: Sequence[Decimal], claims: Sequence[Claim]) -> list[list[tuple[UUID, Decimal]]]:
    """What each claim, the first in rank first, takes of each DTR of one payout; the first DTR gives first.

    A claim takes less where less is there; what it did not get is not asked for later.
    """
    room = [max(due - LEAST_LEFT, ZERO) for due in dues]
    taken: list[list[tuple[UUID, Decimal]]] = [[] for _ in dues]
    whole = sum(dues, ZERO)
    for claim in claims:
        asked = claim.of(whole)
        for place, there in enumerate(room):
            part = min(asked, there)
            if part > 0:
                taken[place].append((claim.order, part))
                room[place] -= part
                asked -= part
    return taken
