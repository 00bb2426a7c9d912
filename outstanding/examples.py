"""The examples of docs/seeds.md#outstanding-amounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from batconnect.core.api.printed import LINK_EXAMPLE

TAGS: Final = ["Outstanding Amounts"]
ROW: Final[dict[str, Any]] = {
    "id": 1,
    "period": "Q1 2024 (Jan-Mar)",
    "amount": Decimal("46250.00"),
    "due_date": date(2024, 3, 31),
    "days_overdue": 544,
    "status": "overdue",
    "description": "Quarterly premium for family health insurance - Q1 2024",
    "type": "installment",
    "original_amount": Decimal("46250.00"),
}
SUMMARY: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        "total_outstanding": Decimal("240500.00"),
        "oldest_due_date": date(2024, 3, 31),
        "latest_due_date": date(2025, 3, 31),
        "average_amount": Decimal("48100.00"),
        "pending_count": 5,
        "overdue_count": 3,
        "installments": [ROW],
        "currency": "USD",
    },
}
PAY_REQUEST: Final[dict[str, Any]] = {
    "installment_ids": [1, 2, 3],
    "payment_mode": "upi",
    "payment_notes": "Payment notes",
}
PAY: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        "success": True,
        "message": "Payment initiated for 3 installments",
        "payment_id": 123,
        "transaction_id": "TXN_ABC123DEF456",
        "total_amount": Decimal("138750.00"),
        "status": "initiated",
        "payment_number": None,
        "url": "/api/case-tracking/payments/123/",
    },
}
_FOLLOWED: Final[dict[str, Any]] = {
    "payment_id": 123,
    "transaction_id": "TXN_ABC123DEF456",
    "status": "completed",
    "payment_mode": "upi",
    "total_amount": Decimal("138750.00"),
    "settled_amount": Decimal("138750.00"),
    "currency": "USD",
    "case_id": 1,
    "case_no": "RENEWAL000001",
    "payment_number": "PAY-2025-001",
    "receipt_url": "/api/payments/01900000-0000-7000-8000-0000000000c1/receipt",
    "receipt_pdf_url": LINK_EXAMPLE,
    "failure_reason": "",
    "payment_notes": "Payment notes",
    "is_automatic": False,
    "initiated_on": date(2025, 9, 26),
    "finished_on": date(2025, 9, 26),
    "created_at": datetime(2025, 9, 26, 14, 5, tzinfo=UTC),
    "created_by": "Merly",
    "url": "/api/case-tracking/payments/123/",
}
PAYMENT: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        **_FOLLOWED,
        "installments": [{"id": 1, "period": "Q1 2024 (Jan-Mar)", "amount": Decimal("46250.00")}],
    },
}
PAYMENTS: Final[dict[str, Any]] = {
    "success": True,
    "data": {"results": [_FOLLOWED], "total": 1, "limit": 50, "offset": 0, "total_is_estimate": False},
}
PLAN_REQUEST: Final[dict[str, Any]] = {
    "installment_count": 3,
    "start_date": date(2024, 1, 1),
    "payment_frequency": "monthly",
    "payment_method": "auto_debit",
    "auto_payment_enabled": True,
    "plan_notes": "Plan notes",
}
SCHEDULE: Final[dict[str, Any]] = {
    "id": 6,
    "number": 1,
    "due_date": date(2024, 1, 1),
    "amount": Decimal("80166.67"),
}
SETUP: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        "success": True,
        "message": "Payment plan created with 3 installments",
        "total_amount": Decimal("240500.00"),
        "installment_amount": Decimal("80166.67"),
        "installment_count": 3,
        "payment_frequency": "monthly",
        "schedules_created": 3,
        "plan_id": "01900000-0000-7000-8000-0000000000b1",
        "warnings": ["The start date 2024-01-01 is in the past: 3 installments are already overdue."],
        "schedules": [SCHEDULE],
    },
}
PLAN: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        "plan_id": "01900000-0000-7000-8000-0000000000b1",
        "status": "active",
        "installment_count": 3,
        "payment_frequency": "monthly",
        "payment_method": "auto_debit",
        "auto_payment_enabled": True,
        "start_date": date(2024, 1, 1),
        "total_amount": Decimal("240500.00"),
        "outstanding_amount": Decimal("160333.33"),
        "plan_notes": "",
        "schedules": [
            {
                **SCHEDULE,
                "outstanding": Decimal("80166.67"),
                "status": "overdue",
                "days_overdue": 12,
                "failed_attempts": 0,
                "next_attempt_on": None,
            }
        ],
    },
}
CANCELLED: Final[dict[str, Any]] = {
    "success": True,
    "data": {
        "success": True,
        "message": "Payment plan cancelled",
        "plan_id": "01900000-0000-7000-8000-0000000000b1",
        "total_outstanding": Decimal("240500.00"),
    },
}
