"""The examples of interim payments."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.api.printed import LINK_EXAMPLE

TAGS: Final = ["Interim Payments"]
_ID: Final = UUID("01900000-0000-7000-8000-0000000000a1")
_DAY: Final = date(2025, 10, 20)
_INSTANT: Final = datetime(2025, 10, 20, 14, 5, tzinfo=UTC)
_NUMBER: Final = "INTPAY-2025-00012"
_URL: Final = f"/payments/interim-payments/{_NUMBER}/receipt"

ROW: Final[dict[str, Any]] = {
    "payment_id": _NUMBER,
    "driver_name": "John Doe",
    "tlc_license": "00504124",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "category": "Lease",
    "reference_id": "MED-102-LS-08",
    "amount": Decimal("265.00"),
    "payment_date": _DAY,
    "payment_method": "ACH",
    "status": "Posted",
    "receipt_url": _URL,
    "receipt_pdf_url": LINK_EXAMPLE,
}
PAGE: Final[dict[str, Any]] = {
    "items": [ROW],
    "total_items": 1,
    "page": 1,
    "per_page": 50,
    "total_pages": 1,
    "total_is_estimate": False,
}
DETAIL: Final[dict[str, Any]] = {
    "payment_id": _NUMBER,
    "receipt_number": f"R-{_NUMBER}",
    "receipt_url": _URL,
    "receipt_pdf_url": LINK_EXAMPLE,
    "case_no": "INTPAY000123",
    "status": "Posted",
    "driver_id": 101,
    "driver_no": "DRV-101",
    "driver_name": "John Doe",
    "tlc_license": "00504124",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "total_amount": Decimal("600.00"),
    "unallocated_amount": Decimal("0.00"),
    "currency": "USD",
    "payment_method": "ACH",
    "payment_date": _DAY,
    "reference_number": "",
    "notes": "Partial payment for repairs and lease.",
    "created_by": "Merly",
    "created_at": _INSTANT,
    "voided_at": None,
    "void_reason": "",
    "allocations": [
        {
            "allocation_id": _ID,
            "operation_id": _ID,
            "obligation_id": _ID,
            "category": "Lease",
            "reference_id": "MED-102-LS-08",
            "description": "Lease obligation from 2024-10-20",
            "amount": Decimal("265.00"),
            "outstanding_after": Decimal("0.00"),
            "note": "",
            "strategy": "chosen",
            "decision": {"line": 1, "outstanding_before": "265.00"},
            "status": "Posted",
            "allocation_date": _DAY,
            "voided_at": None,
            "reason": "",
        }
    ],
}
RECEIPT: Final[dict[str, Any]] = {
    "receipt_number": f"R-{_NUMBER}",
    "payment_id": _NUMBER,
    "status": "Posted",
    "voided": False,
    "voided_at": None,
    "void_reason": "",
    "company": {"name": "Big Apple Taxi", "address": "", "phone": "", "email": ""},
    "driver": {"id": 101, "driver_id": "DRV-101", "full_name": "John Doe", "tlc_license": "00504124"},
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "case_no": "INTPAY000123",
    "payment_date": _DAY,
    "issued_at": _INSTANT,
    "cashier": "Merly",
    "payment_method": "ACH",
    "reference_number": "",
    "notes": "Partial payment for repairs and lease.",
    "currency": "USD",
    "allocations": [
        {
            "category": "Lease",
            "reference_id": "MED-102-LS-08",
            "description": "Lease obligation from 2024-10-20",
            "due_date": date(2024, 10, 20),
            "amount": Decimal("265.00"),
            "balance_after": Decimal("0.00"),
            "note": "",
            "status": "Active",
            "allocation_date": _DAY,
        }
    ],
    "total_allocated": Decimal("600.00"),
    "unallocated_amount": Decimal("0.00"),
    "total_amount": Decimal("600.00"),
    "applied_later": [],
    "unallocated_now": Decimal("0.00"),
}
