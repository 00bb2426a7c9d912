"""What the calls of accounts and holds accept, and the rows they return. No answer has the number of an account."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Money, Text, Whole
from batconnect.core.api.fields import (
    LabeledChoice,
    MoneyInput,
    StrictSerializer,
)
from ledger.paying.models import (
    PayeeAccount,
    PayeeHold,
    PayingAccount,
    PayoutSettings,
)
from ledger.paying.models.payees import AccountKind

_MAX_ID: Final = 2**63 - 1


class PayeeAccountInput(StrictSerializer):
    """The account that a driver is to be paid to."""

    driver_id = serializers.IntegerField(min_value=1, max_value=_MAX_ID)
    holder_name = serializers.CharField(
        max_length=120, required=False, allow_blank=True, default="", help_text="Default: the driver's name."
    )
    routing_number = serializers.CharField(max_length=20, help_text="Nine digits, checked.")
    account_number = serializers.CharField(
        max_length=40, help_text="1 to 17 digits and letters; kept encrypted, shown by its last four."
    )
    kind = LabeledChoice(AccountKind.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class PayeeHoldInput(StrictSerializer):
    """Who is not to be paid, and why."""

    driver_id = serializers.IntegerField(min_value=1, max_value=_MAX_ID)
    reason = serializers.CharField(max_length=500)


class PayingAccountInput(StrictSerializer):
    """How a bank account pays; what is not sent stays."""

    destination = serializers.CharField(max_length=20, required=False, allow_blank=True)
    destination_name = serializers.CharField(max_length=23, required=False, allow_blank=True)
    origin = serializers.CharField(max_length=10, required=False, allow_blank=True)
    origin_name = serializers.CharField(max_length=23, required=False, allow_blank=True)
    company_name = serializers.CharField(max_length=16, required=False, allow_blank=True)
    company_identification = serializers.CharField(max_length=10, required=False, allow_blank=True)
    odfi = serializers.CharField(max_length=8, required=False, allow_blank=True)
    sec_code = LabeledChoice(PayingAccount.SecCode.choices, required=False)
    entry_description = serializers.CharField(max_length=10, required=False)
    offset_routing = serializers.CharField(max_length=20, required=False, allow_blank=True)
    offset_number = serializers.CharField(max_length=40, required=False, allow_blank=True)
    offset_kind = LabeledChoice(AccountKind.choices, required=False)
    next_check = serializers.IntegerField(min_value=1, max_value=10**11, required=False, allow_null=True)
    last_check = serializers.IntegerField(min_value=1, max_value=10**11, required=False, allow_null=True)


class PayoutSettingsInput(StrictSerializer):
    """What the company decides about paying; what is not sent stays."""

    waiting_days = serializers.IntegerField(min_value=0, max_value=60, required=False)
    minimum = MoneyInput(required=False)
    stale_days = serializers.IntegerField(min_value=30, max_value=1000, required=False)


class PayeeAccountRow(Answer):
    """An account that a driver is, was or may be paid to."""

    id = Id("d1")
    driver_name = Text("John Doe")
    customer_id = Id("c1")
    holder_name = Text("John Doe")
    routing_number = Text("021000021")
    last_digits = Text("6789")
    kind = Choice(AccountKind)
    status = Choice(PayeeAccount.Status)
    origin = Choice(PayeeAccount.Origin)
    change_code = Text()
    note = Text()
    proposed_by = Text("Mara")
    proposed_at = Instant()
    decided_by = Text()
    decided_at = Instant(null=True)
    usable_on = Day("2025-10-16", null=True)


class PayeeHoldRow(Answer):
    """A driver who is not paid, or was not."""

    id = Id("e1")
    driver_name = Text("John Doe")
    customer_id = Id("c1")
    origin = Choice(PayeeHold.Origin)
    reason = Text("Disputes his last toll.")
    placed_by = Text("Mara")
    placed_at = Instant()
    released_by = Text()
    released_at = Instant(null=True)
    release_reason = Text()


class PayingAccountRow(Answer):
    """How a bank account pays."""

    bank_account_id = Id("a1")
    bank_account = Text("Operating account")
    destination = Text("021000021")
    destination_name = Text("JPMORGAN CHASE")
    origin = Text("1234567890")
    origin_name = Text("BIG APPLE TAXI")
    company_name = Text("BIG APPLE TAXI")
    company_identification = Text("1234567890")
    odfi = Text("02100002")
    sec_code = Choice(PayingAccount.SecCode)
    entry_description = Text("PAYOUT")
    balanced = Flag()
    offset_routing = Text()
    offset_last_digits = Text()
    offset_kind = Choice(AccountKind)
    next_check = Whole(1001, null=True)
    last_check = Whole(1999, null=True)


class PayoutSettingsRow(Answer):
    """What the company decides about paying."""

    waiting_days = Whole(3)
    minimum = Money("0.01")
    stale_days = Whole(180)


def account_row(row: Any) -> dict[str, Any]:
    """An account of a payee as clients see it."""
    names = (
        *("id", "customer_id", "holder_name", "routing_number", "last_digits", "kind", "status", "origin"),
        *("change_code", "note", "proposed_by", "proposed_at", "decided_by", "decided_at", "usable_on"),
    )
    return {"driver_name": row.customer.name, **{name: getattr(row, name) for name in names}}


def hold_row(row: Any) -> dict[str, Any]:
    """A hold as clients see it."""
    names = (
        *("id", "customer_id", "origin", "reason", "placed_by", "placed_at", "released_by", "released_at"),
        "release_reason",
    )
    return {"driver_name": row.customer.name, **{name: getattr(row, name) for name in names}}


def setup_row(row: Any) -> dict[str, Any]:
    """How a bank account pays, as clients see it."""
    return {
        "bank_account": row.bank_account.name,
        "balanced": bool(row.offset_routing),
        **{
            name: getattr(row, name)
            for name in PayingAccountRow.members()
            if name not in ("bank_account", "balanced")
        },
    }


def settings_row(row: PayoutSettings) -> dict[str, Any]:
    """The company's settings of paying, as clients see them."""
    return {"waiting_days": row.waiting_days, "minimum": row.minimum, "stale_days": row.stale_days}
