"""What an app registers whose documents are repaid: one call, when the app is ready."""

from __future__ import annotations

from collections.abc import Sequence

from batconnect.core.approvals.kinds import ApprovalKind, register_kind
from ledger.repayment.counter import AtCounter, add_counter
from ledger.repayment.kinds import add_kind
from ledger.repayment.services.following import follow


def register_repaid(counter: AtCounter, *, approvals: Sequence[ApprovalKind] = ()) -> None:
    """Register the kind that is made at the counter so, and what of it a second person decides on.

    The ledger follows its documents from then on, and the console shows them: the counter, the menu, the dashboard,
    accounts, links and the report of what is outstanding.
    """
    add_kind(counter.kind)
    add_counter(counter)
    follow(counter.kind)
    for approval in approvals:
        register_kind(approval)
