"""Allocations, refunds and plans as JSON, and what their bodies hold.

Rule: docs/api.md#payments, docs/seeds.md#payment-allocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from batconnect.core.api.fields import BoundedList, DayInput, MoneyInput, RateInput, StrictSerializer
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import ZERO, from_cents
from batconnect.core.models import Approval
from ledger.chart import Category
from ledger.models import Obligation
from ledger.serializers import CategoryInput
from payments.errors import ONE_BODY
from payments.models import Allocation, Payment, Refund
from payments.rules.invoices import invoice_status
from payments.services.auto import AllocationPlan, AutoOptions, Share, planned_lines
from payments.services.choosing import MAX_LINES, AllocationRequest
from payments.services.comparing import Compared
from payments.services.open_items import Debt, Items
from payments.services.refunds import Refunded

_MAX_ORDERED: Final = 1_000
_MAX_NOTES: Final = 500


class _NamesOne(StrictSerializer):
    """Names exactly one thing among those that it may name."""

    _among: tuple[str, ...] = ("invoice_id", "obligation_id")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(attrs.get(name) is not None for name in self._among) != 1:
            raise serializers.ValidationError(
                {self._among[0]: [f"Give one of {', '.join(self._among)}."]}, code="required"
            )
        return attrs


class AllocationInput(_NamesOne):
    """One allocation: what is paid, how much of it, and whether the early-payment discount is asked for."""

    invoice_id = serializers.UUIDField(required=False, allow_null=True)
    obligation_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="Instead of invoice_id, for driver debts and premiums."
    )
    amount = MoneyInput(help_text="The part of the invoice to settle, discount included.")
    apply_early_payment_discount = serializers.BooleanField(default=False)
    require_discount = serializers.BooleanField(
        default=False, help_text="Refuse (400) when the discount is not earned."
    )
    allocation_date = DayInput(required=False, allow_null=True, help_text="Defaults to today.")
    notes = serializers.CharField(default="", allow_blank=True, max_length=_MAX_NOTES)

    @staticmethod
    def to_request(values: Mapping[str, Any], field: str = "") -> AllocationRequest:
        """What the service is asked for."""
        return AllocationRequest(**values, field=field)


class AllocationsInput(StrictSerializer):
    """A list of allocations, applied all or not at all."""

    allocations = BoundedList(
        child=AllocationInput(), allow_empty=False, max_length=MAX_LINES, required=False
    )


class AllocationBody(AllocationInput, AllocationsInput):
    """Either one allocation's members, or `allocations`; for the documentation."""


def read_allocations(body: Any) -> list[AllocationRequest]:
    """The lines of a flat body or of a list. Raises InvalidInput for both at once, ValidationError for the rest."""
    if not isinstance(body, Mapping) or "allocations" not in body:
        return [AllocationInput.to_request(AllocationInput.read(body))]
    if len(body) > 1:
        others = sorted(str(name)[:60] for name in body if name != "allocations")
        message = "Send either allocations or one allocation's members, not both."
        raise InvalidInput(
            message, code=ONE_BODY, errors=[FieldError(name, message, ONE_BODY) for name in others[:20]]
        )
    return [
        AllocationInput.to_request(values, field=f"allocations.{place}")
        for place, values in enumerate(AllocationsInput.read(body)["allocations"])
    ]


class ShareInput(_NamesOne):
    """A share of the payment for one invoice, one obligation, or a category's items."""

    _among = ("invoice_id", "obligation_id", "category")

    invoice_id = serializers.UUIDField(required=False, allow_null=True)
    obligation_id = serializers.UUIDField(required=False, allow_null=True)
    category = CategoryInput(required=False, allow_null=True)
    percent = RateInput(above=Decimal(0), at_most=Decimal(100))


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "example": "INVOICE"}
)
class _Categories(serializers.Field):
    """One category, or a list of them."""

    def to_internal_value(self, data: Any) -> tuple[str, ...]:
        one = CategoryInput()
        named = data if isinstance(data, list) else [data]
        return tuple(dict.fromkeys(Category(one.run_validation(each)).value for each in named[:50]))

    def to_representation(self, value: Any) -> Any:
        return value


class CompareInput(StrictSerializer):
    """The options of auto-allocation; each reaches the strategies that take it."""

    priorityRules = serializers.CharField(  # noqa: N815 - the seed's name
        required=False, allow_blank=True, max_length=200, help_text='For example "due_date ASC".'
    )
    priority_rules = serializers.CharField(required=False, allow_blank=True, max_length=200)
    order = BoundedList(child=serializers.UUIDField(), required=False, max_length=_MAX_ORDERED)
    percentages = BoundedList(child=ShareInput(), required=False, max_length=_MAX_ORDERED)
    category = _Categories(required=False, help_text="One category or a list; all if left out.")
    apply_early_payment_discount = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("priorityRules") and attrs.get("priority_rules"):
            raise serializers.ValidationError(
                {"priority_rules": ["It means the same as priorityRules: send one of them."]}
            )
        return attrs

    def options(self, *, strategy: str = "fifo") -> AutoOptions:
        """What the service is given."""
        values = self.validated_data
        return AutoOptions(
            strategy=strategy,
            priority_rules=values.get("priorityRules") or values.get("priority_rules") or "",
            order=tuple(values.get("order", ())),
            percentages=tuple(_share(each) for each in values.get("percentages", ())),
            categories=values.get("category", ()),
            apply_early_payment_discount=values["apply_early_payment_discount"],
        )


class AutoInput(CompareInput):
    """Auto-allocation: a strategy with its options; `preview` writes nothing, `plan_hash` applies what it showed."""

    strategy = serializers.CharField(max_length=60)
    preview = serializers.BooleanField(default=False)
    plan_hash = serializers.CharField(required=False, allow_null=True, max_length=64)


class RefundInput(StrictSerializer):
    """An amount and a reason of 10 to 500 characters."""

    amount = MoneyInput()
    reason = serializers.CharField(allow_blank=True, trim_whitespace=True, max_length=10_000)


class DecisionInput(StrictSerializer):
    """Why, if there is something to say."""

    reason = serializers.CharField(default="", allow_blank=True, max_length=500)


def _share(values: Mapping[str, Any]) -> Share:
    category = values.get("category")
    return Share(
        percent=values["percent"],
        invoice_id=values.get("invoice_id"),
        obligation_id=values.get("obligation_id"),
        category=Category(category).value if category else None,
    )


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
        "unallocated_amount": payment.unallocated,
        "reserved_amount": payment.reserved,
    }


def total_allocated(payment: Payment) -> Decimal:
    """The cash of the payment that is applied, net of refunds."""
    if payment.status != Payment.Status.POSTED:
        return ZERO
    return payment.amount - payment.unallocated - payment.refunded


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
        else _planned(allocation_plan),
        "skipped": [
            _skipped(allocation_plan.items, allocation_plan.items.debts[each.item_id], each.reason)
            for each in plan.skipped
        ],
        "total_allocated": from_cents(sum(line.cash for line in plan.lines)),
        "total_discount": from_cents(sum(line.discount for line in plan.lines)),
        "unallocated_amount": payment.unallocated
        if applied
        else payment.reserved + from_cents(plan.cash_left),
        "plan_hash": allocation_plan.plan_hash,
    }


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


def _planned(allocation_plan: AllocationPlan) -> list[dict[str, Any]]:
    rows = []
    for line, decision in planned_lines(allocation_plan):
        obligation = allocation_plan.items.obligations[line.item_id]
        amount = from_cents(line.amount)
        rows.append(
            {
                **_named(allocation_plan.items, obligation),
                "amount": amount,
                "allocated_amount": from_cents(line.cash),
                "discount_amount": from_cents(line.discount),
                "discount_percent": line.discount_percent.normalize(),
                "outstanding_after": obligation.outstanding - amount,
                "strategy": allocation_plan.plan.strategy,
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
