"""What the calls on drawers' sessions and deposit slips accept, and the rows they return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from rest_framework import serializers

from bank.models import DepositSlip, DepositSlipItem, DrawerSession
from bank.querysets.received import ReceivedRow
from bank.rules.denominations import MAX_PIECES
from batconnect.core.api.answers import Answer, Choice, Day, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, MoneyInput, StrictSerializer
from batconnect.core.api.printed import PdfLink
from ledger.chart import METHODS
from payments.models import Payment

MAX_DENOMINATIONS: Final = 20
_CHECKS: Final = 500


class PiecesInput(StrictSerializer):
    """How many there are of a bill or coin."""

    denomination = MoneyInput()
    pieces = serializers.IntegerField(min_value=0, max_value=MAX_PIECES)


def _pieces(help_text: str) -> BoundedList:
    return BoundedList(child=PiecesInput(), required=False, max_length=MAX_DENOMINATIONS, help_text=help_text)


class DrawerSessionInput(StrictSerializer):
    """The float: an amount, or its bills and coins."""

    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")
    amount = MoneyInput(required=False, allow_zero=True)
    denominations = _pieces("In place of the amount, or with it.")


class DrawerCountInput(StrictSerializer):
    """What was counted: cash as an amount, or by bills and coins; checks by number and amount."""

    amount = MoneyInput(required=False, allow_zero=True)
    denominations = _pieces("In place of the amount, or with it.")
    checks = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=MAX_PIECES, help_text="How many."
    )
    checks_amount = MoneyInput(required=False, allow_zero=True, default=Decimal("0.00"))
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=500,
        help_text="10 to 500 characters where anything differs.",
    )


class CashOutInput(StrictSerializer):
    """Cash out of a drawer."""

    drawer_id = serializers.UUIDField(required=False, allow_null=True, help_text="null: the office's.")
    amount = MoneyInput()


class DepositSlipInput(StrictSerializer):
    """What lies on a slip."""

    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")
    bank_account_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the currency's default account."
    )
    cash = BoundedList(child=CashOutInput(), required=False, max_length=50)
    payment_ids = BoundedList(
        child=serializers.UUIDField(),
        required=False,
        max_length=_CHECKS,
        help_text="Those whose check is brought.",
    )
    denominations = _pieces("The cash by bills and coins, as the slip prints it.")
    notes = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class DepositSlipChange(StrictSerializer):
    """What of a draft is to be different; what is left out stays."""

    bank_account_id = serializers.UUIDField(required=False)
    cash = BoundedList(child=CashOutInput(), required=False, max_length=50)
    payment_ids = BoundedList(child=serializers.UUIDField(), required=False, max_length=_CHECKS)
    denominations = _pieces("The cash by bills and coins; an empty list takes them off.")
    notes = serializers.CharField(max_length=500, required=False, allow_blank=True)


class CountedPieces(Answer):
    """A line of a count; attempt 0 is the float."""

    attempt = Whole(1)
    denomination = Money("20.00")
    pieces = Whole(4)
    amount = Money("80.00")


class DrawerSessionRow(Answer):
    """A drawer from its opening to its count. What was expected is told once it is counted."""

    id = Id("d7")
    drawer_id = Id("da", null=True)
    drawer_name = Text("Front till")
    currency = Text("USD")
    holder_id = Whole(2)
    opened_by = Text("Mara")
    opened_on = Day("2025-10-13")
    opened_at = Instant()
    opening_expected = Money("100.00")
    opening_counted = Money("100.00")
    status = Choice(DrawerSession.Status)
    attempt = Whole(1)
    expected = Money("340.00", null=True)
    counted = Money("338.50", null=True)
    difference = Money("-1.50", null=True)
    checks_expected = Whole(2, null=True)
    checks_expected_amount = Money("180.00", null=True)
    checks_counted = Whole(2, null=True)
    checks_counted_amount = Money("180.00", null=True)
    reason = Text("A driver was given too much change.")
    counted_by = Text("Mara")
    counted_on = Day("2025-10-13", null=True)
    counted_at = Instant(null=True)
    approved_by = Text()
    entry_id = Id("e1", null=True)


class DrawerSessionDocument(DrawerSessionRow):
    """With what was counted by denomination."""

    counts = Listed(CountedPieces)


class DepositSlipItemRow(Answer):
    """Cash out of a drawer, or a check."""

    id = Id("d9")
    kind = Choice(DepositSlipItem.Kind, "check")
    drawer_id = Id(null=True)
    drawer_name = Text(null=True)
    payment_id = Id("a1", null=True)
    payment_number = Text("PAY-2025-001", null=True)
    check_number = Text("1042", null=True)
    payer = Text("John Doe", null=True)
    payment_date = Day("2025-10-13", null=True)
    payment_status = Choice(Payment.Status, null=True)
    amount = Money("180.00")


class SlipPieces(Answer):
    """Bills or coins of one denomination."""

    denomination = Money("20.00")
    pieces = Whole(4)
    amount = Money("80.00")


class DepositSlipRow(Answer):
    """A deposit slip."""

    id = Id("d8")
    number = Text("SLIP-2025-001")
    status = Choice(DepositSlip.Status)
    bank_account_id = Id("ba")
    bank_account_name = Text("Operating")
    currency = Text("USD")
    cash = Money("120.00")
    checks = Money("180.00")
    check_count = Whole(1)
    amount = Money("300.00")
    notes = Text()
    version = Whole(1)
    entry_id = Id(null=True)
    closed_on = Day(null=True)
    closed_by = Text()
    void_reason = Text()
    created_by = Text("Mara")
    created_at = Instant()
    slip_pdf_url = PdfLink(null=True)


class DepositSlipDocument(DepositSlipRow):
    """With what lies on it."""

    items = Listed(DepositSlipItemRow)
    denominations = Listed(SlipPieces)


class CheckHereRow(Answer):
    """A check that was received and lies on no slip."""

    payment_id = Id("a1")
    payment_number = Text("PAY-2025-001")
    check_number = Text("1042")
    customer_id = Id("c1")
    payer = Text("John Doe")
    payment_date = Day("2025-10-13")
    amount = Money("180.00")
    currency = Text("USD")
    received_by = Text("Mara")


class ReceivedDay(Answer):
    """A day of a method; `here` and `in_transit` are what there was at its end."""

    day = Day("2025-10-13")
    currency = Text("USD")
    method = Choice(METHODS, "cash")
    received = Money("300.00")
    other = Money("-20.00", help_text="Paid out of it, moved or opened.")
    over_short = Money("-1.50")
    deposited = Money("200.00")
    at_bank = Money("0.00")
    here = Money("78.50")
    in_transit = Money("200.00")


class ReceivedDeposited(Answer):
    """What was received, deposited and is at the bank, by day and method."""

    date_from = Day("2025-10-01")
    date_to = Day("2025-10-13")
    rows = Listed(ReceivedDay)


def to_pieces(values: Sequence[Mapping[str, Any]] | None) -> list[tuple[Decimal, int]]:
    """The pairs that a checked body describes."""
    return [(each["denomination"], each["pieces"]) for each in values or ()]


def slip_row(row: dict[str, Any]) -> dict[str, Any]:
    """A slip of a list as clients see it; its link is added by the view."""
    return {name: value for name, value in row.items() if name not in ("number_order", "denominations")}


def slip_pieces(denominations: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """The cash by denomination."""
    pieces = [(Decimal(value), int(count)) for value, count in denominations]
    return [{"denomination": value, "pieces": count, "amount": value * count} for value, count in pieces]


def received_row(row: ReceivedRow) -> dict[str, Any]:
    """A day of a method."""
    return asdict(row)
