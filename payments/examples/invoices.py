"""The examples of invoices in /docs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.companies.currencies import currency_id
from payments.examples.customers import ID as CUSTOMER_ID

TAGS: Final = ["Invoices"]
ID: Final = UUID("01900000-0000-7000-8000-0000000000d1")
_OBLIGATION: Final = UUID("01900000-0000-7000-8000-0000000000b1")
_INSTANT: Final = datetime(2025, 9, 1, 14, 5, tzinfo=UTC)
_ZERO: Final = Decimal("0.00")

REQUEST: Final[dict[str, Any]] = {
    "customer_id": CUSTOMER_ID,
    "issue_date": "2025-09-01",
    "due_date": "2025-10-01",
    "currency": "USD",
    "early_payment_discount_percent": 2,
    "early_payment_discount_days": 10,
    "items": [
        {
            "description": "Dispatch service",
            "quantity": 1,
            "unit_price": 1000.00,
            "taxes": [{"name": "NY sales tax", "rate": Decimal("8.875")}],
        }
    ],
}
ROW: Final[dict[str, Any]] = {
    "id": ID,
    "number": "INV-2025-001",
    "status": "open",
    "customer_id": CUSTOMER_ID,
    "customer_name": "Acme Dispatch",
    "issue_date": date(2025, 9, 1),
    "due_date": date(2025, 10, 1),
    "currency": "USD",
    "currency_id": currency_id("USD"),
    "early_payment_discount_percent": Decimal(2),
    "early_payment_discount_days": 10,
    "early_payment_discount_until": date(2025, 9, 21),
    "net_total": Decimal("1000.00"),
    "tax_total": Decimal("88.75"),
    "total": Decimal("1088.75"),
    "outstanding": Decimal("1088.75"),
    "settled": _ZERO,
    "written_off": _ZERO,
    "obligation_id": _OBLIGATION,
    "notes": "",
    "created_by": "Mara",
    "created_at": _INSTANT,
}
PAGE: Final[dict[str, Any]] = {
    "results": [ROW],
    "total": 1,
    "limit": 50,
    "offset": 0,
    "total_is_estimate": False,
}
INVOICE: Final[dict[str, Any]] = {
    **ROW,
    "items": [
        {
            "description": "Dispatch service",
            "quantity": Decimal(1),
            "unit_price": Decimal("1000.00"),
            "net": Decimal("1000.00"),
            "taxes": [{"name": "NY sales tax", "rate": Decimal("8.875"), "amount": Decimal("88.75")}],
            "total": Decimal("1088.75"),
        }
    ],
    "taxes": [
        {
            "name": "NY sales tax",
            "rate": Decimal("8.875"),
            "net": Decimal("1000.00"),
            "amount": Decimal("88.75"),
        }
    ],
}
EXPLANATION: Final[dict[str, Any]] = {
    "invoice": ROW,
    "explanation": "INV-2025-001 is at 1,088.75: issued 1,088.75.",
    "summary": {
        "issued": Decimal("1088.75"),
        "voided": _ZERO,
        "applied": _ZERO,
        "allocations_voided": _ZERO,
        "refunded": _ZERO,
        "written_off": _ZERO,
        "write_offs_undone": _ZERO,
        "other": _ZERO,
        "outstanding": Decimal("1088.75"),
    },
    "events": [
        {
            "entry_id": UUID("01900000-0000-7000-8000-0000000000e1"),
            "event": "obligation_raised",
            "text": "Raised",
            "effective_on": date(2025, 9, 1),
            "posted_at": _INSTANT,
            "amount": Decimal("1088.75"),
            "balance": Decimal("1088.75"),
            "user": "Mara",
            "case_no": "",
            "payment": "",
            "reason": "",
            "url": "",
            "reverses": None,
        }
    ],
}
