"""A loan's statement as a PDF, for its readers and for links that open it without a token."""

from __future__ import annotations

from typing import Final

from ledger.repayment.printed import Statement
from loans.shapes import LOAN

STATEMENT: Final = Statement(
    LOAN,
    word="Driver loan",
    amount_label="Lent",
    facts=lambda row: (
        ("Loan date", row["loan_date"]),
        ("First due", row["start_week"]),
        ("Interest", f"{row['interest_rate'].normalize():f} % a year"),
    ),
)
LOAN_STATEMENT: Final = STATEMENT.register()
