"""What the settlement's calls accept, and the rows they return."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, LabeledChoice, MoneyInput, StrictSerializer
from ledger.serializers import LeaseInput
from ledger.settlement.models import Dtr, DtrExport
from ledger.settlement.services.earnings import MAX_ROWS, EarningRow
from ledger.settlement.services.payouts import MAX_AT_ONCE

_MAX_ID: Final = 2**63 - 1


class EarningRowInput(StrictSerializer):
    """One driver's earnings on one lease in one week."""

    driver_id = serializers.IntegerField(min_value=1, max_value=_MAX_ID)
    lease_id = LeaseInput()
    week = DayInput(help_text="The Sunday that begins the week.")
    gross = MoneyInput()


class EarningsInput(StrictSerializer):
    """All rows or none."""

    rows = BoundedList(child=EarningRowInput(), allow_empty=False, max_length=MAX_ROWS)

    def to_rows(self) -> list[EarningRow]:
        """The rows that the validated body describes."""
        return [
            EarningRow(row["driver_id"], row["lease_id"], row["week"], row["gross"])
            for row in self.validated_data["rows"]
        ]


class PayoutInput(StrictSerializer):
    """How one DTR is paid out."""

    method = LabeledChoice(Dtr.Method.choices)
    reference_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    paid_on = DayInput(required=False, help_text="Default: the company's today.")


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
        **{name: row[name] for name in _AMOUNTS},
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


_AMOUNTS: Final = (
    "gross",
    "prior_balance",
    "charges",
    "interim_payments",
    "adjustments",
    "owed",
    "recovered",
    "net",
    "due_to_driver",
    "carried_forward",
    "unallocated_cash",
)
_INSTANT: Final = datetime.fromisoformat("2025-10-12T09:00:00+00:00")
_FIGURES: Final = {
    "gross": Decimal("900.00"),
    "prior_balance": Decimal("151.32"),
    "charges": Decimal("751.82"),
    "interim_payments": Decimal("200.00"),
    "adjustments": Decimal("0.00"),
    "owed": Decimal("703.14"),
    "recovered": Decimal("703.14"),
    "net": Decimal("196.86"),
    "due_to_driver": Decimal("196.86"),
    "carried_forward": Decimal("0.00"),
    "unallocated_cash": Decimal("0.00"),
}
DTR_EXAMPLE: Final = {
    "dtr_number": "DTR-2025-000002",
    "week": "2025-10-05",
    "settled_on": "2025-10-12",
    "driver_id": 101,
    "driver_no": "DRV-101",
    "driver_name": "John Doe",
    "tlc_license": "00504124",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "currency": "USD",
    **_FIGURES,
    "status": "Finalized",
    "paid_on": None,
    "payment_method": None,
    "payment_reference": "",
    "former_driver": False,
    "created_at": _INSTANT,
}
_CHARGE_EXAMPLE: Final = {
    "category": "Lease",
    "reference_id": "LS-2054-2025-10-05",
    "description": "Lease obligation from 2025-10-12",
    "due_date": "2025-10-12",
    "amount": Decimal("500.00"),
    "delayed": False,
    "obligation_id": UUID("01900000-0000-7000-8000-0000000000b1"),
}
_OTHER_EXAMPLE: Final = {
    "category": "Loans",
    "reference_id": "DLN-2025-001-01",
    "amount": Decimal("151.32"),
    "date": "2025-10-08",
    "event": "allocation_applied",
    "description": "Interim payment INTPAY-2025-00012 (Check, 2025-10-08)",
    "reason": "",
    "obligation_id": UUID("01900000-0000-7000-8000-0000000000b2"),
}
DETAIL_EXAMPLE: Final = {
    "dtr_number": "DTR-2025-000002",
    "week": "2025-10-05",
    "week_end": "2025-10-11",
    "settled_on": "2025-10-12",
    "driver": {"id": 101, "driver_id": "DRV-101", "full_name": "John Doe", "tlc_license": "00504124"},
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "plate_no": "8SAM401",
    "former_driver": False,
    "previous_dtr": "DTR-2025-000001",
    "currency": "USD",
    **_FIGURES,
    "status": "Paid",
    "payout": {
        "method": "ACH",
        "reference_number": "8812",
        "paid_on": "2025-10-13",
        "paid_at": _INSTANT,
        "paid_by": "Mara",
        "amount": Decimal("196.86"),
    },
    "charges_by_category": [
        {
            "category": "Lease",
            "category_code": "LEASE",
            "charges": Decimal("500.00"),
            "interim_payments": Decimal("48.68"),
            "adjustments": Decimal("0.00"),
            "recovered": Decimal("451.32"),
            "lines": [_CHARGE_EXAMPLE],
        }
    ],
    "charge_lines": [_CHARGE_EXAMPLE],
    "interim_payment_lines": [_OTHER_EXAMPLE],
    "adjustment_lines": [_OTHER_EXAMPLE],
    "recovered_lines": [_OTHER_EXAMPLE],
    "earnings_lines": [
        {
            "amount": Decimal("900.00"),
            "delayed": False,
            "credited_on": "2025-10-12",
            "description": "Earnings of the week of 2025-10-05",
        }
    ],
    "created_at": _INSTANT,
}
EARNING_EXAMPLE: Final = {
    "id": UUID("01900000-0000-7000-8000-0000000000d1"),
    "week": "2025-10-05",
    "driver_id": 101,
    "driver_no": "DRV-101",
    "driver_name": "John Doe",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "gross": Decimal("900.00"),
    "currency": "USD",
    "status": "credited",
    "dtr_number": None,
    "imported_by": "Mara",
    "created_at": _INSTANT,
}
EXPORT_EXAMPLE: Final = {
    "export_id": UUID("01900000-0000-7000-8000-0000000000e9"),
    "week": "2025-10-05",
    "status": "running",
    "total": 110,
    "done": 25,
    "progress_percentage": 22,
    "size": 0,
    "error": "",
    "requested_at": _INSTANT,
    "completed_at": None,
    "url": "/ledger/dtrs/exports/01900000-0000-7000-8000-0000000000e9",
    "download_url": None,
}
