"""Paying a credit back: at once or after a second person agreed; it counts with the refunds of payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.audit import audit_event
from batconnect.core.database.rows import execute_batch
from batconnect.core.database.transactions import joins_transaction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.ids import uuid7
from batconnect.core.kernel.money import ZERO, exact_money, format_amount
from batconnect.core.models import Approval
from ledger.rules.reasons import checked_reason
from ledger.services import post_entries
from ledger.treasury.models import Disbursement
from ledger.treasury.services.paying import PaidFrom, Prepared, prepare_disbursement
from payments.credit_memos.errors import ABOVE_LEFT
from payments.credit_memos.postings import CREDIT_REFUND, credit_refunded
from payments.models import CreditMemo, CreditRefund
from payments.postings import CREDIT_MEMO
from payments.services.credits import lock_memo, move_credit, require_standing
from payments.services.waiting import CREDIT_REFUND as KIND_CODE
from payments.services.waiting import REFUND

Check = Callable[[CreditMemo], None]


@dataclass(frozen=True, slots=True)
class CreditRefunded:
    """What became of a refund: posted (`refund`, `disbursement`, `warnings`), or waiting (`approval`)."""

    memo: CreditMemo
    amount: Decimal
    refund: CreditRefund | None = None
    disbursement: Disbursement | None = None
    approval: Approval | None = None
    warnings: tuple[str, ...] = ()


@joins_transaction
def refund_credit(
    *,
    actor: Actor,
    memo_id: UUID,
    amount: Decimal | None,
    reason: str,
    paid_from: PaidFrom,
    check: Check | None = None,
) -> CreditRefunded:
    """Pay back what is left of a credit, or `amount` of it, from a bank account or in cash.

    Above the company's `refund_approval_limit`, counted with refunds of payments and over slices, nothing is posted:
    the amount is reserved and another user decides. Needs `payments.refund` and a reason of 10 to 500 characters.
    Raises CreditMemoNotFound (404), Conflict 409 `credit_voided`, `above_left` naming what is left; what
    `prepare_disbursement` refuses.
    """
    actor.require("payments.refund")
    reason = checked_reason(reason)
    memo = lock_memo(actor=actor, memo_id=memo_id)
    if check:
        check(memo)
    require_standing(memo)
    wanted = memo.available if amount is None else amount
    _refuse_above(memo, wanted, memo.available)
    action = PlannedAction(str(memo.id), memo.customer_id, wanted, memo.currency)
    excess = find_excess(actor=actor, kind=KIND, actions=[action])
    if excess is not None:
        return _ask(actor, memo, action, reason, paid_from, excess)
    return _post(actor, memo, action, reason, paid_from, None)


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    memo = lock_memo(actor=actor, memo_id=UUID(approval.parameters["memo_id"]))
    amount = exact_money(approval.parameters["amount"])
    require_standing(memo)
    # What this request itself reserved is its own.
    _refuse_above(memo, amount, memo.available + amount)
    action = PlannedAction(str(memo.id), memo.customer_id, amount, memo.currency)
    find_excess(actor=actor, kind=KIND, actions=[action])
    done = _post(actor, memo, action, approval.reason, _paid_from(approval.parameters), approval)
    assert done.refund is not None
    sentence = f"{format_amount(amount)} {memo.currency} of {memo.number} is paid back."
    return Carried(sentence, {"refund_id": str(done.refund.id)}, done)


def _turn_down(actor: Actor, approval: Approval) -> Carried:
    """Nothing is posted, and what was held for it is free again."""
    memo = lock_memo(actor=actor, memo_id=UUID(approval.parameters["memo_id"]))
    amount = exact_money(approval.parameters["amount"])
    execute_batch(changes=[move_credit(memo, reserved=-amount)])
    sentence = f"{format_amount(amount)} {memo.currency} of {memo.number} is not paid back."
    return Carried(sentence, result=CreditRefunded(memo, amount, approval=approval))


KIND: Final = ApprovalKind(
    code=KIND_CODE,
    label="Refund of a credit",
    permission="payments.approve_refund",
    view_permission="payments.view",
    trail="payments.credit_refund",
    carry_out=_carry_out,
    turn_down=_turn_down,
    limit="refund_approval_limit",
    counts_as=REFUND,
)


def _ask(
    actor: Actor,
    memo: CreditMemo,
    action: PlannedAction,
    reason: str,
    paid_from: PaidFrom,
    excess: Excess,
) -> CreditRefunded:
    about = About(
        subject_type=CREDIT_MEMO,
        subject_id=str(memo.id),
        title=f"Refund of {format_amount(action.amount)} {memo.currency} of {memo.number}",
        parameters={"memo_id": str(memo.id), "amount": str(action.amount), **_as_text(paid_from)},
        reason=reason,
        amount=action.amount,
        currency=memo.currency,
        customer_id=memo.customer_id,
    )
    change = move_credit(memo, reserved=action.amount)
    approval = request_approval(actor=actor, kind=KIND, about=about, excess=excess, changes=[change])
    return CreditRefunded(memo, action.amount, approval=approval)


def _post(
    actor: Actor,
    memo: CreditMemo,
    action: PlannedAction,
    reason: str,
    paid_from: PaidFrom,
    approval: Approval | None,
) -> CreditRefunded:
    refund = CreditRefund(
        company_id=actor.company_id,
        memo_id=memo.id,
        approval_id=approval.id if approval else None,
        entry_id=uuid7(),
        amount=action.amount,
        reason=reason,
        refunded_by_id=actor.user_id,
    )
    prepared = _prepare(actor, memo, refund, paid_from)
    draft = credit_refunded(
        entry_id=refund.entry_id,
        refund_id=refund.id,
        memo_id=memo.id,
        amount=refund.amount,
        paid_from=prepared.leg,
        currency=memo.currency,
        on=today(actor.company),
        customer_id=memo.customer_id,
        lease_id=memo.lease_id,
        reason=reason,
        case_no=memo.case_no,
    )
    event = audit_event(
        actor=actor,
        action="payments.credit_refunded",
        subject_type=CREDIT_MEMO,
        subject_id=memo.id,
        reason=reason,
        details={"refund_id": str(refund.id), "amount": str(refund.amount)},
    )
    counted = limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval)
    held = refund.amount if approval else ZERO
    post_entries(
        actor=actor,
        drafts=[draft],
        rows=[[refund], [prepared.row], [event], counted],
        changes=[move_credit(memo, refunded=refund.amount, reserved=-held)],
    )
    return CreditRefunded(memo, refund.amount, refund, prepared.row, approval, prepared.warnings)


def _prepare(actor: Actor, memo: CreditMemo, refund: CreditRefund, paid_from: PaidFrom) -> Prepared:
    return prepare_disbursement(
        actor=actor,
        kind=Disbursement.Kind.REFUND,
        amount=refund.amount,
        currency=memo.currency,
        paid_from=paid_from,
        entry_id=refund.entry_id,
        source_type=CREDIT_REFUND,
        source_id=str(refund.id),
        customer_id=memo.customer_id,
    )


def _refuse_above(memo: CreditMemo, amount: Decimal, left: Decimal) -> None:
    if amount > left or not left:
        held = f" ({format_amount(memo.reserved)} is waiting for approval)" if memo.reserved else ""
        raise Conflict(
            f"{format_amount(amount)} is more than the {format_amount(left)} that is left of {memo.number}{held}.",
            code=ABOVE_LEFT,
            field="amount",
        )


def _as_text(paid_from: PaidFrom) -> dict[str, Any]:
    return {
        "method": paid_from.method,
        "bank_account_id": str(paid_from.bank_account_id) if paid_from.bank_account_id else None,
        "drawer_id": str(paid_from.drawer_id) if paid_from.drawer_id else None,
        "reference": paid_from.reference,
        "payee": paid_from.payee,
        "paid_on": paid_from.paid_on.isoformat() if paid_from.paid_on else None,
    }


def _paid_from(parameters: Mapping[str, Any]) -> PaidFrom:
    bank_account, drawer, paid_on = (parameters[name] for name in ("bank_account_id", "drawer_id", "paid_on"))
    return PaidFrom(
        method=parameters["method"],
        bank_account_id=UUID(bank_account) if bank_account else None,
        drawer_id=UUID(drawer) if drawer else None,
        reference=parameters["reference"],
        payee=parameters["payee"],
        paid_on=date.fromisoformat(paid_on) if paid_on else None,
    )
