"""How repairs look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.repayment.shapes import DocumentShape, progress, whose
from repairs.kind import REPAIRS


def repair_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A repair in a list."""
    url = REPAIRS.address(row["number"])
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


REPAIR: Final = DocumentShape(
    REPAIRS, repair_row, lambda row: {"document_name": row["document_name"] or None}
)
