"""The examples of customers in /docs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

TAGS: Final = ["Customers"]
ID: Final = UUID("01900000-0000-7000-8000-0000000000c1")
_INVOICE: Final = UUID("01900000-0000-7000-8000-0000000000d1")
_OBLIGATION: Final = UUID("01900000-0000-7000-8000-0000000000b1")
_INSTANT: Final = datetime(2025, 9, 15, 14, 5, tzinfo=UTC)
_ZERO: Final = Decimal("0.00")

REQUEST: Final[dict[str, Any]] = {
    "name": "Acme Dispatch",
    "email": "accounts@acme.example",
    "phone": "(212) 555-0100",
    "address": "10 Hudson Yards\nNew York, NY 10001",
    "external_reference": "ACME-1",
}
CUSTOMER: Final[dict[str, Any]] = {
    "id": ID,
    **REQUEST,
    "driver_id": None,
    "driver_no": None,
    "tlc_license": None,
    "created_at": _INSTANT,
}
PAGE: Final[dict[str, Any]] = {
    "results": [CUSTOMER],
    "total": 1,
    "limit": 50,
    "offset": 0,
    "total_is_estimate": False,
}
_TOTALS: Final = {
    "currency": "USD",
    "total_outstanding": Decimal("500.00"),
    "total_overdue": _ZERO,
    "total_unallocated": _ZERO,
}
OUTSTANDING: Final[dict[str, Any]] = {
    "customer_id": ID,
    "customer_name": "Acme Dispatch",
    "as_of": date(2025, 9, 30),
    "known_at": None,
    **_TOTALS,
    "by_currency": [_TOTALS],
    "items": [
        {
            "obligation_id": _OBLIGATION,
            "invoice_id": _INVOICE,
            "invoice_number": "INV-2025-001",
            "category": "Invoice",
            "reference_id": "INV-2025-001",
            "description": "Invoice obligation from 2025-10-01",
            "issue_date": date(2025, 9, 1),
            "due_date": date(2025, 10, 1),
            "days_overdue": 0,
            "currency": "USD",
            "original_amount": Decimal("1000.00"),
            "outstanding": Decimal("500.00"),
        }
    ],
}
STATEMENT: Final[dict[str, Any]] = {
    "customer_id": ID,
    "customer_name": "Acme Dispatch",
    "currency": "USD",
    "from": date(2025, 9, 1),
    "to": date(2025, 9, 30),
    "opening_balance": _ZERO,
    "total_charges": Decimal("1000.00"),
    "total_credits": _ZERO,
    "closing_balance": Decimal("1000.00"),
    "events": [
        {
            "entry_id": UUID("01900000-0000-7000-8000-0000000000e1"),
            "date": date(2025, 9, 1),
            "posted_at": _INSTANT,
            "event": "obligation_raised",
            "text": "Invoice INV-2025-001",
            "category": "Invoice",
            "reference_id": "INV-2025-001",
            "payment_number": "",
            "case_no": "",
            "user": "Mara",
            "reason": "",
            "charge": Decimal("1000.00"),
            "credit": _ZERO,
            "applied": _ZERO,
            "balance": Decimal("1000.00"),
        }
    ],
}
