"""The tables of the books, of the weekly settlement and of repayment schedules.

Rule: docs/domain.md#journal, docs/domain.md#settlement, docs/domain.md#schedules.
"""

from ledger.models.books import Account, Entry, LedgerVerification, Obligation, Posting
from ledger.repayment.models import RepaymentBand, RepaymentMatrix
from ledger.settlement.models import Dtr, DtrExport, DtrLine, LeaseEarning, WeeklyRun

__all__ = [
    "Account",
    "Dtr",
    "DtrExport",
    "DtrLine",
    "Entry",
    "LeaseEarning",
    "LedgerVerification",
    "Obligation",
    "Posting",
    "RepaymentBand",
    "RepaymentMatrix",
    "WeeklyRun",
]
