"""How something is paid out, as clients send it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.fields import DayInput, LabeledChoice, StrictSerializer
from ledger.chart import METHODS
from ledger.treasury.services.paying import PaidFrom

PAID_FROM_ERRORS: Final = (
    *("unknown_choice", "date_in_future", "date_closed", "no_bank_account", "wrong_place"),
    *("bank_account_not_found", "drawer_not_found", "drawer_short"),
)
"""The codes of what `treasury.prepare_disbursement` refuses."""


class PaidFromInput(StrictSerializer):
    """How it is paid: cash from a drawer, everything else from a bank account, the default one unless named."""

    method = LabeledChoice(tuple(METHODS.items()), help_text="A payment method's code or label, any case.")
    bank_account_id = serializers.UUIDField(required=False, allow_null=True)
    drawer_id = serializers.UUIDField(required=False, allow_null=True)
    reference_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    payee = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    paid_on = DayInput(required=False, help_text="Default: the company's today.")


def read_paid_from(values: Mapping[str, Any]) -> PaidFrom:
    """What the checked members of a PaidFromInput say."""
    return PaidFrom(
        method=values["method"],
        bank_account_id=values.get("bank_account_id"),
        drawer_id=values.get("drawer_id"),
        reference=values.get("reference_number", "").strip(),
        payee=values.get("payee", "").strip(),
        paid_on=values.get("paid_on"),
    )
