"""The weekly run uses what drivers' payments left unallocated: for a lease before its earnings, for none at last.

Rule: docs/domain.md#dtr-formula, docs/domain.md#interim-payments.

The run plans by the payment hierarchy and posts; this says which cash there is, and what using it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO
from ledger.weekly import CashUse, CashWritten, HeldCash
from payments import postings
from payments.models import Allocation
from payments.services.figures import move_unallocated

STRATEGY: Final = "hierarchy"

_LOCK: Final = """
select p.id, p.lease_id, p.customer_id, p.currency, p.unallocated - p.reserved, p.payment_date
from payments p
where p.company_id = %(company)s::uuid and p.customer_id = any(%(customers)s::uuid[]) and p.unallocated > 0
  and p.status = 'posted' and p.unallocated > p.reserved and p.currency = %(currency)s
  and p.payment_date <= %(until)s::date
  and (p.lease_id is null or (p.lease_id, p.customer_id) in (
    select * from unnest(%(leases)s::bigint[], %(customers)s::uuid[])))
order by p.id for no key update of p
"""


class DriversCash:
    """The `ledger.weekly.CashSource` of payments."""

    def lock(
        self, *, actor: Actor, lease_ids: Sequence[int], customer_ids: Sequence[UUID], until: date
    ) -> list[HeldCash]:
        """What payments for these (lease, customer) pairs, or for no lease, left and no refund reserves, locked by id;
        oldest payment first."""
        values: dict[str, Any] = {
            "company": actor.company_id,
            "currency": actor.company.base_currency,
            "customers": list(customer_ids),
            "leases": list(lease_ids),
            "until": until,
        }
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, values)
            rows = cursor.fetchall()
        return [HeldCash(*row[:5]) for row in sorted(rows, key=lambda row: (row[5], row[0]))]

    def write(self, *, actor: Actor, uses: Sequence[CashUse]) -> CashWritten:
        """Allocations with their entries, one operation for each payment, and the payments' new figures."""
        written = CashWritten()
        operations: dict[UUID, UUID] = {}
        lines: dict[UUID, int] = {}
        taken: dict[UUID, Decimal] = {}
        allocations: list[Allocation] = []
        for use in uses:
            payment = use.held.payment_id
            operation = operations.setdefault(payment, uuid7())
            lines[payment] = lines.get(payment, 0) + 1
            taken[payment] = taken.get(payment, ZERO) + use.amount
            allocation = _allocation(actor, use, operation, lines[payment])
            allocation.allocation_date = use.effective_on
            allocations.append(allocation)
            applied = postings.allocation_applied(
                allocation_id=allocation.id,
                operation_id=operation,
                payment_id=payment,
                obligation_id=use.obligation_id,
                category=use.category,
                cash=use.amount,
                discount=ZERO,
                currency=use.held.currency,
                allocation_date=use.effective_on,
                customer_id=use.held.customer_id,
                lease_id=use.lease_id,
            )
            written.drafts.append(replace(applied, id=use.entry_id))
        written.rows.append(allocations)
        used = {payment: -amount for payment, amount in taken.items()}
        written.changes.append(move_unallocated(company_id=actor.company_id, by_payment=used))
        return written


def _allocation(actor: Actor, use: CashUse, operation_id: UUID, line: int) -> Allocation:
    return Allocation(
        company_id=actor.company_id,
        operation_id=operation_id,
        line=line,
        payment_id=use.held.payment_id,
        obligation_id=use.obligation_id,
        amount=use.amount,
        strategy=STRATEGY,
        decision=dict(use.decision),
        outstanding_after=use.outstanding - use.amount,
        notes="Applied by the weekly settlement.",
        created_by_id=actor.user_id,
    )
