"""Answers as the documentation shows them, exactly as in the first guide."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

TAGS: Final = ("BPM",)
_AT: Final = datetime(2024, 10, 24, 10, 0, tzinfo=UTC)

STEPS: Final[list[dict[str, Any]]] = [
    {
        "step_name": "Search Driver & Enter Payment Details",
        "sub_steps": [
            {
                "step_name": "Fetch - Search Driver & Enter Payment Details",
                "step_id": "INTPAY-001",
                "operation": "fetch",
                "is_current_step": True,
                "has_already_been_used": False,
                "has_access": True,
            }
        ],
    }
]
OPENED: Final = {
    "case_no": "INTPAY000123",
    "created_by": "Merly",
    "case_created_on": _AT,
    "case_status": "Open",
    "steps": STEPS,
}
CASE: Final = {
    "case_info": {
        "case_no": "INTPAY000123",
        "case_type": "INTPAY",
        "created_by": "Merly",
        "case_created_on": _AT,
        "case_status": "Open",
        "action_due_on": _AT,
        "id": 123,
        "subject": "John Doe",
        "overdue": False,
        "assigned_to": None,
        "escalated_at": None,
        "closed_at": None,
    },
    "steps": STEPS,
    "entities": [
        {
            "entity": "interim_payment",
            "id": "INTPAY-2024-00012",
            "url": "/payments/interim-payments/INTPAY-2024-00012",
        }
    ],
    "events": [
        {
            "at": _AT,
            "kind": "created",
            "step_id": "",
            "trigger": "",
            "from_status": "",
            "to_status": "Open",
            "by": "Merly",
            "reason": "",
            "payload": {},
            "created": [],
            "request_id": "4f9c0a6de0f34d0c9b8f0b5f6c2a1e77",
        }
    ],
}
SUBMISSION: Final = {
    "step_id": "INTPAY-002",
    "data": {
        "driver_id": 101,
        "lease_id": 2054,
        "total_amount": Decimal("600.00"),
        "payment_method": "ACH",
        "payment_date": "2025-10-20T00:00:00Z",
        "notes": "Partial payment for repairs and lease.",
        "allocations": [
            {"category": "Lease", "reference_id": "MED-102-LS-08", "amount": Decimal("265.00")},
            {"category": "Repairs", "reference_id": "INV-2457", "amount": Decimal("335.00")},
        ],
    },
}
SUBMITTED: Final = {
    "message": "Interim payment successfully created and allocated.",
    "case_no": "INTPAY000123",
    "case_status": "Closed",
}
FETCHED: Final = {
    "driver": {
        "id": 101,
        "driver_id": "DRV-101",
        "full_name": "John Doe",
        "status": "Active",
        "tlc_license": "00504124",
        "phone": "(212) 555-8000",
        "email": "joedoe@ifsd.com",
    },
    "leases": [
        {
            "lease_id_pk": 2054,
            "lease_id": "LS-2054",
            "medallion_no": "1P43",
            "plate_no": "8SAM401",
            "vin": "4TALWRZV6YW122447",
        }
    ],
}
BASKET: Final = {
    "items": [
        {
            "id": 123,
            "case_no": "INTPAY000123",
            "case_type": "INTPAY",
            "case_type_name": "Interim payment",
            "case_status": "Open",
            "subject": "John Doe",
            "created_by": "Merly",
            "case_created_on": _AT,
            "current_step": {
                "step_id": "INTPAY-001",
                "step_name": "Fetch - Search Driver & Enter Payment Details",
            },
            "action_due_on": _AT,
            "overdue": False,
            "assigned_to": None,
            "escalated_at": None,
        }
    ],
    "total_items": 1,
    "page": 1,
    "per_page": 50,
    "total_pages": 1,
    "total_is_estimate": False,
}
CREATED: Final = {"message": "Case INTPAY000123 created.", "case_no": "INTPAY000123"}


def moved(*, done: str, status: str) -> dict[str, Any]:
    """The answer of an action on a case."""
    return {"message": f"Case INTPAY000123 {done}.", "case_no": "INTPAY000123", "case_status": status}
