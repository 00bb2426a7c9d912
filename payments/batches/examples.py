"""The examples of batches and unidentified receipts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

TAGS: Final = ["Payment Batches"]
_BATCH: Final = UUID("01900000-0000-7000-8000-0000000000d1")
_OPERATION: Final = UUID("01900000-0000-7000-8000-0000000000d2")
_RECEIPT: Final = UUID("01900000-0000-7000-8000-0000000000d3")
_CUSTOMER: Final = UUID("01900000-0000-7000-8000-0000000000d4")
_PAYMENT: Final = UUID("01900000-0000-7000-8000-0000000000d5")
_OTHER_BATCH: Final = UUID("01900000-0000-7000-8000-0000000000d6")
_INSTANT: Final = datetime(2025, 1, 15, 14, 5, tzinfo=UTC)

MANUAL: Final[dict[str, Any]] = {
    "source_type": "manual",
    "entries": [
        {
            "entity_id": str(_CUSTOMER),
            "payment_method": "bank_transfer",
            "amount": 500.00,
            "currency": "USD",
            "payment_date": "2025-01-15",
            "reference_number": "PAY-001",
            "auto_allocate": True,
            "allocation_strategy": "fifo",
        }
    ],
}
BATCH: Final[dict[str, Any]] = {
    "batch_id": _BATCH,
    "batch_number": "BATCH-20250115-001",
    "status": "pending",
    "source_type": "csv_import",
    "total_rows": 250,
    "processed_rows": 0,
    "succeeded_rows": 0,
    "failed_rows": 0,
    "unmatched_rows": 0,
    "cancelled_rows": 0,
    "held_rows": 0,
    "pending_rows": 250,
    "progress_percentage": 0,
    "totals": [{"currency": "USD", "rows": 250, "amount": Decimal("125000.00")}],
    "operation_id": _OPERATION,
    "file_name": "january.csv",
    "notes": "Monthly bank import",
    "warnings": [],
    "created_by": "Mara",
    "created_at": _INSTANT,
    "started_at": None,
    "finished_at": None,
    "undone_at": None,
}
ERROR: Final[dict[str, Any]] = {
    "row": 17,
    "field": "amount",
    "code": "not_money",
    "message": "'500,00': Enter an amount in plain digits with at most two decimals, for example 265.00.",
    "hint": "Write the amount as 1234.56 or 1,234.56, with a point before the cents.",
}
_REPEATS: Final[dict[str, Any]] = {
    "batch_id": _OTHER_BATCH,
    "batch_number": "BATCH-20250114-002",
    "row": 9,
    "payment_id": _PAYMENT,
    "payment_number": "PAY-2025-017",
}
_WOULD_HOLD: Final[dict[str, Any]] = {
    "row": 12,
    "amount": Decimal("80.00"),
    "currency": "USD",
    "payment_date": date(2025, 1, 14),
    "customer_id": _CUSTOMER,
    "repeats": _REPEATS,
}
HELD: Final[dict[str, Any]] = {
    **_WOULD_HOLD,
    "customer_name": "Acme Insurance",
    "repeats": {**_REPEATS, "payment_status": "posted"},
}
DECISION: Final[dict[str, Any]] = {
    "rows": [12],
    "pay": True,
    "reason": "They paid the same twice that day",
}
DETAIL: Final[dict[str, Any]] = {
    **BATCH,
    "status": "completed_with_errors",
    "processed_rows": 250,
    "succeeded_rows": 248,
    "failed_rows": 1,
    "held_rows": 1,
    "pending_rows": 0,
    "progress_percentage": 100,
    "started_at": _INSTANT,
    "finished_at": _INSTANT,
    "estimated_completion_at": None,
    "amounts": [
        {
            "currency": "USD",
            "total": Decimal("124500.00"),
            "unreadable_rows": 1,
            "succeeded": Decimal("124420.00"),
            "failed": Decimal("0.00"),
            "unmatched": Decimal("0.00"),
            "cancelled": Decimal("0.00"),
            "held": Decimal("80.00"),
            "pending": Decimal("0.00"),
        }
    ],
    "errors": [ERROR],
    "errors_listed": 1,
    "errors_url": f"/api/accounting/payment-batches/{_BATCH}/errors.csv",
    "held": [HELD],
}
DRY_RUN: Final[dict[str, Any]] = {
    "dry_run": True,
    "total_rows": 250,
    "good_rows": 248,
    "failed_rows": 1,
    "unmatched_rows": 0,
    "held_rows": 1,
    "good_amounts": [{"currency": "USD", "amount": Decimal("124420.00")}],
    "totals": [{"currency": "USD", "rows": 250, "amount": Decimal("124500.00")}],
    "warnings": [],
    "errors": [ERROR],
    "held": [_WOULD_HOLD],
}
LIST: Final[dict[str, Any]] = {
    "results": [BATCH],
    "total": 1,
    "limit": 50,
    "offset": 0,
    "total_is_estimate": False,
}
RECEIPT: Final[dict[str, Any]] = {
    "id": _RECEIPT,
    "batch_id": _BATCH,
    "row": 3,
    "amount": Decimal("120.00"),
    "currency": "USD",
    "payment_date": date(2025, 1, 15),
    "reference_number": "E2E-4711",
    "payer_name": "ACME INSURANCE CO",
    "payer_account": "DE89370400440532013000",
    "text": "Invoice INV-2025-004 and 005",
    "status": "open",
    "payment_id": None,
    "matched_by": "",
    "matched_at": None,
    "created_at": _INSTANT,
    "suggestions": [
        {
            "rank": 1,
            "customer_id": _CUSTOMER,
            "customer_name": "Acme Insurance",
            "points": 80,
            "because": [
                "its text names invoice INV-2025-004",
                "INV-2025-004 is open with exactly 120.00",
            ],
        }
    ],
}
RECEIPTS: Final[dict[str, Any]] = {
    "results": [RECEIPT],
    "total": 1,
    "limit": 50,
    "offset": 0,
    "total_is_estimate": False,
}
MATCHED: Final[dict[str, Any]] = {
    **RECEIPT,
    "status": "matched",
    "payment_id": _PAYMENT,
    "matched_by": "Mara",
    "matched_at": _INSTANT,
    "suggestions": [],
    "payment_number": "PAY-2025-017",
    "customer_id": _CUSTOMER,
    "unallocated_amount": Decimal("120.00"),
}
UNMATCHED: Final[dict[str, Any]] = {**RECEIPT, "suggestions": []}
