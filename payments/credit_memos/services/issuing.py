"""Issuing credit memos: at once up to the company's limit, above it by a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from batconnect.core.approvals.kinds import ApprovalKind, Carried
from batconnect.core.approvals.limits import Excess, PlannedAction, find_excess, limited_actions
from batconnect.core.approvals.services import About, request_approval
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput, NotFound
from batconnect.core.kernel.money import exact_money, format_amount, sum_of
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import Obligation
from ledger.postings import OBLIGATION
from ledger.rules.reasons import checked_reason
from ledger.services.locks import lock_obligations
from payments.credit_memos.errors import ONE_SUBJECT
from payments.credit_memos.rules import discount_back
from payments.credit_memos.services.customers import Credited, debit_of, find_credited
from payments.credit_memos.services.items import LineRequest, debits_of, paid_with_discount
from payments.credit_memos.services.writing import MemoDraft, write_memo
from payments.errors import InvoiceNotFound
from payments.models import Allocation, CreditMemo, CreditMemoLine, Invoice


@dataclass(frozen=True, slots=True)
class MemoRequest:
    """A credit memo as somebody asked for it: for an item (`obligation_id`, or `invoice_id` with `lines`), or for a
    customer.

    Without `amount` and `lines` all of the item that is left is credited. A customer's names `amount`, and the
    `category` whose account it debits or that `account` itself; a driver's `lease_id` too.
    """

    reason: str
    amount: Decimal | None = None
    obligation_id: UUID | None = None
    invoice_id: UUID | None = None
    lines: tuple[LineRequest, ...] = ()
    customer_id: UUID | None = None
    driver_id: int | None = None
    lease_id: int | None = None
    category: Category | None = None
    account: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """The outcome: issued (`memo`, applied to its own item by `allocation` as far as that owed something), or asked
    for (`request`), or both once approved."""

    amount: Decimal
    currency: str
    memo: CreditMemo | None = None
    allocation: Allocation | None = None
    request: Approval | None = None
    obligation: Obligation | None = field(default=None)


@transaction.atomic
def issue_credit_memo(*, actor: Actor, request: MemoRequest) -> Issued:
    """Credit an item, an invoice by its lines, or a customer; above `credit_memo_approval_limit` ask for approval.

    It debits what the charge had credited, and is applied to its item first, as far as that is outstanding; the rest
    is the customer's credit. The amount is in the item's currency. The limit adds up slices: the item's memos of thirty
    days, and its customer's of today. A request neither posts nor reserves anything. Needs `payments.credit` and a
    reason of 10 to 500 characters. Rule: docs/domain.md#credit-memos.

    Raises NotFound; InvalidInput 400 `one_subject`, `above_creditable`, `lease_required`, `account_not_debited`;
    Conflict 409 `not_creditable`, `principal_handed_over`, `approval_pending`.
    """
    actor.require("payments.credit")
    return _issue(actor, request, checked_reason(request.reason))


def _carry_out(actor: Actor, approval: Approval) -> Carried:
    done = _issue(actor, _asked_for(approval.parameters, approval.reason), approval.reason, approval)
    assert done.memo is not None
    sentence = f"{done.memo.number} credits {format_amount(done.amount)} {done.currency}."
    return Carried(sentence, {"credit_memo_id": str(done.memo.id)}, done)


KIND: Final = ApprovalKind(
    code="credit_memo",
    label="Credit memo",
    permission="payments.approve_credit",
    view_permission="payments.view",
    trail="payments.credit_memo",
    carry_out=_carry_out,
    limit="credit_memo_approval_limit",
)


def _issue(actor: Actor, request: MemoRequest, reason: str, approval: Approval | None = None) -> Issued:
    """Issue; above the limit ask, unless this carries out what was approved."""
    subjects = [request.obligation_id, request.invoice_id, request.customer_id, request.driver_id]
    if sum(each is not None for each in subjects) != 1:
        raise InvalidInput(
            "Name one: obligation_id, invoice_id, driver_id or customer_id.",
            code=ONE_SUBJECT,
            field="obligation_id",
        )
    if request.obligation_id is None and request.invoice_id is None:
        return _of_customer(actor, request, reason, approval)
    return _of_item(actor, request, reason, approval)


def _of_item(actor: Actor, request: MemoRequest, reason: str, approval: Approval | None) -> Issued:
    # Customer and currency do not change: they may be read before the customer is locked.
    known = _find_item(actor, request)
    find_excess(actor=actor, kind=KIND, actions=[_action(known, _debits(actor, known, request)[0])])
    item = lock_obligations(actor=actor, ids=[known.id])[known.id]
    lines, discount = _debits(actor, item, request)
    # With the customer locked: "all that is left" may be another amount by now.
    action = _action(item, lines)
    excess = find_excess(actor=actor, kind=KIND, actions=[action])
    if excess is not None and approval is None:
        about = _about(request, reason, action, OBLIGATION, f"of {item}")
        return Issued(action.amount, item.currency, request=_ask(actor, about, excess), obligation=item)
    memo, allocation = write_memo(
        actor=actor,
        draft=MemoDraft(
            customer_id=item.customer_id,
            currency=item.currency,
            lines=lines,
            reason=reason,
            lease_id=item.lease_id,
            obligation=item,
            category=item.category,
            discount=discount,
            approval_id=approval.id if approval else None,
        ),
        counted=limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval),
    )
    return Issued(memo.amount, memo.currency, memo, allocation, approval, item)


def _action(item: Obligation, lines: Sequence[CreditMemoLine]) -> PlannedAction:
    amount = sum_of(each.amount for each in lines)
    return PlannedAction(str(item.id), item.customer_id, amount, item.currency)


def _of_customer(actor: Actor, request: MemoRequest, reason: str, approval: Approval | None) -> Issued:
    credited = find_credited(actor=actor, request=request)
    line = debit_of(actor=actor, request=request, currency=credited.currency)
    action = PlannedAction(str(credited.customer_id), credited.customer_id, line.amount, credited.currency)
    excess = find_excess(actor=actor, kind=KIND, actions=[action])
    if excess is not None and approval is None:
        about = _about(request, reason, action, "directory.customer", f"for {credited.name}")
        return Issued(line.amount, credited.currency, request=_ask(actor, about, excess))
    memo, _ = write_memo(
        actor=actor,
        draft=_customers_draft(request, credited, [line], reason, approval),
        counted=limited_actions(actor=actor, kind=KIND, actions=[action], approval=approval),
    )
    return Issued(memo.amount, memo.currency, memo, None, approval)


def _customers_draft(
    request: MemoRequest,
    credited: Credited,
    lines: Sequence[CreditMemoLine],
    reason: str,
    approval: Approval | None,
) -> MemoDraft:
    return MemoDraft(
        customer_id=credited.customer_id,
        currency=credited.currency,
        lines=lines,
        reason=reason,
        lease_id=credited.lease_id,
        category=request.category.value if request.category else "",
        approval_id=approval.id if approval else None,
    )


def _debits(actor: Actor, item: Obligation, request: MemoRequest) -> tuple[Sequence[CreditMemoLine], Decimal]:
    """What crediting debits, and what of the item's early-payment discounts comes back."""
    lines = debits_of(actor=actor, obligation=item, amount=request.amount, lines=request.lines)
    amount = sum_of(each.amount for each in lines)
    paid_part = amount - min(amount, item.outstanding)
    return lines, discount_back(paid_part, paid_with_discount(actor=actor, obligation=item))


def _find_item(actor: Actor, request: MemoRequest) -> Obligation:
    """The item, unlocked. Raises NotFound."""
    here = Obligation.objects.filter(company_id=actor.company_id)
    if request.obligation_id is not None:
        item = here.filter(id=request.obligation_id).first()
        if item is None:
            raise NotFound("There is no such obligation.")
        return item
    assert request.invoice_id is not None, "an item is named by its own id or its invoice's"
    invoice = Invoice.objects.filter(company_id=actor.company_id, id=request.invoice_id).first()
    if invoice is None:
        raise InvoiceNotFound(f"There is no invoice {request.invoice_id}.")
    return here.get(id=invoice.obligation_id)


def _ask(actor: Actor, about: About, excess: Excess) -> Approval:
    return request_approval(actor=actor, kind=KIND, about=about, excess=excess)


def _about(request: MemoRequest, reason: str, action: PlannedAction, subject_type: str, what: str) -> About:
    amount = f"{format_amount(action.amount)} {action.currency}"
    return About(
        subject_type=subject_type,
        subject_id=action.subject_id,
        title=f"Credit memo for {amount} {what}",
        parameters=_parameters(request, action.amount),
        reason=reason,
        amount=action.amount,
        currency=action.currency,
        customer_id=action.customer_id,
        holds=action.subject_id,
    )


def _parameters(request: MemoRequest, amount: Decimal) -> dict[str, Any]:
    """The request as JSON; what "all that is left" was then is asked for as an amount."""
    return {
        "amount": None if request.lines else str(amount),
        "obligation_id": _text(request.obligation_id),
        "invoice_id": _text(request.invoice_id),
        "lines": [[each.line, None if each.net is None else str(each.net)] for each in request.lines],
        "customer_id": _text(request.customer_id),
        "driver_id": request.driver_id,
        "lease_id": request.lease_id,
        "category": request.category.value if request.category else None,
        "account": request.account,
        "currency": request.currency,
    }


def _asked_for(parameters: Mapping[str, Any], reason: str) -> MemoRequest:
    ids = {
        name: UUID(parameters[name]) if parameters[name] else None
        for name in ("obligation_id", "invoice_id", "customer_id")
    }
    return MemoRequest(
        reason=reason,
        amount=exact_money(parameters["amount"]) if parameters["amount"] else None,
        lines=tuple(
            LineRequest(line, exact_money(net) if net else None) for line, net in parameters["lines"]
        ),
        driver_id=parameters["driver_id"],
        lease_id=parameters["lease_id"],
        category=Category(parameters["category"]) if parameters["category"] else None,
        account=parameters["account"],
        currency=parameters["currency"],
        **ids,
    )


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
