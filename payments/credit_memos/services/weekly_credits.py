"""The weekly run uses what credit memos have left, before cash and earnings (docs/domain.md#dtr-formula).

The run plans by the payment hierarchy and posts; this says which credits there are, and what using them writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.weekly import CashWritten, CreditPaid, CreditUse, HeldCredit
from payments.credit_memos.postings import credit_paid_out
from payments.models import Allocation
from payments.postings import credit_applied
from payments.services.credits import BY_RUN, use_credits

STRATEGY: Final = "hierarchy"

_LOCK: Final = """
select m.id, m.lease_id, m.customer_id, m.currency, m."left" - m.reserved, m.issued_on, m.number_order
from unnest(%s::bigint[], %s::uuid[]) as w(lease_id, customer_id)
join credit_memos m on m.company_id = %s::uuid and m.lease_id = w.lease_id and m.customer_id = w.customer_id
where m.status = 'open' and m."left" > m.reserved and m.currency = %s and m.issued_on <= %s::date
order by m.id for no key update of m
"""
_PAIRS: Final = """
select distinct m.lease_id, m.customer_id from credit_memos m
where m.company_id = %s::uuid and m.lease_id is not null and m.status = 'open' and m."left" > m.reserved
  and m.currency = %s and m.issued_on <= %s::date
"""


class MemoCredits:
    """The `ledger.weekly.CreditSource` of payments."""

    def pairs(self, *, actor: Actor, until: date) -> list[tuple[int, UUID]]:
        """The (lease, customer) pairs that have something left of memos issued through `until`."""
        with connection.cursor() as cursor:
            cursor.execute(_PAIRS, [actor.company_id, actor.company.base_currency, until])
            return cursor.fetchall()

    def lock(
        self, *, actor: Actor, lease_ids: Sequence[int], customer_ids: Sequence[UUID], until: date
    ) -> list[HeldCredit]:
        """What memos of these (lease, customer) pairs issued through `until` have left and no refund reserves, locked
        by id; oldest first."""
        with connection.cursor() as cursor:
            cursor.execute(
                _LOCK,
                [
                    *(list(lease_ids), list(customer_ids)),
                    *(actor.company_id, actor.company.base_currency, until),
                ],
            )
            rows = cursor.fetchall()
        return [HeldCredit(*row[:5]) for row in sorted(rows, key=lambda row: (row[5], row[6]))]

    def write(self, *, actor: Actor, uses: Sequence[CreditUse], paid: Sequence[CreditPaid]) -> CashWritten:
        """Allocations with their entries, one operation for each memo, what DTRs pay, and the memos' new figures."""
        written = CashWritten()
        operations: dict[UUID, UUID] = {}
        lines: dict[UUID, int] = {}
        applied: dict[UUID, Decimal] = {}
        allocations: list[Allocation] = []
        for use in uses:
            memo = use.held.memo_id
            operation = operations.setdefault(memo, uuid7())
            lines[memo] = lines.get(memo, 0) + 1
            applied[memo] = applied.get(memo, ZERO) + use.amount
            allocation = _allocation(actor, use, operation, lines[memo])
            allocations.append(allocation)
            draft = credit_applied(
                allocation_id=allocation.id,
                operation_id=operation,
                memo_id=memo,
                obligation_id=use.obligation_id,
                category=use.category,
                amount=use.amount,
                currency=use.held.currency,
                allocation_date=use.effective_on,
                customer_id=use.held.customer_id,
                lease_id=use.lease_id,
            )
            written.drafts.append(replace(draft, id=use.entry_id))
        paid_out: dict[UUID, Decimal] = {}
        for each in paid:
            paid_out[each.held.memo_id] = paid_out.get(each.held.memo_id, ZERO) + each.amount
            written.drafts.append(
                credit_paid_out(
                    entry_id=each.entry_id,
                    memo_id=each.held.memo_id,
                    dtr_id=each.dtr_id,
                    dtr_number=each.dtr_number,
                    amount=each.amount,
                    currency=each.held.currency,
                    on=each.effective_on,
                    customer_id=each.held.customer_id,
                    lease_id=each.held.lease_id,
                )
            )
        written.rows.append(allocations)
        if applied or paid_out:
            written.changes.append(
                use_credits(company_id=actor.company_id, applied=applied, paid_out=paid_out)
            )
        return written


def _allocation(actor: Actor, use: CreditUse, operation_id: UUID, line: int) -> Allocation:
    return Allocation(
        company_id=actor.company_id,
        operation_id=operation_id,
        line=line,
        memo_id=use.held.memo_id,
        obligation_id=use.obligation_id,
        amount=use.amount,
        strategy=STRATEGY,
        decision={**use.decision, BY_RUN: True},
        allocation_date=use.effective_on,
        outstanding_after=use.outstanding - use.amount,
        notes="Applied by the weekly settlement.",
        created_by_id=actor.user_id,
    )
