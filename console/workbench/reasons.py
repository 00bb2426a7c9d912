"""Why a line gets what it gets, in words: the decision that is kept with an allocation.

Rule: docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

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


def reason_for(decision: Mapping[str, Any]) -> str:
    """`1. overdue, due 2026-01-31`; decisions as they are kept, amounts and dates as text."""
    strategy = DECLARED.get(decision.get("strategy", ""))
    return f"{decision['rank']}. {strategy.why(decision)}" if strategy else "As you typed"
