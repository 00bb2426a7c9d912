"""Allocations, refunds and plans as JSON; `allocation_answers` declares their shapes.

Rule: docs/api.md#payments, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from batconnect.core.kernel.money import ZERO, from_cents
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import Obligation
from payments.models import Allocation, CreditMemo, Payment, Refund
from payments.rules.invoices import invoice_status
from payments.rules.plans import Plan
from payments.services.auto import AllocationPlan, planned_lines
from payments.services.comparing import Compared
from payments.services.open_items import Debt, Items
from payments.services.refunds import Refunded


def payment_figures(payment: Payment) -> dict[str, Any]:
    """A payment's figures; they add up: allocated + refunded + unallocated = the amount, while it is not voided."""
    return {
        "payment_id": payment.id,
        "payment_number": payment.number,
        "status": payment.status,
        "currency": payment.currency,
        "payment_amount": payment.amount,
        "total_allocated": total_allocated(payment),
        "total_refunded": payment.refunded,
        "total_returned": payment.returned,
        "unallocated_amount": payment.unallocated,
        "reserved_amount": payment.reserved,
    }


def credit_figures(memo: CreditMemo) -> dict[str, Any]:
    """What a credit memo has left."""
    return {
        "credit_memo_id": memo.id,
        "number": memo.number,
        "currency": memo.currency,
        "amount": memo.amount,
        "left": memo.left,
    }


def total_allocated(payment: Payment) -> Decimal:
    """The cash of the payment that is applied, net of refunds."""
    if payment.status != Payment.Status.POSTED:
        return ZERO
    return payment.amount - payment.unallocated - payment.refunded - payment.returned - payment.deposited


def invoice_head(items: Items, obligation: Obligation) -> dict[str, Any] | None:
    """The invoice behind an obligation, as it is now; None when there is none."""
    head = items.invoices.get(obligation.id)
    if head is None:
        return None
    return {
        "id": head.id,
        "number": head.number,
        "issue_date": obligation.issue_date,
        "due_date": obligation.due_date,
        "currency": obligation.currency,
        "total": obligation.original,
        "outstanding": obligation.outstanding,
        "status": invoice_status(
            status=obligation.status,
            original=obligation.original,
            outstanding=obligation.outstanding,
            written_off=obligation.written_off,
        ),
    }


def allocation_row(allocation: Allocation, items: Items, *, created_by: str) -> dict[str, Any]:
    """An allocation (docs/api.md#payments)."""
    obligation = items.obligations[allocation.obligation_id]
    return {
        "id": allocation.id,
        "operation_id": allocation.operation_id,
        "payment_id": allocation.payment_id,
        **({"credit_memo_id": allocation.memo_id} if allocation.memo_id else {}),
        **_named(items, obligation),
        "amount": allocation.amount,
        "allocated_amount": allocation.amount - allocation.discount_amount,
        "discount_amount": allocation.discount_amount,
        "discount_percent": allocation.discount_percent.normalize(),
        "discount_reason": allocation.discount_reason,
        "refunded_amount": allocation.refunded_amount,
        "refunded_discount": allocation.refunded_discount,
        "status": allocation.status,
        "allocation_date": allocation.allocation_date,
        "strategy": allocation.strategy,
        "decision": allocation.decision,
        "outstanding_after": allocation.outstanding_after,
        "notes": allocation.notes,
        "created_at": allocation.created_at,
        "updated_at": allocation.updated_at,
        "created_by": created_by,
        "voided_at": allocation.voided_at,
        "reason": allocation.reason,
    }


def allocation_rows(
    allocations: Iterable[Allocation], items: Items, *, created_by: str = ""
) -> list[dict[str, Any]]:
    """The allocations; each names who made it, or `created_by` for those of this request."""
    return [allocation_row(each, items, created_by=created_by or _maker(each)) for each in allocations]


def _maker(allocation: Allocation) -> str:
    return allocation.created_by.display_name if allocation.created_by else ""


def _named(items: Items, obligation: Obligation) -> dict[str, Any]:
    invoice = invoice_head(items, obligation)
    return {
        "invoice_id": invoice["id"] if invoice else None,
        "invoice_number": invoice["number"] if invoice else None,
        "invoice": invoice,
        "obligation_id": obligation.id,
        "category": Category(obligation.category).label,
        "category_code": obligation.category,
        "reference_id": obligation.reference_id,
    }


def allocation_plan_document(allocation_plan: AllocationPlan, *, created_by: str) -> dict[str, Any]:
    """What an auto-allocation did, or in a preview would do."""
    payment, plan = allocation_plan.payment, allocation_plan.plan
    applied = allocation_plan.applied
    return {
        "payment_id": payment.id,
        "strategy": plan.strategy,
        "operation_id": applied.operation_id if applied else None,
        "allocations": allocation_rows(applied.allocations, allocation_plan.items, created_by=created_by)
        if applied
        else planned_rows(plan, allocation_plan.items),
        "skipped": skipped_rows(plan, allocation_plan.items),
        "total_allocated": from_cents(sum(line.cash for line in plan.lines)),
        "total_discount": from_cents(sum(line.discount for line in plan.lines)),
        "unallocated_amount": payment.unallocated
        if applied
        else payment.reserved + from_cents(plan.cash_left),
        "plan_hash": allocation_plan.plan_hash,
    }


def skipped_rows(plan: Plan, items: Items) -> list[dict[str, Any]]:
    """What gets nothing."""
    return [_skipped(items, items.debts[each.item_id], each.reason) for each in plan.skipped]


def _skipped(items: Items, debt: Debt, reason: str) -> dict[str, Any]:
    """An item that gets nothing, briefly: there may be a thousand of them."""
    head = items.invoices.get(debt.id)
    return {
        "invoice_id": head.id if head else None,
        "invoice_number": head.number if head else None,
        "obligation_id": debt.id,
        "category_code": debt.category,
        "reference_id": debt.reference_id,
        "outstanding": debt.outstanding,
        "reason": reason,
    }


def planned_rows(plan: Plan, items: Items) -> list[dict[str, Any]]:
    """What a plan would apply."""
    rows = []
    for line, decision in planned_lines(plan):
        obligation = items.obligations[line.item_id]
        amount = from_cents(line.amount)
        rows.append(
            {
                **_named(items, obligation),
                "amount": amount,
                "allocated_amount": from_cents(line.cash),
                "discount_amount": from_cents(line.discount),
                "discount_percent": line.discount_percent.normalize(),
                "outstanding_after": obligation.outstanding - amount,
                "strategy": plan.strategy,
                "decision": decision,
            }
        )
    return rows


def compared_row(compared: Compared) -> dict[str, Any]:
    """What a strategy would do; `error` says what it would need."""
    refusal = compared.refusal
    return {
        "strategy": compared.strategy,
        "invoices_closed": compared.invoices_closed,
        "items_closed": compared.items_closed,
        "overdue_left": compared.overdue_left,
        "overdue_items_left": compared.overdue_items_left,
        "discount_won": compared.discount_won,
        "total_allocated": compared.total_allocated,
        "cash_left": compared.cash_left,
        "error": {"code": refusal.code, "message": refusal.message} if refusal else None,
    }


def refund_row(done: Refunded) -> dict[str, Any]:
    """A refund in its present state: posted at once, approved, or rejected, which then is the request."""
    refund, approval = done.refund, done.approval
    source: Refund | Approval | None = refund or approval
    assert source is not None
    return {
        "refund_id": source.id,
        "payment_id": done.payment.id,
        "allocation_id": done.allocation.id if done.allocation else None,
        "amount": done.amount,
        "discount_amount": refund.discount_amount if refund else ZERO,
        "status": approval.status if approval else "posted",
        "reason": source.reason,
        "decision_reason": approval.decision_reason if approval else "",
        **_paid(done),
    }


def _paid(done: Refunded) -> dict[str, Any]:
    """How it was paid; before that, how it is to be paid, as far as that was said."""
    paid = done.disbursement or done.paid_from
    return {
        "method": paid.method or done.payment.method,
        "bank_account_id": paid.bank_account_id,
        "drawer_id": paid.drawer_id,
        "reference": paid.reference,
        "payee": paid.payee,
        "paid_on": paid.paid_on,
        "warnings": list(done.warnings),
    }


def unallocated_document(
    *, customer_id: UUID, base_currency: str, payments: Sequence[Payment]
) -> dict[str, Any]:
    """Unallocated cash as its guide shows it: the base currency above, every currency in `by_currency`."""
    by_currency: dict[str, list[Payment]] = {base_currency: []}
    for payment in payments:
        by_currency.setdefault(payment.currency, []).append(payment)
    totals = [_currency_total(currency, held) for currency, held in by_currency.items()]
    return {"customer_id": customer_id, **totals[0], "by_currency": totals}


def _currency_total(currency: str, payments: Sequence[Payment]) -> dict[str, Any]:
    return {
        "total_unallocated": sum((each.unallocated for each in payments), ZERO),
        "currency": currency,
        "payments_count": len(payments),
        "unallocated_entries": [
            {
                "payment_id": each.id,
                "payment_number": each.number,
                "amount": each.unallocated,
                "reserved_amount": each.reserved,
                "payment_date": each.payment_date,
            }
            for each in payments
        ],
    }
