"""The repairs' own job."""

from __future__ import annotations

from ledger.repayment.jobs import posting_task
from repairs.kind import REPAIRS

post_due_installments = posting_task(REPAIRS)
