"""The examples of payments in /docs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.api.printed import LINK_EXAMPLE
from batconnect.core.companies.currencies import currency_id
from payments.examples.customers import ID as CUSTOMER_ID
from payments.examples.invoices import ID as INVOICE_ID

TAGS: Final = ["Payments"]
ID: Final = UUID("01900000-0000-7000-8000-0000000000a1")
_OTHER: Final = UUID("01900000-0000-7000-8000-0000000000a0")
_ALLOCATION: Final = UUID("01900000-0000-7000-8000-0000000000f1")
_OBLIGATION: Final = UUID("01900000-0000-7000-8000-0000000000b1")
_INSTANT: Final = datetime(2025, 9, 15, 14, 5, tzinfo=UTC)
_ZERO: Final = Decimal("0.00")

REQUEST: Final[dict[str, Any]] = {
    "customer_id": CUSTOMER_ID,
    "amount": 1000.00,
    "currency": "USD",
    "payment_method": "bank_transfer",
    "payment_date": "2025-09-15",
    "reference_number": "WIRE-4471",
    "notes": "September",
}
PAYMENT: Final[dict[str, Any]] = {
    "id": ID,
    "payment_id": ID,
    "payment_number": "PAY-2025-001",
    "receipt_number": "R-PAY-2025-001",
    "receipt_url": f"/api/payments/{ID}/receipt",
    "receipt_pdf_url": LINK_EXAMPLE,
    "kind": "other",
    "status": "posted",
    "customer_id": CUSTOMER_ID,
    "customer_name": "Acme Dispatch",
    "amount": Decimal("1000.00"),
    "currency": "USD",
    "currency_id": currency_id("USD"),
    "payment_method": "bank_transfer",
    "payment_method_label": "Bank transfer",
    "payment_date": date(2025, 9, 15),
    "reference_number": "WIRE-4471",
    "notes": "September",
    "allocation_status": "unallocated",
    "total_allocated": _ZERO,
    "total_refunded": _ZERO,
    "unallocated_amount": Decimal("1000.00"),
    "case_no": "",
    "duplicate_warning": {
        "payment_id": _OTHER,
        "payment_number": "PAY-2025-000",
        "payment_date": date(2025, 9, 14),
        "reference_number": "WIRE-4471",
        "amount": Decimal("1000.00"),
        "reason": "same_reference",
        "message": (
            "PAY-2025-000 of 2025-09-14 is from the same customer, for the same 1,000.00 USD, and has the same "
            "reference. Void this payment if it is the same money."
        ),
    },
    "created_by": "Merly",
    "created_at": _INSTANT,
    "voided_at": None,
    "void_reason": "",
}
RECORDED: Final[dict[str, Any]] = {**PAYMENT, "auto_allocation": None}
PAGE: Final[dict[str, Any]] = {
    "results": [PAYMENT],
    "total": 1,
    "limit": 50,
    "offset": 0,
    "total_is_estimate": False,
}
RECEIPT: Final[dict[str, Any]] = {
    "receipt_number": "R-PAY-2025-001",
    "status": "posted",
    "voided": False,
    "voided_at": None,
    "void_reason": "",
    "known_at": None,
    "company_details": {"name": "Big Apple Taxi", "address": "", "phone": "", "email": ""},
    "customer_details": {
        "id": CUSTOMER_ID,
        "name": "Acme Dispatch",
        "email": "accounts@acme.example",
        "phone": "",
        "address": "",
        "external_reference": None,
    },
    "payment_details": {
        "payment_id": ID,
        "payment_number": "PAY-2025-001",
        "payment_date": date(2025, 9, 15),
        "payment_method": "bank_transfer",
        "payment_method_label": "Bank transfer",
        "reference_number": "WIRE-4471",
        "currency": "USD",
        "notes": "September",
        "case_no": "",
        "received_by": "Merly",
        "recorded_at": _INSTANT,
    },
    "amount_summary": {
        "payment_amount": Decimal("1000.00"),
        "total_allocated": Decimal("980.00"),
        "total_discount_applied": Decimal("20.00"),
        "total_refunded": _ZERO,
        "remaining_amount": Decimal("20.00"),
    },
    "allocations": [
        {
            "allocation_id": _ALLOCATION,
            "operation_id": _ALLOCATION,
            "invoice_id": INVOICE_ID,
            "invoice_number": "INV-2025-001",
            "obligation_id": _OBLIGATION,
            "category": "Invoice",
            "reference_id": "INV-2025-001",
            "description": "Invoice obligation from 2025-10-01",
            "due_date": date(2025, 10, 1),
            "allocation_date": date(2025, 9, 15),
            "original_amount": Decimal("1000.00"),
            "amount": Decimal("1000.00"),
            "discount_amount": Decimal("20.00"),
            "discount_percent": Decimal(2),
            "allocated_amount": Decimal("980.00"),
            "refunded_amount": _ZERO,
            "status": "active",
            "voided_at": None,
            "reason": "",
            "notes": "",
        }
    ],
}
REFUNDS: Final[dict[str, Any]] = {
    "payment_id": ID,
    "payment_number": "PAY-2025-001",
    "payment_amount": Decimal("1000.00"),
    "total_refunded": Decimal("10.00"),
    "reserved_amount": _ZERO,
    "refunds": [
        {
            "refund_id": UUID("01900000-0000-7000-8000-0000000000f1"),
            "refund_request_id": None,
            "payment_id": ID,
            "allocation_id": _ALLOCATION,
            "amount": Decimal("10.00"),
            "discount_amount": Decimal("0.20"),
            "currency": "USD",
            "status": "posted",
            "reason": "Partial refund",
            "requested_by": "Mara",
            "requested_at": _INSTANT,
            "decided_by": "",
            "decided_at": None,
            "decision_reason": "",
            "refunded_at": _INSTANT,
        }
    ],
}
EXPLANATION: Final[dict[str, Any]] = {
    "payment": {
        "payment_id": ID,
        "payment_number": "PAY-2025-001",
        "status": "posted",
        "currency": "USD",
        "payment_amount": Decimal("1000.00"),
        "total_allocated": Decimal("980.00"),
        "total_refunded": _ZERO,
        "unallocated_amount": Decimal("20.00"),
        "reserved_amount": _ZERO,
    },
    "explanation": "PAY-2025-001 has 20.00 unallocated: received 1,000.00, applied -980.00.",
    "summary": {
        "received": Decimal("1000.00"),
        "applied": Decimal("-980.00"),
        "allocations_voided": _ZERO,
        "refunded": _ZERO,
        "voided": _ZERO,
        "unmatched": _ZERO,
        "other": _ZERO,
        "unallocated": Decimal("20.00"),
    },
    "events": [
        {
            "entry_id": UUID("01900000-0000-7000-8000-0000000000e1"),
            "event": "payment_received",
            "text": "Payment PAY-2025-001 (Bank transfer, 2025-09-15)",
            "effective_on": date(2025, 9, 15),
            "posted_at": _INSTANT,
            "amount": Decimal("1000.00"),
            "balance": Decimal("1000.00"),
            "user": "Merly",
            "case_no": "",
            "payment": "PAY-2025-001",
            "reason": "",
            "url": f"/api/payments/{ID}",
            "reverses": None,
        }
    ],
}
