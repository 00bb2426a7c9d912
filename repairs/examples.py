"""Answers as the documentation shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from batconnect.core.api.printed import LINK_EXAMPLE

TAGS: Final = ("Vehicle Repairs",)
URL: Final = "/payments/vehicle-repairs"
ROW: Final[dict[str, Any]] = {
    "repair_id": "RPR-2025-001",
    "invoice_number": "INV-2457",
    "invoice_date": date(2025, 10, 1),
    "status": "Open",
    "workshop_type": "Big Apple Workshop",
    "driver_id": 101,
    "driver_name": "John Doe",
    "tlc_license": "00504124",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "vin": "4TALWRZV6YW122447",
    "plate_no": "8SAM401",
    "total_amount": Decimal("450.00"),
    "start_week": date(2025, 10, 5),
    "total_paid": Decimal("100.00"),
    "remaining_balance": Decimal("350.00"),
    "installments_progress": "1/5",
    "receipt_url": f"{URL}/RPR-2025-001/receipt",
    "receipt_pdf_url": LINK_EXAMPLE,
    "document_url": f"{URL}/RPR-2025-001/document",
}
INSTALLMENT: Final[dict[str, Any]] = {
    "installment_id": "RPR-2025-001-01",
    "due_date": date(2025, 10, 5),
    "week_start_date": date(2025, 10, 5),
    "week_end_date": date(2025, 10, 11),
    "principal_amount": Decimal("100.00"),
    "interest_amount": Decimal("0.00"),
    "total_due": Decimal("100.00"),
    "prior_balance": Decimal("450.00"),
    "balance": Decimal("350.00"),
    "status": "Paid",
    "posted_on": date(2025, 10, 5),
}
DETAIL: Final[dict[str, Any]] = {
    **ROW,
    "currency": "USD",
    "status_reason": "",
    "notes": "Front brakes.",
    "case_no": "RPRINV000001",
    "matrix_version": 1,
    "document_name": "INV-2457.pdf",
    "created_by": "Merly",
    "created_at": datetime(2025, 10, 1, 14, 0, tzinfo=UTC),
    "installments": [
        {
            **INSTALLMENT,
            "paid_amount": Decimal("100.00"),
            "outstanding": Decimal("0.00"),
            "obligation_id": "0199b4e6-3d2c-7a51-9c2f-3b1f6f0d9a10",
        }
    ],
}
STATEMENT: Final[dict[str, Any]] = {
    **DETAIL,
    "total_principal": Decimal("450.00"),
    "total_interest": Decimal("0.00"),
    "total_due": Decimal("450.00"),
    "outstanding_now": Decimal("0.00"),
}
PAGE: Final = {
    "items": [ROW],
    "total_items": 1,
    "page": 1,
    "per_page": 50,
    "total_pages": 1,
    "total_is_estimate": False,
}
TERMS: Final = {
    "driver_id": 101,
    "lease_id": 2054,
    "invoice_number": "INV-2457",
    "invoice_date": "2025-10-01",
    "workshop_type": "Big Apple Workshop",
    "total_amount": Decimal("450.00"),
    "start_week": "2025-10-05",
    "notes": "Front brakes.",
}
PREVIEW: Final = {
    "total_amount": Decimal("450.00"),
    "invoice_date": date(2025, 10, 1),
    "start_week": date(2025, 10, 5),
    "matrix_version": 1,
    "weekly_principal": Decimal("100.00"),
    "total_due": Decimal("450.00"),
    "installments": [{**INSTALLMENT, "installment_id": None, "status": "Planned", "posted_on": None}],
}
POSTED: Final = {
    "message": "3 repair installments posted.",
    "up_to": date(2025, 10, 5),
    "processed": 4,
    "posted": 3,
    "skipped": 1,
    "failed": 0,
    "amount": Decimal("300.00"),
    "failures": [],
}
CREATED: Final = {"message": "Vehicle repair case RPRINV000001 created.", "case_no": "RPRINV000001"}
ATTACHED: Final = {
    "message": "Document INV-2457.pdf attached to RPR-2025-001.",
    "repair_id": "RPR-2025-001",
    "document_name": "INV-2457.pdf",
    "document_type": "application/pdf",
    "document_url": f"{URL}/RPR-2025-001/document",
}


def moved(done: str, status: str) -> dict[str, Any]:
    """The answer of an action on a repair."""
    return {"message": f"Repair invoice RPR-2025-001 {done}.", **DETAIL, "status": status}
