"""Taking back what a credit memo was applied to (docs/domain.md#credit-memos)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.transactions import joins_transaction, reads
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from ledger.models import Obligation
from ledger.postings import EntryDraft
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.services.locks import lock_obligations
from payments import postings
from payments.errors import AllocationNotFound
from payments.models import Allocation, CreditMemo
from payments.services.credits import lock_memo, move_credit, refuse_used_by_run
from payments.services.voids import entries_to_reverse, mark_voided, require_live, void_rows


@joins_transaction
def void_credit_application(
    *,
    actor: Actor,
    allocation_id: UUID,
    reason: str,
    memo_id: UUID | None = None,
    check: Callable[[CreditMemo], None] | None = None,
) -> Allocation:
    """Give back what a credit memo was applied to an obligation: the obligation owes it, the memo has it left again.

    `memo_id`, when given, must be its memo; `check` is called with the locked memo (`If-Match`). Needs
    `payments.void_allocation` and a reason of 10 to 500 characters. Raises AllocationNotFound (404),
    AllocationNotLive (409), WeekClosed (409) for what the weekly run applied.
    """
    actor.require("payments.void_allocation")
    reason = checked_reason(reason)
    matching = Allocation.objects.filter(company_id=actor.company_id, id=allocation_id, memo__isnull=False)
    owner = matching.values_list("memo_id", flat=True).first()
    if owner is None or (memo_id is not None and owner != memo_id):
        raise AllocationNotFound(f"There is no allocation {allocation_id}.")
    memo = lock_memo(actor=actor, memo_id=owner)
    if check:
        check(memo)
    allocation = matching.get()
    require_live(allocation)
    refuse_used_by_run(memo, allocation)
    obligations = lock_obligations(actor=actor, ids=[allocation.obligation_id])
    voided_at = clock.now()
    drafts = unapply_drafts(actor, {memo.id: memo}, [allocation], obligations, reason)
    event = audit_event(
        actor=actor,
        action="payments.credit_unapplied",
        subject_type=postings.CREDIT_MEMO,
        subject_id=memo.id,
        reason=reason,
        details={"allocation_id": str(allocation.id), "amount": str(allocation.amount)},
    )
    post_entries(
        actor=actor,
        drafts=drafts,
        rows=[[event]],
        changes=[
            void_rows(actor, [allocation], reason, voided_at),
            move_credit(memo, applied=-allocation.amount),
        ],
    )
    mark_voided([allocation], reason, voided_at)
    return allocation


@reads
def unapply_drafts(
    actor: Actor,
    memos: Mapping[UUID, CreditMemo],
    allocations: Sequence[Allocation],
    obligations: Mapping[UUID, Obligation],
    reason: str,
    operation_id: UUID | None = None,
) -> list[EntryDraft]:
    """The entries that take the applications of memos back; parts of their operations unless another is named."""
    entries = entries_to_reverse(actor, allocations)
    drafts: list[EntryDraft] = []
    for each in allocations:
        assert each.memo_id is not None, "payments have entries of their own"
        memo, obligation = memos[each.memo_id], obligations[each.obligation_id]
        drafts.append(
            postings.credit_unapplied(
                allocation_id=each.id,
                operation_id=operation_id or each.operation_id,
                memo_id=memo.id,
                obligation_id=obligation.id,
                category=obligation.category,
                amount=each.amount,
                currency=memo.currency,
                on=clock.today(actor.company),
                customer_id=memo.customer_id,
                lease_id=obligation.lease_id,
                reverses=entries[str(each.id)],
                reason=reason,
                case_no=memo.case_no,
            )
        )
    return drafts
