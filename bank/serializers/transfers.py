"""Transfers with one side, and cash that is carried between a drawer and the bank (docs/api.md#statement-lines)."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from bank.services.cash_transfers import FROM_BANK, TO_BANK
from bank.services.one_sided import OneSided
from batconnect.core.api.answers import Answer, Day, Id, Listed, Money, Text
from batconnect.core.api.fields import DayInput, LabeledChoice, MoneyInput, StrictSerializer
from batconnect.core.companies.currencies import OFFERED

_DIRECTIONS: Final = ((TO_BANK, "To the bank"), (FROM_BANK, "From the bank"))


class CashTransferInput(StrictSerializer):
    """Cash that was taken to the bank, or fetched from it: the drawer's side of the transfer."""

    direction = LabeledChoice(_DIRECTIONS)
    amount = MoneyInput()
    currency = serializers.ChoiceField(choices=sorted(OFFERED), required=False)
    drawer_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: your own drawer, else the office's."
    )
    moved_on = DayInput(required=False, help_text="Default: the company's today.")
    transfer_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the oldest with the bank's side alone."
    )
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class TransferRow(Answer):
    """A transfer with one side. `amount` is above zero where money left `place`, an account of the chart."""

    transfer_id = Id("f7")
    place = Text("cash:cash")
    currency = Text("USD")
    amount = Money("300.00")
    day = Day("2026-01-15")
    part_id = Id(null=True)
    entry_id = Id("e1", null=True)


class TransfersOpen(Answer):
    """Transfers between own places of which only one side is there, the oldest first."""

    results = Listed(TransferRow)


class CashTransferred(Answer):
    """The transfer; `waits_for` is what has no other side yet, null once both are there."""

    transfer_id = Id("f7")
    waits_for = TransferRow(null=True)


def transfer_row(transfer: OneSided) -> dict[str, Any]:
    """A transfer as `TransferRow` has it."""
    return {
        "transfer_id": transfer.transfer_id,
        "place": transfer.place,
        "currency": transfer.currency,
        "amount": transfer.amount,
        "day": transfer.day,
        "part_id": transfer.part_id,
        "entry_id": transfer.entry_id,
    }
