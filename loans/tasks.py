"""The loans' own job."""

from __future__ import annotations

from ledger.repayment.jobs import posting_task
from loans.kind import LOANS

post_due_installments = posting_task(LOANS)
