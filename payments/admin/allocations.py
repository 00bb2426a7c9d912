"""The console's page on what payments were applied to: to read. They change through their actions alone."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin
from unfold.enums import ActionVariant

from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Conflict
from batconnect.core.kernel.money import format_amount
from payments.admin.payments import describe_undone
from payments.admin.refund_form import RefundForm, offer_places, said_by
from payments.batches.services.undo import find_batch_operation
from payments.errors import ALREADY_UNDONE, AllocationNotLive
from payments.faces import ALLOCATION_FACE
from payments.models import Allocation, CreditMemo, Payment
from payments.previews import describe_refund, preview_on
from payments.services.credit_voids import void_credit_application
from payments.services.refunds import refund_allocation
from payments.services.undo import undo_operation
from payments.services.voids import LIVE, rest_of, void_allocation


def _void(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    if row.memo_id is not None:
        return _void_of_memo(actor, row, values)
    payment_id = row.payment_id
    assert payment_id is not None, "an allocation is of a payment or of a credit memo"

    def run() -> tuple[str, Payment]:
        void_allocation(actor=actor, allocation_id=row.id, reason=values["reason"])
        payment = Payment.objects.get(company_id=actor.company_id, id=payment_id)
        cash, _ = rest_of(row)
        return (
            f"{format_amount(cash)} {payment.currency} returns to {payment.number}, which then has "
            f"{format_amount(payment.unallocated)} unallocated.",
            payment,
        )

    return preview_on(actor=actor, run=run)


def _void_of_memo(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    memo_id = row.memo_id
    assert memo_id is not None

    def run() -> tuple[str, CreditMemo]:
        void_credit_application(actor=actor, allocation_id=row.id, reason=values["reason"])
        memo = CreditMemo.objects.get(company_id=actor.company_id, id=memo_id)
        return (
            f"{format_amount(row.amount)} {memo.currency} returns to {memo.number}, which then has "
            f"{format_amount(memo.left)} left.",
            memo,
        )

    return preview_on(actor=actor, run=run)


def _refund(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    payment_id = row.payment_id
    if payment_id is None:
        raise AllocationNotLive("What a credit memo was applied to is taken back, not refunded.")

    def run() -> tuple[str, Payment]:
        done = refund_allocation(
            actor=actor,
            payment_id=payment_id,
            allocation_id=row.id,
            amount=values["amount"],
            reason=values["reason"],
            paid_from=said_by(values),
        )
        return describe_refund(actor=actor, refunded=done), done.payment

    return preview_on(actor=actor, run=run)


def _undo(actor: Actor, row: Allocation, values: dict[str, Any]) -> Preview:
    batch = find_batch_operation(actor=actor, operation_id=row.operation_id)
    if batch is not None:
        raise Conflict(
            f"It was applied by {batch.number}: undo the batch on its own page, or void this line alone.",
            code=ALREADY_UNDONE,
        )

    def run() -> tuple[str, Payment | CreditMemo]:
        done = undo_operation(actor=actor, operation_id=row.operation_id, reason=values["reason"])
        owner: Payment | CreditMemo = done.payments[0] if done.payments else done.memos[0]
        return describe_undone(done), owner

    return preview_on(actor=actor, run=run)


def _is_live(actor: Actor, row: Allocation) -> bool:
    return row.status in LIVE


def _is_refundable(actor: Actor, row: Allocation) -> bool:
    return row.status in LIVE and row.payment_id is not None


def _is_one_of_many(actor: Actor, row: Allocation) -> bool:
    """A line that went alone, or was refunded, is not undone with others."""
    if row.status not in LIVE or row.refunded_amount:
        return False
    together = Allocation.objects.filter(company_id=row.company_id, operation_id=row.operation_id)
    return together.exclude(id=row.id).exists()


REFUND: Final = RowAction(
    name="refund",
    title="Refund",
    permission="payments.refund",
    icon="undo",
    form=RefundForm,
    prepare=offer_places,
    run=_refund,
    initial=lambda actor, row: {"amount": rest_of(row)[0]},
    offered=_is_refundable,
)
UNDO: Final = RowAction(
    name="undo",
    title="Undo the whole operation",
    label="Undo with its others",
    permission="payments.void_allocation",
    icon="settings_backup_restore",
    form=ReasonForm,
    run=_undo,
    offered=_is_one_of_many,
)
VOID: Final = RowAction(
    name="void",
    title="Void the allocation",
    label="Void",
    permission="payments.void_allocation",
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=_is_live,
)


@admin.register(Allocation)
class AllocationAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Payments and credit memos applied to obligations: voided, refunded and undone by right."""

    list_display = ("allocation_date", "payment", "memo", "obligation", "amount", "status", "strategy")
    list_filter = ("status", "strategy", "payment", "memo", "obligation", "allocation_date", "amount")
    date_hierarchy = "allocation_date"
    totals = ("amount", "discount_amount", "refunded_amount")
    totals_currency = "obligation__currency"
    list_select_related = ("payment", "memo", "obligation")
    search_fields = ("^payment__number", "^memo__number", "^obligation__reference_id")
    ordering = ("-id",)
    row_actions = (REFUND, UNDO, VOID)
    face = ALLOCATION_FACE
