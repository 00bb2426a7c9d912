"""Voids of payments above the company's limit: one limit for every entry point that voids a payment.

A payment is voided alone, with its whole batch, or by taking a match back: three kinds of requests, each replayed by
its own action, that count against one limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from batconnect.core.approvals.kinds import ApprovalKind, CarryOut
from batconnect.core.approvals.limits import PlannedAction
from payments.models import Payment

VOID: Final = "void"


def void_kind(*, code: str, label: str, trail: str, carry_out: CarryOut) -> ApprovalKind:
    """A kind of request that voids payments: all of them count as voids, against one limit."""
    return ApprovalKind(
        code=code,
        label=label,
        permission="payments.approve_void",
        view_permission="payments.view",
        trail=trail,
        carry_out=carry_out,
        limit="void_approval_limit",
        counts_as="" if code == VOID else VOID,
    )


def void_actions(payments: Sequence[Payment]) -> list[PlannedAction]:
    """What voiding these payments counts."""
    return [PlannedAction(str(each.id), each.customer_id, each.amount, each.currency) for each in payments]
