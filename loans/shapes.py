"""How loans look to clients (docs/api.md#loans-and-repairs)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ledger.repayment.shapes import DocumentShape, progress, whose
from loans.kind import LOANS


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
        "receipt_url": f"{LOANS.address(row['number'])}/receipt",
    }


LOAN: Final = DocumentShape(LOANS, loan_row)
