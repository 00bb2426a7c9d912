"""Post the repair installments that fell due."""

from __future__ import annotations

from ledger.repayment.commands import PostDueCommand
from repairs.kind import REPAIRS


class Command(PostDueCommand):
    kind = REPAIRS
