"""How a credit memo is written: its row and lines, its entry, and what it is applied to at once, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from batconnect.core.audit import audit_event
from batconnect.core.database.numbers import take
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, sum_of
from batconnect.core.models import AuditEvent
from ledger.credits import IssuedCredit
from ledger.models import Obligation
from ledger.postings import MAX_POSTINGS, Leg
from ledger.services import post_entries
from ledger.services.journal import note_credited
from payments.credit_memos.postings import credit_issued
from payments.credit_memos.rules import discount_back
from payments.credit_memos.services.items import debits_of, find_advanced, paid_with_discount
from payments.credit_memos.subjects import CREDIT_NUMBERS
from payments.models import Allocation, CreditMemo, CreditMemoLine
from payments.postings import CREDIT_MEMO
from payments.rules.strategies import OWN_ITEM
from payments.services.allocation import AllocationLine, apply_credit

_DEBITS_LIMIT = MAX_POSTINGS - 2


@dataclass(frozen=True, slots=True)
class MemoDraft:
    """A credit memo before it is issued: whom it credits, for which item if any, and what it debits. It is effective
    today, unless it is one of the opening (`on`)."""

    customer_id: UUID
    currency: str
    lines: Sequence[CreditMemoLine]
    reason: str
    lease_id: int | None = None
    obligation: Obligation | None = None
    category: str = ""
    discount: Decimal = ZERO
    approval_id: UUID | None = None
    case_no: str = ""
    operation_id: UUID | None = None
    on: date | None = None

    @property
    def amount(self) -> Decimal:
        """What the debt is lowered by."""
        return sum_of(each.amount for each in self.lines)


@joins_transaction
def write_memo(
    *, actor: Actor, draft: MemoDraft, counted: Sequence[models.Model] = ()
) -> tuple[CreditMemo, Allocation | None]:
    """Issue the memo, effective on its day: number, row, lines, entry; of an item that still owes something it is
    applied to that at once. `counted` rows are written along.

    The caller has checked everything, and holds the lock of the item. Takes the number last of all locks.
    """
    memo = _memo(actor, draft)
    advanced = draft.obligation and find_advanced(actor=actor, obligation=draft.obligation)
    entry = credit_issued(
        entry_id=memo.entry_id,
        memo_id=memo.id,
        debits=_debits(draft.lines),
        discount=draft.discount,
        currency=draft.currency,
        on=memo.issued_on,
        customer_id=draft.customer_id,
        lease_id=draft.lease_id,
        reason=draft.reason,
        case_no=draft.case_no,
        operation_id=draft.operation_id or (advanced.document_id if advanced else None),
    )
    for place, line in enumerate(draft.lines, start=1):
        line.company_id, line.memo_id, line.place = actor.company_id, memo.id, place
    along: list[Sequence[models.Model]] = [list(draft.lines), [_event(actor, memo)], counted]
    item = draft.obligation
    own = memo.amount - memo.paid_part
    allocation: Allocation | None = None
    if item is not None and own:
        decision = {"outstanding_before": str(item.outstanding)}
        applied = apply_credit(
            actor=actor,
            memo=memo,
            obligations={item.id: item},
            lines=[AllocationLine(item.id, own, strategy=OWN_ITEM, decision=decision)],
            drafts=[entry],
            rows=along,
        )
        (allocation,) = applied.allocations
    else:
        post_entries(actor=actor, drafts=[entry], rows=[[memo], *along])
        memo._state.adding = False
    if item is not None:
        note_credited(actor=actor, amounts={item.id: memo.amount})
        item.credited += memo.amount
    return memo, allocation


@joins_transaction
def issue_customer_credit(
    *,
    actor: Actor,
    customer_id: UUID,
    lease_id: int | None,
    currency: str,
    debits: Sequence[Leg] = (),
    reason: str,
    category: str = "",
    case_no: str = "",
    operation_id: UUID | None = None,
    item_id: UUID | None = None,
) -> IssuedCredit:
    """The `ledger.credits.CreditIssuer` of payments: a credit of the customer's that another document gives.

    Rule: docs/domain.md#credit-memos.
    """
    assert bool(debits) is (item_id is None), "a memo debits what its item had credited, or what it is told"
    assert all(leg.amount > 0 and leg.obligation_id is None and leg.payment_id is None for leg in debits)
    item = Obligation.objects.get(company_id=actor.company_id, id=item_id) if item_id else None
    lines = (
        debits_of(actor=actor, obligation=item, amount=None)
        if item
        else [CreditMemoLine(account=leg.account, item_id=leg.item_id, amount=leg.amount) for leg in debits]
    )
    draft = MemoDraft(
        customer_id=customer_id,
        currency=currency,
        lines=lines,
        reason=reason,
        lease_id=lease_id,
        obligation=item,
        discount=_discount_back(actor, item, sum_of(each.amount for each in lines)) if item else ZERO,
        category=category,
        case_no=case_no,
        operation_id=operation_id,
    )
    memo, _ = write_memo(actor=actor, draft=draft)
    return IssuedCredit(memo.id, memo.number, memo.entry_id, memo.left)


def _discount_back(actor: Actor, item: Obligation, amount: Decimal) -> Decimal:
    """What of the item's early-payment discounts comes back when so much of it is credited."""
    paid_part = amount - min(amount, item.outstanding)
    return discount_back(paid_part, paid_with_discount(actor=actor, obligation=item))


def _memo(actor: Actor, draft: MemoDraft) -> CreditMemo:
    """The unsaved memo, all of it left; what its item still owes is not part of what was paid."""
    owed = min(draft.amount, draft.obligation.outstanding) if draft.obligation else ZERO
    day = today(actor.company)
    (number,) = take(CREDIT_NUMBERS, company_id=actor.company_id, day=day)
    return CreditMemo(
        company_id=actor.company_id,
        number=number.text,
        number_order=number.order,
        customer_id=draft.customer_id,
        lease_id=draft.lease_id,
        currency=draft.currency,
        obligation_id=draft.obligation.id if draft.obligation else None,
        category=draft.category,
        amount=draft.amount,
        discount_amount=draft.discount,
        paid_part=draft.amount - owed,
        left=draft.amount - draft.discount,
        issued_on=draft.on or day,
        reason=draft.reason,
        case_no=draft.case_no,
        approval_id=draft.approval_id,
        entry_id=uuid7(),
        created_by_id=actor.user_id,
        issued_by=actor.name,
    )


def _debits(lines: Sequence[CreditMemoLine]) -> list[Leg]:
    """One line of the entry for each account and, of taxes, each rate."""
    legs: dict[tuple[str, UUID | None, Decimal | None], Decimal] = {}
    for line in lines:
        key = line.account, line.item_id, line.rate
        legs[key] = legs.get(key, ZERO) + line.amount
    assert len(legs) <= _DEBITS_LIMIT, "an invoice has at most a hundred rates"
    return [Leg(account, amount, item_id=item_id) for (account, item_id, _), amount in legs.items()]


def _event(actor: Actor, memo: CreditMemo) -> AuditEvent:
    details: dict[str, Any] = {
        "number": memo.number,
        "amount": str(memo.amount),
        "currency": memo.currency,
    }
    if memo.discount_amount:
        details["discount"] = str(memo.discount_amount)
    if memo.obligation_id:
        details["obligation_id"] = str(memo.obligation_id)
    return audit_event(
        actor=actor,
        action="payments.credit_issued",
        subject_type=CREDIT_MEMO,
        subject_id=memo.id,
        reason=memo.reason,
        details=details,
    )
