"""Why a line gets what it gets, in words: the decision that is kept with an allocation.

Rule: docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import say_days
from payments.rules.strategies import DECLARED

NO_DISCOUNT: Final = {
    "no_terms": "no discount is offered",
    "outside_window": "the payment came after the discount's last day",
    "overdue": "the payment came after the due date",
    "back_dated": "dated too far back for a discount, unless a finance manager allocates it",
}
SKIPPED: Final = {
    "no_cash_left": "No cash left",
    "not_in_order": "Not in your order",
    "share_below_a_cent": "Its share is below a cent",
    "no_share": "No percentage given",
}
_AMOUNTS: Final = ("outstanding", "of_total")


def reason_for(decision: Mapping[str, Any]) -> str:
    """`1. overdue, due Jan. 31, 2026`; decisions as they are kept, amounts and dates as text."""
    strategy = DECLARED.get(decision.get("strategy", ""))
    if strategy is None:
        return "As you typed"
    amounts = {name: format_amount(Decimal(decision[name])) for name in _AMOUNTS if name in decision}
    return say_days(f"{decision['rank']}. {strategy.why({**decision, **amounts})}")
