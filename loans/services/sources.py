"""How the ledger knows loans (`ledger.sources`, `ledger.verification`)."""

from __future__ import annotations

from ledger.repayment.services.following import register_kind
from loans.kind import LOANS
from loans.postings import LOAN_OPENED


def register_loans() -> None:
    """Register loans with the ledger, once, when the app is loaded."""
    register_kind(LOANS, words={LOAN_OPENED: "Loan opened", "loan_cancelled": "Loan cancelled"})
