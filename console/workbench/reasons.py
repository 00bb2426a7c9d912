"""Why a line gets what it gets, in words: the decision that is kept with an allocation.

Rule: docs/domain.md#corrections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.chart import Category

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
    match decision.get("strategy"):
        case "fifo":
            why = f"issued {decision['issue_date']}"
        case "overdue_first":
            why = f"{'overdue, ' if decision['overdue'] else ''}due {decision['due_date']}{_rules(decision)}"
        case "largest_first":
            why = f"{decision['outstanding']} outstanding"
        case "hierarchy":
            why = f"{Category(decision['category']).label} by the hierarchy, due {decision['due_date']}"
        case "custom_priority" if "place_in_order" in decision:
            why = "as you ordered"
        case "custom_priority":
            why = f"by {decision['priority_rules']}"
        case "proportional":
            cent = ", and a left-over cent" if decision["remainder_cent"] else ""
            why = f"{decision['outstanding']} of {decision['of_total']} outstanding{cent}"
        case "percentage_based":
            category = decision.get("category")
            of = f" of the payment for {Category(category).label}" if category else " of the payment"
            why = f"{decision['percent']} %{of}"
        case _:
            return "As you typed"
    return f"{decision['rank']}. {why}"


def _rules(decision: Mapping[str, Any]) -> str:
    rules = decision.get("priority_rules")
    return f", then by {rules}" if rules else ""
