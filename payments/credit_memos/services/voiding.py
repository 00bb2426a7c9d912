"""Voiding a credit memo, as far as nothing has used it (docs/domain.md#credit-memos)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from batconnect.core.audit import audit_event
from batconnect.core.database.rows import Change
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel import clock
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import ZERO, format_amount, round_half_up, sum_of
from ledger.chart import OPENING_BALANCES
from ledger.credits import why_kept
from ledger.errors import ALREADY_VOIDED
from ledger.models import Entry, Obligation
from ledger.postings import EntryDraft, Leg
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.services.journal import note_credited
from ledger.services.locks import lock_obligations
from ledger.services.opening import refuse_locked_opening
from ledger.settlement.errors import WeekClosed
from payments.credit_memos.errors import CREDIT_FINAL, CREDIT_USED
from payments.credit_memos.postings import credit_voided
from payments.credit_memos.rules import spread
from payments.credit_memos.services.items import find_advanced
from payments.errors import REFUND_PENDING
from payments.models import Allocation, CreditMemo, CreditMemoLine
from payments.postings import CREDIT_MEMO
from payments.services.credit_voids import unapply_drafts
from payments.services.credits import BY_RUN, lock_memo, void_credit
from payments.services.voids import LIVE, mark_voided, void_rows

_VOID_LINES: Final = """
update credit_memo_lines l set voided = l.voided + d.amount
from unnest(%s::uuid[], %s::numeric[]) as d(id, amount) where l.company_id = %s::uuid and l.id = d.id
"""


@dataclass(frozen=True, slots=True)
class MemoVoided:
    """A memo with its new figures, and what of the credit was voided now."""

    memo: CreditMemo
    amount: Decimal


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a void takes back: applications to the memo's own item, credit in all, gross of it, by line."""

    own: Sequence[Allocation]
    credit: Decimal
    gross: Decimal
    lines: Mapping[UUID, Decimal]
    debited: Sequence[CreditMemoLine]


@joins_transaction
def void_memo(
    *, actor: Actor, memo_id: UUID, reason: str, check: Callable[[CreditMemo], None] | None = None
) -> MemoVoided:
    """Void a credit memo as far as it has not been used: what it was applied to its own item is owed again, and what is
    left is the customer's no more.

    What it debited is credited again, its discount too. What was applied to other items stays; take that back first.
    Needs `payments.credit` and a reason of 10 to 500 characters. Raises CreditMemoNotFound (404); Conflict 409
    `already_voided`, `credit_used`, `credit_final`, `refund_pending`, `opening_locked`; WeekClosed (409) when a DTR has
    used all of it.
    """
    actor.require("payments.credit")
    reason = checked_reason(reason)
    memo = lock_memo(actor=actor, memo_id=memo_id)
    if check:
        check(memo)
    if memo.status == CreditMemo.Status.VOIDED:
        raise Conflict(f"{memo.number} has already been voided.", code=ALREADY_VOIDED)
    _refuse_kept(actor, memo)
    if memo.reserved:
        raise Conflict(
            f"A refund of {format_amount(memo.reserved)} of {memo.number} waits for approval.",
            code=REFUND_PENDING,
        )
    applied = list(
        Allocation.objects.filter(company_id=actor.company_id, memo=memo.id, status__in=LIVE).order_by("id")
    )
    own = [
        each for each in applied if each.obligation_id == memo.obligation_id and not each.decision.get(BY_RUN)
    ]
    credit = memo.left + sum_of(each.amount for each in own)
    if not credit:
        _refuse_used(memo, applied)
    obligations = lock_obligations(actor=actor, ids=[memo.obligation_id] if memo.obligation_id else [])
    plan = _plan(actor, memo, own, credit)
    advanced = _advanced_again(actor, memo, plan, obligations)
    _write(actor, memo, plan, obligations, reason, advanced)
    return MemoVoided(memo, credit)


def _refuse_kept(actor: Actor, memo: CreditMemo) -> None:
    """Raise Conflict 409 `credit_final` when the document that gave the credit keeps it."""
    (operation_id,) = Entry.objects.filter(company_id=actor.company_id, id=memo.entry_id).values_list(
        "operation_id", flat=True
    )
    if why := why_kept(actor=actor, operation_id=operation_id):
        raise Conflict(f"{memo.number} stands: {why}.", code=CREDIT_FINAL)


def _advanced_again(
    actor: Actor, memo: CreditMemo, plan: _Plan, obligations: Mapping[UUID, Obligation]
) -> UUID | None:
    """The document whose principal the void lets be payable again. Raises Conflict 409 `credit_final` when it was given
    meanwhile, less what the memo had debited, or is over."""
    if memo.obligation_id is None:
        return None
    item = obligations[memo.obligation_id]
    advanced = find_advanced(actor=actor, obligation=item)
    if advanced is None:
        return None
    if advanced.final:
        raise Conflict(f"{memo.number} stands: {advanced.final}.", code=CREDIT_FINAL)
    principal = sum_of(
        plan.lines[line.id]
        for line in plan.debited
        if line.id in plan.lines and line.account == advanced.account
    )
    if advanced.limit is not None and principal > advanced.limit:
        raise Conflict(
            f"{memo.number} credited {format_amount(principal)} of the principal of {item}, and the rest was handed "
            "over without it: stop that first.",
            code=CREDIT_FINAL,
        )
    return advanced.document_id


def _refuse_used(memo: CreditMemo, applied: Sequence[Allocation]) -> None:
    by_run = sum_of(each.amount for each in applied if each.decision.get(BY_RUN)) + memo.paid_out
    if by_run:
        raise WeekClosed(
            f"DTRs have used {format_amount(by_run)} of {memo.number}: a week that has a DTR does not change."
        )
    raise Conflict(
        f"Nothing of {memo.number} is left: {format_amount(memo.applied)} is applied to other items, "
        f"{format_amount(memo.refunded)} refunded.",
        code=CREDIT_USED,
    )


def _plan(actor: Actor, memo: CreditMemo, own: Sequence[Allocation], credit: Decimal) -> _Plan:
    """The discount goes with its share of the credit, cumulatively; each line with its share of both."""
    lines = list(CreditMemoLine.objects.filter(company_id=actor.company_id, memo=memo.id).order_by("place"))
    if any(line.account == OPENING_BALANCES for line in lines):
        refuse_locked_opening(actor=actor, what=f"{memo.number} is not voided")
    gross_before = sum_of(line.voided for line in lines)
    reached = memo.voided + credit
    gross = (
        memo.amount
        if reached == memo.credit
        else reached + round_half_up(memo.discount_amount * reached / memo.credit)
    ) - gross_before
    shares = spread(gross, [line.amount - line.voided for line in lines])
    by_line = {line.id: share for line, share in zip(lines, shares, strict=True) if share}
    return _Plan(own, credit, gross, by_line, lines)


def _write(
    actor: Actor,
    memo: CreditMemo,
    plan: _Plan,
    obligations: Mapping[UUID, Obligation],
    reason: str,
    operation_id: UUID | None,
) -> None:
    voided_at = clock.now()
    drafts: list[EntryDraft] = []
    changes: list[Change] = []
    if plan.own:
        drafts += unapply_drafts(actor, {memo.id: memo}, plan.own, obligations, reason)
        changes.append(void_rows(actor, plan.own, reason, voided_at))
    drafts.append(_draft(actor, memo, plan, reason, operation_id))
    event = audit_event(
        actor=actor,
        action="payments.credit_voided",
        subject_type=CREDIT_MEMO,
        subject_id=memo.id,
        reason=reason,
        details={"number": memo.number, "amount": str(plan.credit)},
    )
    post_entries(
        actor=actor,
        drafts=drafts,
        rows=[[event]],
        changes=[*changes, *_changes(memo, plan, voided_at, reason)],
    )
    mark_voided(plan.own, reason, voided_at)
    if memo.obligation_id:
        note_credited(actor=actor, amounts={memo.obligation_id: -plan.gross})


def _changes(memo: CreditMemo, plan: _Plan, voided_at: datetime, reason: str) -> list[Change]:
    ids = sorted(plan.lines)
    unapplied = sum((each.amount for each in plan.own), ZERO)
    return [
        Change(_VOID_LINES, [ids, [plan.lines[key] for key in ids], memo.company_id]),
        void_credit(memo, unapplied=unapplied, voided=plan.credit, voided_at=voided_at, reason=reason),
    ]


def _draft(actor: Actor, memo: CreditMemo, plan: _Plan, reason: str, operation_id: UUID | None) -> EntryDraft:
    legs: dict[tuple[str, UUID | None, Decimal | None], Decimal] = {}
    for line in plan.debited:
        key = line.account, line.item_id, line.rate
        legs[key] = legs.get(key, ZERO) + plan.lines.get(line.id, ZERO)
    return credit_voided(
        memo_id=memo.id,
        times=memo.version,
        lines=[
            Leg(account, amount, item_id=item_id) for (account, item_id, _), amount in legs.items() if amount
        ],
        discount=plan.gross - plan.credit,
        currency=memo.currency,
        on=clock.today(actor.company),
        customer_id=memo.customer_id,
        lease_id=memo.lease_id,
        reverses=memo.entry_id,
        is_full_reversal=plan.credit == memo.credit,
        reason=reason,
        case_no=memo.case_no,
        operation_id=operation_id,
    )
