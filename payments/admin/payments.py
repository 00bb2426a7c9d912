"""The console's page on payments: to read. They change through their actions alone."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import ReadOnlyAdmin
from batconnect.core.console.bulk.documents import mail_many, print_many
from batconnect.core.console.bulk.lists import BulkActionAdmin, add_bulk_actions
from batconnect.core.console.confirmations import (
    Preview,
    ReasonForm,
    reason_field,
)
from batconnect.core.console.faces import add_sections
from batconnect.core.console.faces.drawing import format_instant
from batconnect.core.console.lists.sorting import Order
from batconnect.core.console.row_actions import RowAction, RowLink, add_row_actions
from batconnect.core.console.sending import send_action
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.core.models import Approval
from batconnect.directory.admin import CustomerAdmin
from batconnect.directory.models import Customer, LeaseDriver
from ledger.admin_filters import CurrencyFilter
from ledger.faces import OBLIGATION_FACE
from payments.admin.refund_form import RefundForm, offer_places, said_by
from payments.admin.return_form import (
    RecoverForm,
    ReturnForm,
    describe_return,
    offer_accounts,
    offer_written_off,
    written_off_of,
)
from payments.admin_filters import CashFilter, MethodFilter
from payments.faces import PAYMENT_FACE, allocations_to
from payments.models import Payment
from payments.previews import describe_refund, preview_on
from payments.printed import CUSTOMER_STATEMENT, INTERIM_RECEIPT, PAYMENT_RECEIPT, statement_key
from payments.querysets import Operation, how_applied, operations_of
from payments.services.choosing import AllocationRequest, allocate_payment
from payments.services.deposits import take_deposit
from payments.services.refunds import refund_unallocated
from payments.services.returns import return_payment
from payments.services.undo import Undone, undo_operation
from payments.services.voids import void_payment


def _void(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = void_payment(actor=actor, payment_id=row.id, reason=values["reason"])
        if isinstance(done, Approval):
            return describe_waiting(done), Payment.objects.get(company_id=actor.company_id, id=row.id)
        return (
            f"{done.number} for {format_amount(done.amount)} {done.currency} is voided with everything it paid.",
            done,
        )

    return preview_on(actor=actor, run=run)


def _refund(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = refund_unallocated(
            actor=actor,
            payment_id=row.id,
            amount=values["amount"],
            reason=values["reason"],
            paid_from=said_by(values),
        )
        return describe_refund(actor=actor, refunded=done), done.payment

    return preview_on(actor=actor, run=run)


def _recover(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        asked = AllocationRequest(
            amount=values["amount"], obligation_id=UUID(values["debt"]), recover_written_off=True
        )
        done = allocate_payment(actor=actor, payment_id=row.id, requests=[asked])
        (debt,) = done.items.obligations.values()
        return (
            f"{format_amount(values['amount'])} {row.currency} is applied to {debt}; "
            f"{format_amount(debt.written_off)} of it stays written off."
        ), done.applied.payment

    return preview_on(actor=actor, run=run)


def describe_undone(done: Undone) -> str:
    """How many lines, and what returns to which payments."""
    back = ", ".join(
        [
            *(
                f"{each.number} has {format_amount(each.unallocated)} {each.currency} unallocated again"
                for each in done.payments
            ),
            *(
                f"{each.number} has {format_amount(each.left)} {each.currency} left again"
                for each in done.memos
            ),
        ]
    )
    lines = len(done.allocations)
    return f"{lines} {'line is' if lines == 1 else 'lines are'} taken back; {back}."


def describe_operation(operation: Operation) -> str:
    """`2 lines, 300.00 in cash, by overdue items first, Mara, Jan. 31, 2026, 14:05`."""
    how = how_applied(operation.strategy)
    won = f" and {format_amount(operation.discount)} discount" if operation.discount else ""
    return (
        f"{operation.live_lines} of {operation.lines} lines, {format_amount(operation.cash)} in cash{won}: "
        f"{how.lower()}, {operation.by or 'by a job'}, {format_instant(operation.applied_at)}"
    )


class UndoForm(ReasonForm):
    """What was applied together, and why it is taken back."""

    operation = forms.ChoiceField(widget=UnfoldAdminRadioSelectWidget, label="What is taken back")
    reason = reason_field()
    field_order = ("operation", "reason")


def _undoable(row: Payment) -> list[Operation]:
    return [each for each in operations_of(row) if each.is_undoable]


def _offer_operations(request: HttpRequest, row: Payment, form: UndoForm) -> None:
    """The one that the address names is chosen, else the first."""
    choices = [(str(each.id), describe_operation(each)) for each in _undoable(row)]
    field = form.fields["operation"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
    form.initial["operation"] = request.GET.get("operation") or (choices[0][0] if choices else "")


def _return(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = return_payment(
            actor=actor,
            payment_id=row.id,
            reason_code=values["reason_code"],
            amount=values["amount"],
            fee=values["fee"],
            notes=values["notes"],
            bank_account_id=UUID(values["bank_account_id"]) if values["bank_account_id"] else None,
        )
        if isinstance(done, Approval):
            return describe_waiting(done), Payment.objects.get(company_id=actor.company_id, id=row.id)
        return describe_return(done), done.payment

    return preview_on(actor=actor, run=run)


def _undo(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        done = undo_operation(actor=actor, operation_id=UUID(values["operation"]), reason=values["reason"])
        return describe_undone(done), done.payments[0]

    return preview_on(actor=actor, run=run)


class DepositForm(forms.Form):
    """For which lease, and how much."""

    lease = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    amount = TypedMoneyField(above_zero=True, widget=UnfoldAdminTextInputWidget())


def _leases_of(row: Payment) -> list[tuple[str, str]]:
    rows = LeaseDriver.objects.filter(company_id=row.company_id, driver__customer=row.customer_id)
    numbers = rows.order_by("lease__lease_id").values_list("lease_id", "lease__lease_id").distinct()
    return [(str(key), number) for key, number in numbers]


def _offer_leases(request: HttpRequest, row: Payment, form: DepositForm) -> None:
    field = form.fields["lease"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = _leases_of(row)


def _take_deposit(actor: Actor, row: Payment, values: dict[str, Any]) -> Preview:
    def run() -> tuple[str, Payment]:
        deposit = take_deposit(
            actor=actor, payment_id=row.id, lease=int(values["lease"]), amount=values["amount"]
        )
        told = f"{format_amount(values['amount'])} {row.currency} of {row.number} become a security deposit"
        payment = Payment.objects.get(company_id=actor.company_id, id=row.id)
        return f"{told} for {deposit.lease.lease_id}; {format_amount(deposit.held)} are held for it.", payment

    return preview_on(actor=actor, run=run)


def _is_posted(actor: Actor, row: Payment) -> bool:
    return row.status == Payment.Status.POSTED


def _has_cash(actor: Actor, row: Payment) -> bool:
    return _is_posted(actor, row) and row.available > 0


ALLOCATE: Final = RowLink(
    name="allocate",
    title="Allocate",
    permission="payments.allocate",
    icon="call_split",
    variant=ActionVariant.PRIMARY,
    leads_to=lambda actor, row: HttpResponseRedirect(reverse("admin:workbench", args=[row.pk])),
    offered=_has_cash,
)
RECOVER: Final = RowAction(
    name="recover",
    title="Pay a debt that was written off",
    label="Recover",
    permission="payments.allocate",
    icon="savings",
    form=RecoverForm,
    prepare=offer_written_off,
    run=_recover,
    offered=lambda actor, row: _has_cash(actor, row) and written_off_of(row).exists(),
)
REFUND: Final = RowAction(
    name="refund",
    title="Refund unallocated cash",
    label="Refund cash",
    permission="payments.refund",
    icon="undo",
    form=RefundForm,
    prepare=offer_places,
    run=_refund,
    initial=lambda actor, row: {"amount": row.available},
    offered=_has_cash,
)
TAKE_DEPOSIT: Final = RowAction(
    name="deposit",
    title="Take as security deposit",
    label="Security deposit",
    permission="ledger.handle_deposits",
    icon="shield",
    form=DepositForm,
    prepare=_offer_leases,
    run=_take_deposit,
    initial=lambda actor, row: {"amount": row.available},
    offered=lambda actor, row: _has_cash(actor, row) and bool(_leases_of(row)),
)
UNDO: Final = RowAction(
    name="undo",
    title="Undo an allocation",
    permission="payments.void_allocation",
    icon="settings_backup_restore",
    form=UndoForm,
    prepare=_offer_operations,
    run=_undo,
    offered=lambda actor, row: _is_posted(actor, row) and bool(_undoable(row)),
)
RETURN: Final = RowAction(
    name="return",
    title="Returned by the bank",
    permission="payments.return",
    icon="assignment_return",
    variant=ActionVariant.DANGER,
    form=ReturnForm,
    prepare=offer_accounts,
    run=_return,
    offered=lambda actor, row: _is_posted(actor, row) and row.method != "cash",
)
VOID: Final = RowAction(
    name="void",
    title="Void",
    permission="payments.void",
    icon="block",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=lambda actor, row: (
        _is_posted(actor, row) and not (row.refunded or row.deposited or row.is_opening)
    ),
)


def _receipt_of(actor: Actor, row: Payment) -> tuple[str, str]:
    """The receipt as it is printed for payments of this kind."""
    if row.kind == Payment.Kind.INTERIM:
        return INTERIM_RECEIPT.code, row.number
    return PAYMENT_RECEIPT.code, str(row.pk)


def _statement_of(actor: Actor, row: Customer) -> tuple[str, str]:
    """The customer's statement, in the currency of the company."""
    return CUSTOMER_STATEMENT.code, statement_key(row.pk, actor.company.base_currency)


add_sections(OBLIGATION_FACE, allocations_to)
SEND: Final = send_action(_receipt_of, title="Mail the receipt")
add_row_actions(CustomerAdmin, send_action(_statement_of, name="send_statement", title="Mail the statement"))
add_bulk_actions(
    CustomerAdmin,
    print_many(_statement_of, title="Print statements as one PDF", permission="payments.view"),
    mail_many(_statement_of, title="Mail statements"),
)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin, BulkActionAdmin):
    """Money received: allocated, refunded and voided by right."""

    list_display = (
        "number",
        "payment_date",
        "customer",
        "lease",
        "amount",
        "unallocated",
        "method",
        "status",
        "cashier",
    )
    list_filter = (
        "status",
        "kind",
        MethodFilter,
        CashFilter,
        CurrencyFilter,
        "customer",
        "lease",
        "payment_date",
        "amount",
        "unallocated",
        "reference_number",
        "case_no",
    )
    date_hierarchy = "payment_date"
    totals = ("amount", "unallocated")
    list_select_related = ("customer", "lease")
    search_fields = ("^number", "customer__name")
    ordering = ("-number_order", "-id")
    sorts = (
        Order("Largest amount first", "-amount"),
        Order("Most cash left first", "-unallocated", (("cash", "left"),)),
        Order("Oldest first", "number_order"),
        Order("By customer", "customer"),
    )
    exclude = ("number_order", "version", "amount_cents")
    face = PAYMENT_FACE
    bulk_actions = (
        print_many(_receipt_of, title="Print receipts as one PDF", permission="payments.view"),
        mail_many(_receipt_of, title="Mail receipts"),
    )
    row_actions = (ALLOCATE, RECOVER, REFUND, TAKE_DEPOSIT, UNDO, RETURN, SEND, VOID)
