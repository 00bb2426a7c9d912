"""The bodies that outstanding amounts take (docs/seeds.md#outstanding-amounts)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, LabelledChoice, StrictSerializer
from outstanding.rules.modes import PAY_MODES, PLAN_METHODS
from outstanding.rules.plans import FEWEST_ROWS, FREQUENCIES, MOST_ROWS

MOST_IDS = 10_000
_ALIASES = {"check": "cheque"}


def _choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, code.replace("_", " ")) for code in codes]


class WholeNumber(serializers.IntegerField):
    """An integer as JSON writes it: neither a text nor a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        found: int = super().to_internal_value(data)
        return found


class Flag(serializers.BooleanField):
    """true or false, not something that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class PayRequest(StrictSerializer):
    """`POST …/pay/`."""

    installment_ids = BoundedList(
        child=WholeNumber(min_value=1, max_value=2**63 - 1), required=False, max_length=MOST_IDS
    )
    payment_mode = LabelledChoice(_choices(PAY_MODES), aliases=_ALIASES)
    payment_notes = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class SetupPlanRequest(StrictSerializer):
    """`POST …/setup-payment-plan/`."""

    installment_count = WholeNumber(min_value=FEWEST_ROWS, max_value=MOST_ROWS)
    start_date = DayInput()
    payment_frequency = LabelledChoice(_choices(FREQUENCIES))
    payment_method = LabelledChoice(_choices(PLAN_METHODS), aliases=_ALIASES)
    auto_payment_enabled = Flag(required=False, default=False)
    plan_notes = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
    preview = Flag(required=False, default=False)
    replace = Flag(required=False, default=False)
