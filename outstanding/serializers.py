"""The request bodies of outstanding amounts (docs/seeds.md#outstanding-amounts)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, LabeledChoice, MoneyInput, StrictSerializer
from outstanding.rules.modes import PAY_MODES, PLAN_METHODS
from outstanding.rules.plans import FEWEST_ROWS, FREQUENCIES, MAX_ROWS

MAX_IDS = 10_000
_ALIASES = {"check": "cheque"}


def _choices(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, code.replace("_", " ")) for code in codes]


class WholeNumber(serializers.IntegerField):
    """A JSON integer: neither a string nor a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        number: int = super().to_internal_value(data)
        return number


class Flag(serializers.BooleanField):
    """JSON true or false, not something that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class _Chosen(BoundedList):
    """Some rows, at least one."""

    default_error_messages = {
        "empty": "Name at least one installment, or leave installment_ids out to pay all that is outstanding."
    }


class PayRequest(StrictSerializer):
    """`POST …/pay/`. An empty list would pay nothing, so it is refused; null means the same as leaving it out."""

    installment_ids = _Chosen(
        child=WholeNumber(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_null=True,
        allow_empty=False,
        max_length=MAX_IDS,
        help_text="Default, and with null: all that is outstanding.",
    )
    payment_mode = LabeledChoice(_choices(PAY_MODES), aliases=_ALIASES)
    payment_notes = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=500, default=""
    )


class SetupPlanRequest(StrictSerializer):
    """`POST …/setup-payment-plan/`."""

    installment_count = WholeNumber(min_value=FEWEST_ROWS, max_value=MAX_ROWS)
    start_date = DayInput()
    payment_frequency = LabeledChoice(_choices(FREQUENCIES))
    payment_method = LabeledChoice(_choices(PLAN_METHODS), aliases=_ALIASES)
    auto_payment_enabled = Flag(required=False, default=False)
    plan_notes = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=500, default=""
    )
    preview = Flag(required=False, default=False)
    replace = Flag(required=False, default=False)


class CancelRequest(StrictSerializer):
    """`POST …/cancel/`: the insurer's figure, or the days that the policy covers."""

    effective_on = DayInput(help_text="The first day that is not covered any more.")
    unearned = MoneyInput(
        required=False,
        allow_null=True,
        allow_zero=True,
        help_text="The insurer's figure of what is unearned.",
    )
    covers_from = DayInput(required=False, allow_null=True, help_text="To count by days instead.")
    covers_until = DayInput(required=False, allow_null=True)
    reason = serializers.CharField(allow_blank=True, max_length=10_000)
