"""The answers of credit memos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db.models import F

from batconnect.core.api.answers import (
    Answer,
    Choice,
    Day,
    Flag,
    Id,
    Instant,
    Listed,
    Money,
    Rate,
    Text,
    Whole,
)
from batconnect.core.api.etags import etag
from batconnect.core.kernel.money import from_cents
from batconnect.core.models import Approval
from ledger.serializers import BalanceRow, ExplainedEvent
from payments.credit_memos.services.refunding import CreditRefunded
from payments.models import Allocation, CreditMemo, CreditMemoLine, CreditRefund
from payments.serializers.allocation_answers import AllocationRow, PlannedAllocation, SkippedItem
from payments.serializers.allocations import allocation_row, planned_rows, skipped_rows
from payments.services.auto import CreditPlan
from payments.services.open_items import Items

MEMO_ROW: Final = {
    "customer_name": F("customer__name"),
    "lease_number": F("lease__lease_id"),
    "item_category": F("obligation__category"),
    "item_reference": F("obligation__reference_id"),
}
_OWN: Final = (
    "id",
    "number",
    "status",
    "customer_id",
    "lease_id",
    "currency",
    "obligation_id",
    "category",
    "amount",
    "discount_amount",
    "applied",
    "refunded",
    "paid_out",
    "voided",
    "left",
    "reserved",
    "issued_on",
    "issued_by",
    "reason",
    "case_no",
    "created_at",
    "voided_at",
    "void_reason",
    "version",
)
COLUMNS: Final = (*_OWN, *MEMO_ROW)


class CreditMemoRow(Answer):
    """A credit memo with its figures: amount − discount_amount = applied + refunded + paid_out + voided + left."""

    id = Id("c7")
    number = Text("CRM-2026-001")
    status = Choice(CreditMemo.Status)
    customer_id = Id("c1")
    customer_name = Text("John Doe")
    lease_id = Text("LS-2054", null=True)
    lease_id_pk = Whole(2054, null=True)
    currency = Text("USD")
    obligation_id = Id("b1", null=True, help_text="The item that it credits.")
    category_code = Text("EZPASS")
    reference_id = Text("EZ-8841", null=True)
    amount = Money("45.00", help_text="What the debt is lowered by.")
    discount_amount = Money(help_text="The part of it that early-payment discounts had paid.")
    applied = Money("20.00")
    refunded = Money()
    paid_out = Money(help_text="What DTRs paid to the driver.")
    voided = Money()
    left = Money("25.00")
    reserved = Money(help_text="What refunds that wait hold of it.")
    issued_on = Day()
    issued_by = Text("Mara")
    reason = Text("The toll was another car's.")
    case_no = Text()
    created_at = Instant()
    voided_at = Instant(null=True)
    void_reason = Text()


class CreditDebit(Answer):
    """What a memo debits; of an invoice by line and, of its taxes, by rate."""

    account = Text("recovered:EZPASS")
    invoice_line = Whole(1, null=True)
    rate = Rate("8.875", null=True)
    amount = Money("45.00")
    voided = Money()


class CreditRefundRow(Answer):
    """A refund of a credit."""

    refund_id = Id("b6")
    amount = Money("10.00")
    reason = Text("He drives no more.")
    refunded_by = Text("Mara")
    refunded_at = Instant()


class CreditMemoDocument(CreditMemoRow):
    """A credit memo with what it debits, what it was applied to, and what was paid back of it."""

    debits = Listed(CreditDebit)
    allocations = Listed(AllocationRow)
    refunds = Listed(CreditRefundRow)


class CreditAllocated(Answer):
    """What was applied of a credit memo."""

    operation_id = Id("b5")
    allocations = Listed(AllocationRow)
    credit_memo = CreditMemoRow()


class CreditPreview(Answer):
    """What an auto-allocation of a credit memo would do."""

    credit_memo_id = Id("c7")
    strategy = Text("hierarchy")
    operation_id = Id(null=True)
    allocations = Listed(PlannedAllocation)
    skipped = Listed(SkippedItem)
    total_allocated = Money("20.00")
    left = Money("25.00")
    plan_hash = Text("9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e9f2c4c1d0f7a4c2e")


class CreditAutoAllocated(CreditPreview):
    """What it did."""

    operation_id = Id("b5", null=True, help_text="Null when nothing was open.")
    allocations = Listed(AllocationRow)


class _Disbursement(Answer):
    """How it was paid."""

    id = Id("d9")
    method = Text("ach")
    bank_account_id = Id("d8", null=True)
    drawer_id = Id(null=True)
    reference = Text("TRACE-1")
    payee = Text()
    paid_on = Day()
    status = Text("in_transit")


class CreditRefundPosted(Answer):
    """A refund of a credit, and the memo with its new figures."""

    refund_id = Id("b6")
    amount = Money("10.00")
    disbursement = _Disbursement()
    warnings = Listed(Text("Operating will stand at -10.00 USD once this is paid."))
    credit_memo = CreditMemoRow()


class CreditRefundWaits(Answer):
    """A refund that waits for a second person."""

    approval_request_id = Id("f1")
    status = Choice(Approval.Status)
    amount = Money("1500.00")
    credit_memo = CreditMemoRow()


class CreditExplained(Answer):
    """Why a credit memo has left what it has: every event, oldest first."""

    credit_memo = CreditMemoRow()
    explanation = Text("CRM-2026-001 has 25.00 left: issued 45.00, applied -20.00.")
    events = Listed(ExplainedEvent)


class ChargeMoved(Answer):
    """What became of a move: the charge as it is now, and the charge of the other."""

    is_voided = Flag(help_text="Whether the first was voided; else a memo credits it.")
    credit_memo = CreditMemoRow(null=True)
    balance = BalanceRow()
    moved_to = BalanceRow()


def memo_row(values: dict[str, Any]) -> dict[str, Any]:
    """A credit memo from its columns (`COLUMNS`)."""
    return {
        **{name: values[name] for name in _OWN if name not in ("lease_id", "category", "version")},
        "customer_name": values["customer_name"],
        "lease_id": values["lease_number"],
        "lease_id_pk": values["lease_id"],
        "category_code": values["item_category"] or values["category"],
        "reference_id": values["item_reference"],
    }


def read_row(memo_id: Any, company_id: Any) -> dict[str, Any]:
    """The columns of one memo."""
    rows = CreditMemo.objects.filter(company_id=company_id, id=memo_id)
    return dict(rows.values(*_OWN, **MEMO_ROW)[0])


def memo_etag(memo: CreditMemo) -> str:
    """The version of a memo."""
    return etag(memo.id, memo.version)


def memo_document(
    values: dict[str, Any],
    *,
    lines: Iterable[CreditMemoLine],
    allocations: Sequence[Allocation],
    items: Items,
    refunds: Iterable[CreditRefund],
) -> dict[str, Any]:
    """A memo with everything that belongs to it."""
    return {
        **memo_row(values),
        "debits": [
            {
                "account": each.account,
                "invoice_line": each.invoice_line.line if each.invoice_line else None,
                "rate": each.rate.normalize() if each.rate is not None else None,
                "amount": each.amount,
                "voided": each.voided,
            }
            for each in lines
        ],
        "allocations": credit_allocation_rows(allocations, items),
        "refunds": [
            {
                "refund_id": each.id,
                "amount": each.amount,
                "reason": each.reason,
                "refunded_by": each.refunded_by.display_name if each.refunded_by else "",
                "refunded_at": each.refunded_at,
            }
            for each in refunds
        ],
    }


def credit_allocation_rows(
    allocations: Iterable[Allocation], items: Items, *, created_by: str = ""
) -> list[dict[str, Any]]:
    """What a memo was applied to; each names who did it, or `created_by` for those of this request."""
    return [
        allocation_row(
            each,
            items,
            created_by=created_by or (each.created_by.display_name if each.created_by else ""),
        )
        for each in allocations
    ]


def plan_document(made: CreditPlan, *, created_by: str) -> dict[str, Any]:
    """What an auto-allocation did, or in a preview would do."""
    applied = made.applied
    return {
        "credit_memo_id": made.memo.id,
        "strategy": made.plan.strategy,
        "operation_id": applied.operation_id if applied else None,
        "allocations": credit_allocation_rows(applied.allocations, made.items, created_by=created_by)
        if applied
        else planned_rows(made.plan, made.items),
        "skipped": skipped_rows(made.plan, made.items),
        "total_allocated": from_cents(sum(line.cash for line in made.plan.lines)),
        "left": made.memo.left if applied else made.memo.reserved + from_cents(made.plan.cash_left),
        "plan_hash": made.plan_hash,
    }


def refund_document(done: CreditRefunded, row: dict[str, Any]) -> dict[str, Any]:
    """A refund that was posted, or waits."""
    if done.refund is None or done.disbursement is None:
        assert done.approval is not None
        return {
            "approval_request_id": done.approval.id,
            "status": str(done.approval.status),
            "amount": done.amount,
            "credit_memo": row,
        }
    paid = done.disbursement
    names = ("id", "method", "bank_account_id", "drawer_id", "reference", "payee", "paid_on")
    return {
        "refund_id": done.refund.id,
        "amount": done.amount,
        "disbursement": {**{name: getattr(paid, name) for name in names}, "status": str(paid.status)},
        "warnings": list(done.warnings),
        "credit_memo": row,
    }
