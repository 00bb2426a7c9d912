"""Credit memos as what can be applied: their locks and their figures, beside those of payments.

Rule: docs/domain.md#credit-memos. Issuing, voiding and paying back are `payments.credit_memos`'s own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, format_amount
from ledger.settlement.errors import WeekClosed
from payments.errors import CREDIT_VOIDED, CreditMemoNotFound
from payments.models import Allocation, CreditMemo, Payment

Funds = Payment | CreditMemo
"""What is applied to obligations: an allocation names exactly one."""

BY_RUN: Final = "by_weekly_run"
"""In the decision of an allocation that the weekly run made of a credit."""

_MOVE: Final = """
update credit_memos m
set applied = m.applied + d.applied, refunded = m.refunded + d.refunded, paid_out = m.paid_out + d.paid_out,
    voided = m.voided + d.voided, reserved = m.reserved + d.reserved,
    "left" = m."left" - d.applied - d.refunded - d.paid_out - d.voided,
    status = case when m."left" - d.applied - d.refunded - d.paid_out - d.voided > 0 then 'open'
      when m.voided + d.voided = m.amount - m.discount_amount then 'voided' else 'used' end,
    version = m.version + 1
from unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
  as d(id, applied, refunded, paid_out, voided, reserved)
where m.company_id = %s::uuid and m.id = d.id
"""
_VOIDED: Final = """
update credit_memos set voided = voided + %s::numeric, "left" = "left" - %s::numeric, applied = applied - %s::numeric,
    status = case when "left" - %s::numeric > 0 then 'open'
      when voided + %s::numeric = amount - discount_amount then 'voided' else 'used' end,
    voided_at = %s::timestamptz, void_reason = %s, version = version + 1
where company_id = %s::uuid and id = %s::uuid
"""


@joins_transaction
def lock_memo(*, actor: Actor, memo_id: UUID) -> CreditMemo:
    """The credit memo, locked until the transaction ends; after payments and before any obligation.

    Rule: docs/architecture.md#lock-order. Raises CreditMemoNotFound (404).
    """
    memo = lock_memos(actor=actor, ids=[memo_id]).get(memo_id)
    if memo is None:
        raise CreditMemoNotFound(f"There is no credit memo {memo_id}.")
    return memo


@joins_transaction
def lock_memos(*, actor: Actor, ids: Collection[UUID]) -> dict[UUID, CreditMemo]:
    """The credit memos with these ids, locked in the order of their ids, in one statement; by id."""
    rows = CreditMemo.objects.filter(company_id=actor.company_id, id__in=list(ids)).order_by("id")
    return {row.id: row for row in rows.select_for_update(no_key=True)}


@reads
def read_memo(*, actor: Actor, memo_id: UUID) -> CreditMemo:
    """The credit memo, without a lock. Raises CreditMemoNotFound (404), Conflict 409 `credit_voided`."""
    memo = CreditMemo.objects.filter(company_id=actor.company_id, id=memo_id).first()
    if memo is None:
        raise CreditMemoNotFound(f"There is no credit memo {memo_id}.")
    require_standing(memo)
    return memo


def require_standing(memo: CreditMemo) -> None:
    """Raise Conflict 409 `credit_voided` for a memo that was voided as a whole."""
    if memo.status == CreditMemo.Status.VOIDED:
        raise Conflict(f"{memo.number} is voided.", code=CREDIT_VOIDED)


def left_of(funds: Funds) -> Decimal:
    """What is not applied of it, held by pending refunds or not."""
    return funds.left if isinstance(funds, CreditMemo) else funds.unallocated


def dated(funds: Funds) -> date:
    """The day on which the payment was made, or the memo issued: nothing is applied as of an earlier one."""
    return funds.issued_on if isinstance(funds, CreditMemo) else funds.payment_date


def move_credit(
    memo: CreditMemo,
    *,
    applied: Decimal = ZERO,
    refunded: Decimal = ZERO,
    paid_out: Decimal = ZERO,
    voided: Decimal = ZERO,
    reserved: Decimal = ZERO,
) -> Change:
    """Add to the memo's figures, on the instance and by the update returned: what is left and the status follow, and
    its version goes on. The caller holds its lock."""
    memo.applied += applied
    memo.refunded += refunded
    memo.paid_out += paid_out
    memo.voided += voided
    memo.reserved += reserved
    memo.version += 1
    follow_figures(memo)
    figures = [[applied], [refunded], [paid_out], [voided], [reserved]]
    return Change(_MOVE, [[memo.id], *figures, memo.company_id])


def follow_figures(memo: CreditMemo) -> None:
    """Give the instance what follows from its figures: what is left, and the status."""
    memo.left = memo.credit - memo.applied - memo.refunded - memo.paid_out - memo.voided
    whole = CreditMemo.Status.VOIDED if memo.voided == memo.credit else CreditMemo.Status.USED
    memo.status = CreditMemo.Status.OPEN if memo.left > 0 else whole


@joins_transaction
def use_credits(
    *, company_id: UUID, applied: Mapping[UUID, Decimal], paid_out: Mapping[UUID, Decimal]
) -> Change:
    """The update that adds to what memos, by their ids, have applied and paid out; negative gives it back."""
    ids = sorted(applied.keys() | paid_out.keys())
    nothing = [ZERO] * len(ids)
    return Change(
        _MOVE,
        [
            ids,
            [applied.get(key, ZERO) for key in ids],
            nothing,
            [paid_out.get(key, ZERO) for key in ids],
            nothing,
            nothing,
            company_id,
        ],
    )


def void_credit(
    memo: CreditMemo, *, unapplied: Decimal, voided: Decimal, voided_at: datetime, reason: str
) -> Change:
    """Take back what was applied (`unapplied`), then `voided` of what is left; on the instance and by the update."""
    memo.applied -= unapplied
    memo.voided += voided
    memo.version += 1
    memo.voided_at, memo.void_reason = voided_at, reason
    follow_figures(memo)
    taken = voided - unapplied
    return Change(
        _VOIDED,
        [voided, taken, unapplied, taken, voided, voided_at, reason, memo.company_id, memo.id],
    )


def refuse_used_by_run(memo: CreditMemo, allocation: Allocation) -> None:
    """Raise WeekClosed (409) for what the weekly run applied: a week that has a DTR does not change."""
    if allocation.decision.get(BY_RUN):
        raise WeekClosed(
            f"A DTR has applied {format_amount(allocation.amount)} of {memo.number}: a week that has a DTR does not "
            "change."
        )
