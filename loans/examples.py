"""Answers as the documentation shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from batconnect.core.api.printed import LINK_EXAMPLE

TAGS: Final = ("Driver Loans",)
URL: Final = "/payments/driver-loans"
ROW: Final[dict[str, Any]] = {
    "loan_id": "DLN-2025-001",
    "status": "Open",
    "driver_id": 101,
    "driver_name": "John Doe",
    "tlc_license": "00504124",
    "lease_id": "LS-2054",
    "lease_id_pk": 2054,
    "medallion_no": "1P43",
    "loan_amount": Decimal("1200.00"),
    "interest_rate": Decimal(10),
    "loan_date": date(2025, 10, 1),
    "start_week": date(2025, 10, 5),
    "total_paid": Decimal("251.32"),
    "remaining_balance": Decimal("954.40"),
    "installments_progress": "1/5",
    "receipt_url": f"{URL}/DLN-2025-001/receipt",
    "receipt_pdf_url": LINK_EXAMPLE,
}
INSTALLMENT: Final[dict[str, Any]] = {
    "installment_id": "DLN-2025-001-01",
    "due_date": date(2025, 10, 5),
    "week_start_date": date(2025, 10, 5),
    "week_end_date": date(2025, 10, 11),
    "principal_amount": Decimal("250.00"),
    "interest_amount": Decimal("1.32"),
    "total_due": Decimal("251.32"),
    "prior_balance": Decimal("1200.00"),
    "balance": Decimal("950.00"),
    "status": "Paid",
    "posted_on": date(2025, 10, 5),
}
STORED_INSTALLMENT: Final[dict[str, Any]] = {
    **INSTALLMENT,
    "paid_amount": Decimal("251.32"),
    "outstanding": Decimal("0.00"),
    "obligation_id": "0199b4e6-3d2c-7a51-9c2f-3b1f6f0d9a10",
}
DETAIL: Final[dict[str, Any]] = {
    **ROW,
    "currency": "USD",
    "status_reason": "",
    "notes": "Deposit for the apartment.",
    "case_no": "DRLNS000001",
    "matrix_version": 1,
    "created_by": "Merly",
    "created_at": datetime(2025, 10, 1, 14, 0, tzinfo=UTC),
    "installments": [STORED_INSTALLMENT],
}
STATEMENT: Final[dict[str, Any]] = {
    **DETAIL,
    "total_principal": Decimal("1200.00"),
    "total_interest": Decimal("5.72"),
    "total_due": Decimal("1205.72"),
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
    "loan_amount": Decimal("1200.00"),
    "interest_rate": Decimal("10.00"),
    "start_week": "2025-10-05",
    "notes": "Deposit for the apartment.",
}
PREVIEW: Final = {
    "loan_amount": Decimal("1200.00"),
    "interest_rate": Decimal(10),
    "loan_date": date(2025, 10, 1),
    "start_week": date(2025, 10, 5),
    "matrix_version": 1,
    "weekly_principal": Decimal("250.00"),
    "total_interest": Decimal("5.72"),
    "total_due": Decimal("1205.72"),
    "installments": [{**INSTALLMENT, "installment_id": None, "status": "Planned", "posted_on": None}],
}
POSTED: Final = {
    "message": "3 loan installments posted.",
    "up_to": date(2025, 10, 5),
    "processed": 4,
    "posted": 3,
    "skipped": 1,
    "failed": 0,
    "amount": Decimal("753.96"),
    "failures": [],
}
CREATED: Final = {"message": "Driver loan case DRLNS000001 created.", "case_no": "DRLNS000001"}


def moved(done: str, status: str) -> dict[str, Any]:
    """The answer of an action on a loan."""
    return {"message": f"Driver loan DLN-2025-001 {done}.", **DETAIL, "status": status}
