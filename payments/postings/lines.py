"""The lines of an entry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from batconnect.core.kernel.money import ZERO
from ledger.postings import Leg


def legs_of(*lines: tuple[str, Decimal, dict[str, Any]]) -> tuple[Leg, ...]:
    """The lines whose amount is not zero: a posting of 0.00 says nothing and is refused."""
    return tuple(Leg(account, amount, **names) for account, amount, names in lines if amount != ZERO)
