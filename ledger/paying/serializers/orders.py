"""What the calls of orders on payouts accept, and the rows they return."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Money, Rate, Text, Whole
from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput, RateInput, StrictSerializer
from ledger.paying.models import PayoutOrder

_MAX_ID: Final = 2**63 - 1
_NAMES: Final = (
    *("id", "customer_id", "kind", "creditor", "creditor_code", "reference", "rank", "amount", "percent"),
    *("total", "kept", "currency", "from_on", "until_on", "status", "note", "proposed_by", "proposed_at"),
    *("decided_by", "decided_at", "ended_by", "ended_at", "end_reason"),
)


class PayoutOrderInput(StrictSerializer):
    """What is to be kept of a driver's payouts: `amount` of each, or `percent`."""

    driver_id = serializers.IntegerField(min_value=1, max_value=_MAX_ID)
    kind = LabeledChoice(PayoutOrder.Kind.choices)
    creditor = serializers.CharField(max_length=80)
    creditor_code = serializers.CharField(
        max_length=20, help_text="Letters and digits; names the creditor's account in the chart."
    )
    reference = serializers.CharField(max_length=60, help_text="The number of the order.")
    rank = serializers.IntegerField(min_value=1, max_value=99, help_text="1 takes first.")
    amount = MoneyInput(required=False, allow_null=True, help_text="Of each payout.")
    percent = RateInput(
        required=False, allow_null=True, above=Decimal(0), at_most=Decimal(100), help_text="Of each payout."
    )
    total = MoneyInput(
        required=False, allow_null=True, help_text="When so much is kept, no more is; without, until it ends."
    )
    from_on = DayInput()
    until_on = DayInput(required=False, allow_null=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class PayoutOrderRow(Answer):
    """An order on a driver's payouts, and what payouts that are reserved or sent have kept for it."""

    id = Id("e1")
    driver_name = Text("John Doe")
    customer_id = Id("c1")
    kind = Choice(PayoutOrder.Kind)
    creditor = Text("Queens Family Court")
    creditor_code = Text("qfc")
    reference = Text("F-1234-25")
    rank = Whole(1)
    amount = Money("60.00", null=True)
    percent = Rate(None, null=True)
    total = Money("1200.00", null=True)
    kept = Money("180.00")
    currency = Text("USD")
    from_on = Day("2025-10-01")
    until_on = Day(null=True)
    status = Choice(PayoutOrder.Status)
    note = Text()
    proposed_by = Text("Mara")
    proposed_at = Instant()
    decided_by = Text()
    decided_at = Instant(null=True)
    ended_by = Text()
    ended_at = Instant(null=True)
    end_reason = Text()


def order_row(row: Any) -> dict[str, Any]:
    """An order as clients see it."""
    return {"driver_name": row.customer.name, **{name: getattr(row, name) for name in _NAMES}}
