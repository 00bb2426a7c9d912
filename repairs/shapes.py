"""How repairs look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.repayment.shapes import made_rows, progress, whose
from repairs.kind import REPAIRS

__all__ = ["made_rows", "repair_detail", "repair_row"]


def repair_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A repair in a list."""
    url = f"{REPAIRS.url}/{row['number']}"
    return {
        "repair_id": row["number"],
        "invoice_number": row["invoice_number"],
        "invoice_date": row["invoice_date"],
        "status": row["status"],
        "workshop_type": row["workshop_type"],
        **whose(row),
        "vin": row["vin"],
        "plate_no": row["plate_no"],
        "total_amount": row["amount"],
        "start_week": row["start_week"],
        **progress(row),
        "receipt_url": f"{url}/receipt",
        "document_url": f"{url}/document" if row["document_path"] else None,
    }


def repair_detail(row: Mapping[str, Any]) -> dict[str, Any]:
    """A single repair, without its schedule."""
    return {
        **repair_row(row),
        "currency": row["currency"],
        "status_reason": row["status_reason"],
        "notes": row["notes"],
        "case_no": row["case_no"],
        "matrix_version": row["matrix_version"],
        "document_name": row["document_name"] or None,
        "created_by": row["created_by_name"],
        "created_at": row["created_at"],
    }
