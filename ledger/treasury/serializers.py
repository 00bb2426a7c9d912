"""What the calls on bank accounts, drawers and disbursements accept, and the rows they return."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import StrictBoolean, StrictSerializer
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.kernel.money import ZERO
from ledger.chart import METHODS
from ledger.treasury.models import CODE, LAST_DIGITS, BankAccount, Disbursement, Drawer
from ledger.treasury.querysets import BankFigures

_CURRENCIES: Final = sorted(OFFERED)


class BankAccountInput(StrictSerializer):
    """A bank account to open. `code` becomes part of the codes of its accounts, and never changes."""

    code = serializers.CharField(max_length=20, validators=[CODE])
    name = serializers.CharField(max_length=60)
    currency = serializers.ChoiceField(choices=_CURRENCIES)
    bank_name = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    last_digits = serializers.CharField(
        max_length=4, required=False, allow_blank=True, default="", validators=[LAST_DIGITS]
    )
    is_default = StrictBoolean(required=False, default=False)


class BankAccountChange(StrictSerializer):
    """What is to be different; what is left out stays."""

    name = serializers.CharField(max_length=60, required=False)
    bank_name = serializers.CharField(max_length=80, required=False, allow_blank=True)
    last_digits = serializers.CharField(
        max_length=4, required=False, allow_blank=True, validators=[LAST_DIGITS]
    )
    is_active = StrictBoolean(required=False, help_text="false closes it, true opens it again.")


class DrawerInput(StrictSerializer):
    """A drawer to open. `holder_id` is the user who takes cash into it."""

    code = serializers.CharField(max_length=20, validators=[CODE])
    name = serializers.CharField(max_length=60)
    currency = serializers.ChoiceField(choices=_CURRENCIES)
    holder_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**31 - 1)


class DrawerChange(StrictSerializer):
    """What is to be different; what is left out stays."""

    name = serializers.CharField(max_length=60, required=False)
    holder_id = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=2**31 - 1)
    is_active = StrictBoolean(required=False, help_text="false closes it, true opens it again.")


class BankAccountRow(Answer):
    """A bank account with what it holds by the books."""

    id = Id("ba")
    code = Text("operating")
    name = Text("Operating")
    currency = Text("USD")
    bank_name = Text("First Harbor Bank")
    last_digits = Text("0815")
    is_default = Flag(True)
    is_active = Flag(True)
    balance = Money("12500.00", help_text="Of the account at the bank, as its statements were booked.")
    deposits_in_transit = Money("300.00")
    payments_in_transit = Money("450.00")
    available = Money("12350.00", help_text="When all that is in transit has cleared.")
    created_by = Text("Mara")
    created_at = Instant()


class DrawerRow(Answer):
    """A drawer with what is in it by the books; the office's has no id."""

    id = Id("da", null=True)
    code = Text("front-till")
    name = Text("Front till")
    currency = Text("USD")
    holder_id = Whole(2, null=True)
    holder = Text("merly", null=True)
    is_active = Flag(True)
    balance = Money("180.00")


class DrawerList(Answer):
    """Every drawer: the office's of each currency that has one with money or drawers, then the others."""

    results = Listed(DrawerRow)


class BankAccountList(Answer):
    """Every bank account."""

    results = Listed(BankAccountRow)


class DisbursementRow(Answer):
    """Money that was paid out."""

    id = Id("d5")
    kind = Choice(Disbursement.Kind)
    status = Choice(Disbursement.Status)
    amount = Money("132.42")
    currency = Text("USD")
    method = Choice(METHODS, "check")
    reference = Text("1042")
    payee = Text("John Doe")
    customer_id = Id("c1", null=True)
    customer_name = Text("John Doe", null=True)
    bank_account_id = Id("ba", null=True)
    bank_account_name = Text("Operating", null=True)
    drawer_id = Id("da", null=True)
    drawer_name = Text(null=True)
    paid_on = Day("2025-10-13")
    cleared_on = Day(null=True)
    stopped_on = Day(null=True)
    stop_reason = Text()
    source_type = Text("ledger.dtr")
    source_id = Text("01900000-0000-7000-8000-0000000000a1")
    entry_id = Id("e1")
    stop_entry_id = Id(null=True)
    made_by = Text("Mara")
    created_at = Instant()


def bank_account_row(account: BankAccount, figures: BankFigures) -> dict[str, Any]:
    """A bank account as clients see it."""
    return {
        "id": account.id,
        "code": account.code,
        "name": account.name,
        "currency": account.currency,
        "bank_name": account.bank_name,
        "last_digits": account.last_digits,
        "is_default": account.is_default,
        "is_active": account.is_active,
        "balance": figures.bank,
        "deposits_in_transit": figures.deposits_in_transit,
        "payments_in_transit": figures.payments_in_transit,
        "available": figures.available,
        "created_by": account.created_by,
        "created_at": account.created_at,
    }


def drawer_row(drawer: Drawer, balance: Decimal) -> dict[str, Any]:
    """A drawer as clients see it."""
    return {
        "id": drawer.id,
        "code": drawer.code,
        "name": drawer.name,
        "currency": drawer.currency,
        "holder_id": drawer.holder_id,
        "holder": drawer.holder.get_username() if drawer.holder else None,
        "is_active": drawer.is_active,
        "balance": balance,
    }


def office_row(currency: str, balance: Decimal = ZERO) -> dict[str, Any]:
    """The office's drawer of a currency as clients see it."""
    return {
        "id": None,
        "code": "",
        "name": "Office",
        "currency": currency,
        "holder_id": None,
        "holder": None,
        "is_active": True,
        "balance": balance,
    }
