"""A repair's statement as a PDF, for its readers and for links that open it without a token."""

from __future__ import annotations

from typing import Final

from ledger.repayment.printed import Statement
from repairs.shapes import REPAIR

STATEMENT: Final = Statement(
    REPAIR,
    word="Repair",
    amount_label="Invoice",
    facts=lambda row: (
        ("Invoice", row["invoice_number"]),
        ("Invoice date", row["invoice_date"]),
        ("Workshop", row["workshop_type"]),
        ("Vehicle", f"{row['plate_no']}, {row['vin']}"),
        ("First due", row["start_week"]),
    ),
)
REPAIR_STATEMENT: Final = STATEMENT.register()
