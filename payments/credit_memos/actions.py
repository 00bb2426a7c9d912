"""What is done with a credit memo from its page: applied, paid back, voided."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.confirmations import Preview, ReasonForm, reason_field
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.core.kernel.words import format_day
from ledger.chart import METHODS
from ledger.models import Obligation
from ledger.treasury.services.paying import PaidFrom
from payments.credit_memos.inputs import REFUND_METHOD
from payments.credit_memos.services.refunding import refund_credit
from payments.credit_memos.services.voiding import void_memo
from payments.models import Allocation, CreditMemo
from payments.previews import preview_on
from payments.rules.strategies import NEEDS_INPUTS, STRATEGIES
from payments.services.auto import AutoOptions, auto_allocate_credit
from payments.services.choosing import AllocationRequest, allocate_credit

MAX_OFFERED: Final = 200
"""Open items that the form offers, oldest first."""


class ApplyForm(forms.Form):
    """By which strategy."""

    strategy = forms.ChoiceField(
        choices=[(code, label) for code, label in STRATEGIES.items() if code not in NEEDS_INPUTS],
        widget=UnfoldAdminSelectWidget(),
        initial="hierarchy",
    )


class ApplyToForm(forms.Form):
    """To which item, and how much."""

    item = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())


class CreditRefundForm(ReasonForm):
    """How much is paid back, how, and why."""

    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())
    method = forms.ChoiceField(
        choices=tuple(METHODS.items()), widget=UnfoldAdminSelectWidget(), initial=REFUND_METHOD
    )
    reference = forms.CharField(required=False, max_length=60, widget=UnfoldAdminTextInputWidget())
    reason = reason_field()
    field_order = ("amount", "method", "reference", "reason")


def _apply(actor: Actor, row: CreditMemo, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, CreditMemo]:
        options = AutoOptions(strategy=values["strategy"])
        done = auto_allocate_credit(actor=actor, memo_id=row.id, options=options)
        if done.applied is None:
            return f"{done.memo.customer} owes nothing that {row.number} could be applied to.", done.memo
        lines = len(done.applied.allocations)
        return (
            f"{row.number} is applied to {lines} {'item' if lines == 1 else 'items'}; "
            f"{format_amount(done.memo.left)} {row.currency} are left.",
            done.memo,
        )

    return preview_on(actor=actor, run=run)


def _open_items(row: CreditMemo) -> QuerySet[Obligation]:
    return Obligation.objects.filter(
        company_id=row.company_id,
        customer_id=row.customer_id,
        currency=row.currency,
        status=Obligation.Status.OPEN,
    ).order_by("due_date", "id")


def _offer_items(request: HttpRequest, row: CreditMemo, form: ApplyToForm) -> None:
    """What the memo's customer owes in its currency, oldest first."""
    field = form.fields["item"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (str(each.pk), f"{each}, due {format_day(each.due_date)}: {format_amount(each.outstanding)} open")
        for each in _open_items(row)[:MAX_OFFERED]
    ]


def _apply_to(actor: Actor, row: CreditMemo, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, CreditMemo]:
        asked = AllocationRequest(amount=values["amount"], obligation_id=UUID(values["item"]))
        done = allocate_credit(actor=actor, memo_id=row.id, requests=[asked])
        memo = CreditMemo.objects.get(company_id=actor.company_id, id=row.id)
        (item,) = done.items.obligations.values()
        return (
            f"{format_amount(values['amount'])} {row.currency} of {row.number} is applied to {item}; "
            f"{format_amount(memo.left)} are left.",
            memo,
        )

    return preview_on(actor=actor, run=run)


def _refund(actor: Actor, row: CreditMemo, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, CreditMemo]:
        done = refund_credit(
            actor=actor,
            memo_id=row.id,
            amount=values["amount"],
            reason=values["reason"],
            paid_from=PaidFrom(values["method"], reference=values["reference"]),
        )
        if done.refund is None:
            assert done.approval is not None
            return f"{describe_waiting(done.approval)} The amount is reserved.", done.memo
        warned = " ".join(["", *done.warnings])
        return (
            f"{format_amount(done.amount)} {row.currency} of {row.number} is paid back; "
            f"{format_amount(done.memo.left)} are left.{warned}",
            done.memo,
        )

    return preview_on(actor=actor, run=run)


def _void(actor: Actor, row: CreditMemo, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, CreditMemo]:
        done = void_memo(actor=actor, memo_id=row.id, reason=values["reason"])
        used = done.memo.credit - done.memo.voided
        rest = f" {format_amount(used)} of it stays used." if used else ""
        return f"{format_amount(done.amount)} {row.currency} of {row.number} is voided.{rest}", done.memo

    return preview_on(actor=actor, run=run)


def _has_left(actor: Actor, row: CreditMemo) -> bool:
    return row.available > 0


def _is_voidable(actor: Actor, row: CreditMemo) -> bool:
    own = Allocation.objects.filter(
        company_id=actor.company_id, memo=row.pk, obligation=row.obligation_id, status="active"
    )
    return row.status != CreditMemo.Status.VOIDED and not row.reserved and (row.left > 0 or own.exists())


APPLY: Final = RowAction(
    name="apply",
    title="Apply",
    permission="payments.allocate",
    icon="call_split",
    variant=ActionVariant.PRIMARY,
    form=ApplyForm,
    run=_apply,
    offered=_has_left,
)
APPLY_TO: Final = RowAction(
    name="apply_to",
    title="Apply to an item",
    permission="payments.allocate",
    icon="target",
    form=ApplyToForm,
    prepare=_offer_items,
    run=_apply_to,
    initial=lambda actor, row: {"amount": row.available},
    offered=lambda actor, row: _has_left(actor, row) and _open_items(row).exists(),
)
REFUND: Final = RowAction(
    name="refund",
    title="Refund",
    permission="payments.refund",
    icon="undo",
    form=CreditRefundForm,
    run=_refund,
    initial=lambda actor, row: {"amount": row.available, "method": REFUND_METHOD},
    offered=_has_left,
)
VOID: Final = RowAction(
    name="void",
    title="Void",
    permission="payments.credit",
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=_is_voidable,
)
