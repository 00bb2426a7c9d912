"""The examples of allocations and refunds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

TAGS: Final = ["Allocations"]
KEY_CODES: Final = (
    *("idempotency_key_missing", "idempotency_key_invalid", "idempotency_key_reused"),
    "idempotency_in_progress",
)
_PAYMENT: Final = UUID("01900000-0000-7000-8000-0000000000b1")
_INVOICE: Final = UUID("01900000-0000-7000-8000-0000000000b2")
_OBLIGATION: Final = UUID("01900000-0000-7000-8000-0000000000b3")
_ALLOCATION: Final = UUID("01900000-0000-7000-8000-0000000000b4")
_OPERATION: Final = UUID("01900000-0000-7000-8000-0000000000b5")
_REFUND: Final = UUID("01900000-0000-7000-8000-0000000000b6")
_CUSTOMER: Final = UUID("01900000-0000-7000-8000-0000000000b7")
_DAY: Final = date(2025, 9, 15)
_INSTANT: Final = datetime(2025, 9, 15, 14, 5, tzinfo=UTC)
_HASH: Final = "9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e"

ALLOCATE_REQUEST: Final[dict[str, Any]] = {
    "allocations": [
        {
            "invoice_id": str(_INVOICE),
            "amount": 1000.00,
            "apply_early_payment_discount": True,
            "notes": "Payment with early payment discount",
        }
    ]
}
_NAMED: Final[dict[str, Any]] = {
    "invoice_id": _INVOICE,
    "invoice_number": "INV-2025-001",
    "invoice": {
        "id": _INVOICE,
        "number": "INV-2025-001",
        "issue_date": date(2025, 9, 1),
        "due_date": date(2025, 10, 1),
        "currency": "USD",
        "total": Decimal("1000.00"),
        "outstanding": Decimal("0.00"),
        "status": "paid",
    },
    "obligation_id": _OBLIGATION,
    "category": "Invoice",
    "category_code": "INVOICE",
    "reference_id": "INV-2025-001",
}
ALLOCATION: Final[dict[str, Any]] = {
    "id": _ALLOCATION,
    "operation_id": _OPERATION,
    "payment_id": _PAYMENT,
    **_NAMED,
    "amount": Decimal("1000.00"),
    "allocated_amount": Decimal("980.00"),
    "discount_amount": Decimal("20.00"),
    "discount_percent": Decimal("2.00"),
    "discount_reason": "",
    "refunded_amount": Decimal("0.00"),
    "refunded_discount": Decimal("0.00"),
    "status": "active",
    "allocation_date": _DAY,
    "strategy": "chosen",
    "decision": {"line": 1, "outstanding_before": "1000.00"},
    "outstanding_after": Decimal("0.00"),
    "notes": "Payment with early payment discount",
    "created_at": _INSTANT,
    "updated_at": _INSTANT,
    "created_by": "Merly",
    "voided_at": None,
    "reason": "",
}
ALLOCATED: Final[dict[str, Any]] = {
    "payment_id": _PAYMENT,
    "operation_id": _OPERATION,
    "allocations": [ALLOCATION],
    "total_allocated": Decimal("980.00"),
    "unallocated_amount": Decimal("20.00"),
}
LIST: Final[dict[str, Any]] = {
    "payment_id": _PAYMENT,
    "payment_amount": Decimal("1000.00"),
    "total_allocated": Decimal("980.00"),
    "total_refunded": Decimal("0.00"),
    "unallocated_amount": Decimal("20.00"),
    "reserved_amount": Decimal("0.00"),
    "allocations": [ALLOCATION],
}
AUTO_REQUEST: Final[dict[str, Any]] = {"strategy": "overdue_first", "priorityRules": "due_date ASC"}
_DECISION: Final[dict[str, Any]] = {
    "strategy": "overdue_first",
    "rank": 1,
    "overdue": True,
    "due_date": "2025-10-01",
    "priority_rules": "due_date ASC",
}
_SKIPPED: Final[dict[str, Any]] = {
    "invoice_id": _INVOICE,
    "invoice_number": "INV-2025-001",
    "obligation_id": _OBLIGATION,
    "category_code": "INVOICE",
    "reference_id": "INV-2025-001",
    "outstanding": Decimal("1000.00"),
    "reason": "no_cash_left",
}
AUTO: Final[dict[str, Any]] = {
    "payment_id": _PAYMENT,
    "strategy": "overdue_first",
    "operation_id": _OPERATION,
    "allocations": [
        {
            **ALLOCATION,
            "allocated_amount": Decimal("1000.00"),
            "discount_amount": Decimal("0.00"),
            "discount_percent": Decimal("0.00"),
            "strategy": "overdue_first",
            "decision": _DECISION,
        }
    ],
    "skipped": [_SKIPPED],
    "total_allocated": Decimal("1000.00"),
    "total_discount": Decimal("0.00"),
    "unallocated_amount": Decimal("0.00"),
    "plan_hash": _HASH,
}
PREVIEW: Final[dict[str, Any]] = {
    **AUTO,
    "operation_id": None,
    "allocations": [
        {
            **_NAMED,
            "amount": Decimal("1000.00"),
            "allocated_amount": Decimal("1000.00"),
            "discount_amount": Decimal("0.00"),
            "discount_percent": Decimal("0.00"),
            "outstanding_after": Decimal("0.00"),
            "strategy": "overdue_first",
            "decision": _DECISION,
        }
    ],
}
COMPARED: Final[dict[str, Any]] = {
    "payment_id": _PAYMENT,
    "strategies": [
        {
            "strategy": "fifo",
            "invoices_closed": 3,
            "items_closed": 3,
            "overdue_left": Decimal("120.00"),
            "overdue_items_left": 1,
            "discount_won": Decimal("20.00"),
            "total_allocated": Decimal("980.00"),
            "cash_left": Decimal("0.00"),
            "error": None,
        }
    ],
}
_FIGURES: Final[dict[str, Any]] = {
    "payment_id": _PAYMENT,
    "payment_number": "PAY-2025-001",
    "status": "posted",
    "currency": "USD",
    "payment_amount": Decimal("1000.00"),
    "total_allocated": Decimal("0.00"),
    "total_refunded": Decimal("0.00"),
    "unallocated_amount": Decimal("1000.00"),
    "reserved_amount": Decimal("0.00"),
}
VOIDED: Final[dict[str, Any]] = {
    **ALLOCATION,
    "status": "voided",
    "voided_at": _INSTANT,
    "reason": "Customer dispute",
    "payment": _FIGURES,
    "unallocated_amount": Decimal("1000.00"),
}
PAYMENT_VOIDED: Final[dict[str, Any]] = {
    **_FIGURES,
    "status": "voided",
    "unallocated_amount": Decimal("0.00"),
    "id": _PAYMENT,
    "voided_at": _INSTANT,
    "void_reason": "The check was returned",
    "allocations": [{**ALLOCATION, "status": "voided", "voided_at": _INSTANT}],
}
UNDONE: Final[dict[str, Any]] = {
    "operation_id": UUID("01900000-0000-7000-8000-0000000000b8"),
    "undo_of": _OPERATION,
    "status": "undone",
    "payments": [_FIGURES],
    "allocations": [{**ALLOCATION, "status": "voided", "voided_at": _INSTANT}],
}
_REFUND_ROW: Final[dict[str, Any]] = {
    "refund_id": _REFUND,
    "payment_id": _PAYMENT,
    "allocation_id": _ALLOCATION,
    "amount": Decimal("10.00"),
    "discount_amount": Decimal("0.20"),
    "status": "posted",
    "reason": "Partial refund",
    "decision_reason": "",
}
_AFTER_REFUND: Final[dict[str, Any]] = {
    **_FIGURES,
    "total_allocated": Decimal("970.00"),
    "total_refunded": Decimal("10.00"),
    "unallocated_amount": Decimal("20.00"),
}
REFUNDED: Final[dict[str, Any]] = {
    **ALLOCATION,
    "refunded_amount": Decimal("10.00"),
    "refunded_discount": Decimal("0.20"),
    "status": "partially_refunded",
    "reason": "Partial refund",
    "payment": _AFTER_REFUND,
    "refund": _REFUND_ROW,
    "unallocated_amount": Decimal("20.00"),
}
CASH_REFUNDED: Final[dict[str, Any]] = {
    "payment": _AFTER_REFUND,
    "refund": {**_REFUND_ROW, "allocation_id": None, "discount_amount": Decimal("0.00")},
    "unallocated_amount": Decimal("20.00"),
}
PENDING: Final[dict[str, Any]] = {
    "refund_request_id": _REFUND,
    "status": "pending_approval",
    "amount": Decimal("1500.00"),
    "payment": {**_FIGURES, "reserved_amount": Decimal("1500.00")},
}
APPROVED: Final[dict[str, Any]] = {
    "refund_request_id": _REFUND,
    "status": "approved",
    "amount": Decimal("1500.00"),
    "refund": {**_REFUND_ROW, "status": "approved", "amount": Decimal("1500.00")},
    "payment": _AFTER_REFUND,
}
_TOTAL: Final[dict[str, Any]] = {
    "total_unallocated": Decimal("500.00"),
    "currency": "USD",
    "payments_count": 2,
    "unallocated_entries": [
        {
            "payment_id": _PAYMENT,
            "payment_number": "PAY-2025-001",
            "amount": Decimal("300.00"),
            "reserved_amount": Decimal("0.00"),
            "payment_date": date(2025, 1, 15),
        },
        {
            "payment_id": _OPERATION,
            "payment_number": "PAY-2025-002",
            "amount": Decimal("200.00"),
            "reserved_amount": Decimal("0.00"),
            "payment_date": date(2025, 1, 20),
        },
    ],
}
UNALLOCATED: Final[dict[str, Any]] = {"customer_id": _CUSTOMER, **_TOTAL, "by_currency": [_TOTAL]}
