"""Post the loan installments that fell due."""

from __future__ import annotations

from ledger.repayment.commands import PostDueCommand
from loans.kind import LOANS


class Command(PostDueCommand):
    kind = LOANS
