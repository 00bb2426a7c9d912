"""How loans look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.repayment.shapes import made_rows, progress, whose
from loans.kind import LOANS

__all__ = ["loan_detail", "loan_row", "made_rows"]


def loan_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A loan in a list."""
    return {
        "loan_id": row["number"],
        "status": row["status"],
        **whose(row),
        "loan_amount": row["amount"],
        "interest_rate": row["interest_rate"],
        "loan_date": row["loan_date"],
        "start_week": row["start_week"],
        **progress(row),
        "receipt_url": f"{LOANS.url}/{row['number']}/receipt",
    }


def loan_detail(row: Mapping[str, Any]) -> dict[str, Any]:
    """A single loan, without its schedule."""
    return {
        **loan_row(row),
        "currency": row["currency"],
        "status_reason": row["status_reason"],
        "notes": row["notes"],
        "case_no": row["case_no"],
        "matrix_version": row["matrix_version"],
        "created_by": row["created_by_name"],
        "created_at": row["created_at"],
    }
