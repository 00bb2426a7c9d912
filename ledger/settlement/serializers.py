"""What the settlement's calls accept, and the rows they return."""

from __future__ import annotations

from typing import Any, Final

from rest_framework import serializers

from batconnect.core.api.answers import Answer, Choice, Day, Flag, Id, Instant, Listed, Money, Text, Whole
from batconnect.core.api.fields import BoundedList, DayInput, LabeledChoice, MoneyInput, StrictSerializer
from batconnect.core.kernel.field_codes import NOT_POSITIVE, REQUIRED
from batconnect.core.kernel.money import format_amount
from batconnect.directory.shapes import NamedDriver, OnLease
from ledger.serializers import LeaseInput
from ledger.settlement.errors import FEE_NOT_NEGATIVE
from ledger.settlement.models import Dtr, DtrExport, LeaseEarning
from ledger.settlement.services.earnings import MAX_ROWS, EarningRow
from ledger.settlement.services.payouts import MAX_AT_ONCE

_MAX_ID: Final = 2**63 - 1


class EarningRowInput(StrictSerializer):
    """One driver's earnings on one lease in one week."""

    driver_id = serializers.IntegerField(min_value=1, max_value=_MAX_ID)
    lease_id = LeaseInput()
    week = DayInput(help_text="The Sunday that begins the week.")
    gross = MoneyInput(
        signed=True, help_text="Above zero; of an adjustment also below zero, of a card fee always."
    )
    kind = LabeledChoice(LeaseEarning.Kind.choices, required=False, default=LeaseEarning.Kind.GROSS.value)
    reference = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        default="",
        help_text="Of an adjustment or card fee: unique.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require what the kind requires."""
        is_gross = attrs["kind"] == LeaseEarning.Kind.GROSS
        if attrs["gross"] == 0 or (is_gross and attrs["gross"] < 0):
            message = f"{format_amount(attrs['gross'])} is not accepted; gross earnings are above zero."
            raise serializers.ValidationError({"gross": message}, code=NOT_POSITIVE)
        if attrs["kind"] == LeaseEarning.Kind.CARD_FEE and attrs["gross"] > 0:
            message = f"{format_amount(attrs['gross'])} is not accepted; a card fee is below zero."
            raise serializers.ValidationError({"gross": message}, code=FEE_NOT_NEGATIVE)
        if not is_gross and not attrs["reference"].strip():
            message = "An adjustment or a card fee needs a reference of its own."
            raise serializers.ValidationError({"reference": message}, code=REQUIRED)
        return attrs


class EarningsInput(StrictSerializer):
    """All rows or none."""

    rows = BoundedList(child=EarningRowInput(), allow_empty=False, max_length=MAX_ROWS)

    def to_rows(self) -> list[EarningRow]:
        """The rows that the validated body describes."""
        return [
            EarningRow(
                row["driver_id"], row["lease_id"], row["week"], row["gross"], row["kind"], row["reference"]
            )
            for row in self.validated_data["rows"]
        ]


class PayoutInput(StrictSerializer):
    """How one DTR is paid out."""

    method = LabeledChoice(Dtr.Method.choices)
    reference_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    paid_on = DayInput(required=False, help_text="Default: the company's today.")
    bank_account_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Default: the currency's default account."
    )


class PayoutsInput(PayoutInput):
    """How several are paid out: `dtr_numbers`, or all of a `week` that are still to be paid."""

    dtr_numbers = BoundedList(
        child=serializers.CharField(max_length=24), required=False, allow_empty=False, max_length=MAX_AT_ONCE
    )
    week = DayInput(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require one of the two."""
        if ("dtr_numbers" in attrs) == ("week" in attrs):
            raise serializers.ValidationError({"dtr_numbers": "Send either dtr_numbers or week."})
        return attrs


class WeekInput(StrictSerializer):
    """A week."""

    week = DayInput(help_text="The Sunday that begins the week.")


class _DtrFigures(Answer):
    """The amounts of a DTR."""

    gross = Money("900.00")
    prior_balance = Money("151.32")
    charges = Money("751.82")
    interim_payments = Money("200.00")
    credits = Money()
    adjustments = Money()
    owed = Money("703.14")
    earned = Money("900.00")
    protected = Money()
    recovered = Money("703.14")
    credits_paid = Money()
    netted_in = Money()
    netted_out = Money()
    net = Money("196.86")
    due_to_driver = Money("196.86")
    carried_forward = Money()
    unallocated_cash = Money()


class DtrRow(_DtrFigures, OnLease):
    """A DTR in a list."""

    dtr_number = Text("DTR-2025-000002")
    week = Day("2025-10-05")
    settled_on = Day("2025-10-12")
    driver_id = Whole(101)
    driver_no = Text("DRV-101")
    driver_name = Text("John Doe")
    tlc_license = Text("00504124")
    currency = Text("USD")
    status = Choice(Dtr.Status)
    paid_on = Day(null=True)
    payment_method = Choice(Dtr.Method.labels, null=True)
    payment_reference = Text()
    former_driver = Flag()
    created_at = Instant()


class _Payout(Answer):
    """How it was paid out."""

    method = Text("ACH")
    reference_number = Text("8812")
    paid_on = Day("2025-10-13")
    paid_at = Instant()
    paid_by = Text("Mara")
    amount = Money("196.86")


class _ChargeLine(Answer):
    """An obligation that the DTR covers."""

    category = Text("Lease")
    reference_id = Text("LS-2054-2025-10-05")
    description = Text("Lease obligation from 2025-10-12")
    due_date = Day("2025-10-12")
    amount = Money("500.00")
    delayed = Flag()
    obligation_id = Id("b1")


class _OtherLine(Answer):
    """What changed an obligation otherwise."""

    category = Text("Loans")
    reference_id = Text("DLN-2025-001-01")
    amount = Money("151.32")
    date = Day("2025-10-08")
    event = Text("allocation_applied")
    description = Text("Interim payment INTPAY-2025-00012 (Check, 2025-10-08)")
    reason = Text()
    obligation_id = Id("b2")


class _CategoryOfDtr(Answer):
    """A category's amounts and charges."""

    category = Text("Lease")
    category_code = Text("LEASE")
    charges = Money("500.00")
    interim_payments = Money("48.68")
    credits = Money()
    adjustments = Money()
    recovered = Money("451.32")
    netted_in = Money()
    lines = Listed(_ChargeLine)


class _EarningsLine(Answer):
    """Earnings that the DTR applies."""

    amount = Money("900.00")
    delayed = Flag()
    credited_on = Day("2025-10-12")
    description = Text("Earnings of the week of 2025-10-05")


class DtrDocument(_DtrFigures, OnLease):
    """A DTR with everything it covers."""

    dtr_number = Text("DTR-2025-000002")
    week = Day("2025-10-05")
    week_end = Day("2025-10-11")
    settled_on = Day("2025-10-12")
    driver = NamedDriver()
    plate_no = Text("8SAM401")
    former_driver = Flag()
    previous_dtr = Text("DTR-2025-000001", null=True)
    currency = Text("USD")
    status = Choice(Dtr.Status, "Paid")
    payout = _Payout(null=True)
    charges_by_category = Listed(_CategoryOfDtr)
    charge_lines = Listed(_ChargeLine)
    interim_payment_lines = Listed(_OtherLine)
    credit_lines = Listed(_OtherLine)
    adjustment_lines = Listed(_OtherLine)
    recovered_lines = Listed(_OtherLine)
    netted_in_lines = Listed(_OtherLine)
    earnings_lines = Listed(_EarningsLine)
    created_at = Instant()


class PaidOut(Answer):
    """How many DTRs were paid out."""

    paid = Whole()
    total = Money("196.86")
    dtr_numbers = Listed(Text("DTR-2025-000002"))


class EarningsImported(Answer):
    """What an import made."""

    created = Whole()
    existing = Whole(0)
    total = Money("900.00")


class EarningListed(Answer):
    """A driver's earnings in a week."""

    id = Id("d1")
    week = Day("2025-10-05")
    driver_id = Whole(101)
    driver_no = Text("DRV-101")
    driver_name = Text("John Doe")
    lease_id = Text("LS-2054")
    lease_id_pk = Whole(2054)
    kind = Choice(LeaseEarning.Kind)
    reference = Text()
    gross = Money("900.00")
    currency = Text("USD")
    status = Choice(LeaseEarning.Status)
    dtr_number = Text(null=True)
    imported_by = Text("Mara")
    created_at = Instant()


class DtrExportRow(Answer):
    """A file of DTRs and how far it is."""

    export_id = Id("e9")
    week = Day("2025-10-05")
    status = Choice(DtrExport.Status, "running")
    total = Whole(110)
    done = Whole(25)
    progress_percentage = Whole(22)
    size = Whole(0)
    error = Text()
    requested_at = Instant()
    completed_at = Instant(null=True)
    url = Text("/ledger/dtrs/exports/01900000-0000-7000-8000-0000000000e9")
    download_url = Text(null=True)


def dtr_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.dtrs` as clients see it."""
    return {
        "dtr_number": row["number"],
        "week": row["week"],
        "settled_on": row["settled_on"],
        "driver_id": row["driver_pk"],
        "driver_no": row["driver_no"],
        "driver_name": row["driver_name"],
        "tlc_license": row["tlc_license"],
        "lease_id": row["lease_no"],
        "lease_id_pk": row["lease_id_pk"],
        "medallion_no": row["medallion_no"],
        "currency": row["currency"],
        **{name: row[name] for name in _DtrFigures.members()},
        "status": row["status"],
        "paid_on": row["paid_on"],
        "payment_method": Dtr.Method(row["payment_method"]).label if row["payment_method"] else None,
        "payment_reference": row["payment_reference"],
        "former_driver": row["is_former"],
        "created_at": row["created_at"],
    }


def earning_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of `querysets.earnings` as clients see it."""
    return {
        "id": row["id"],
        "week": row["week"],
        "driver_id": row["driver_pk"],
        "driver_no": row["driver_no"],
        "driver_name": row["driver_name"],
        "lease_id": row["lease_no"],
        "lease_id_pk": row["lease_id_pk"],
        "kind": row["kind"],
        "reference": row["reference"],
        "gross": row["gross"],
        "currency": row["currency"],
        "status": row["status"],
        "dtr_number": row["dtr_number"],
        "imported_by": row["imported_by"],
        "created_at": row["created_at"],
    }


def export_row(export: DtrExport) -> dict[str, Any]:
    """A file of DTRs as clients see it."""
    is_ready = export.status == DtrExport.Status.COMPLETED
    return {
        "export_id": export.id,
        "week": export.week,
        "status": export.status,
        "total": export.total,
        "done": export.done,
        "progress_percentage": 100 * export.done // export.total if export.total else 100,
        "size": export.size,
        "error": export.error,
        "requested_at": export.requested_at,
        "completed_at": export.completed_at,
        "url": f"/ledger/dtrs/exports/{export.id}",
        "download_url": f"/ledger/dtrs/exports/{export.id}/download" if is_ready else None,
    }
