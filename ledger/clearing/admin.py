"""The console's pages of authorities, remittances, security deposits and processors' deposits."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.approvals.messages import describe_waiting
from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from batconnect.core.kernel.words import format_day
from batconnect.core.models import Approval
from ledger.admin_filters import CurrencyFilter
from ledger.clearing.faces import AUTHORITY_FACE, DEPOSIT_FACE, PROCESSOR_FACE, REMITTANCE_FACE
from ledger.clearing.models import DepositMove, ProcessorDeposit, Remittance, SecurityDeposit, TaxAuthority
from ledger.clearing.querysets import held_taxes
from ledger.clearing.services.deposit_returns import return_deposit
from ledger.clearing.services.deposits import HANDLE, use_deposit
from ledger.clearing.services.taxes import REMIT, open_authority, remit, stop_remittance
from ledger.models import Obligation
from ledger.previews import posted_by
from ledger.querysets import with_account_names
from ledger.treasury.actions import PaidFromForm, offer_places, paid_from, today_of


def _amount() -> Any:
    return TypedMoneyField(label="Amount", above_zero=True, widget=UnfoldAdminTextInputWidget())


class RemitForm(PaidFromForm):
    """What is passed on, and how."""

    account = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget, label="Held on")
    amount = _amount()
    period = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    field_order = ("account", "amount", "period", "method", "place", "reference_number", "paid_on")


class ReturnForm(PaidFromForm):
    """How much is returned, and how."""

    amount = _amount()
    field_order = ("amount", "method", "place", "reference_number", "paid_on")


class UseForm(ReasonForm):
    """What the deposit is used for, how much of it, and why."""

    amount = _amount()
    obligation = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget, label="For")
    field_order = ("obligation", "amount", "reason")


def _offer_accounts(request: HttpRequest, row: None, form: RemitForm) -> None:
    actor = actor_of(request)
    field = form.fields["account"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (each.account, f"{each.name}: {format_amount(each.held)}")
        for each in held_taxes(actor=actor, currency=actor.company.base_currency)
    ]
    offer_places(request, row, form)


def _offer_debts(request: HttpRequest, row: SecurityDeposit, form: UseForm) -> None:
    field = form.fields["obligation"]
    assert isinstance(field, forms.ChoiceField)
    owed = Obligation.objects.filter(
        company_id=row.company_id,
        customer=row.customer_id,
        lease=row.lease_id,
        currency=row.currency,
        status=Obligation.Status.OPEN,
    ).order_by("due_date", "id")
    field.choices = [
        (str(each.id), f"{each}: {format_amount(each.outstanding)}, due {format_day(each.due_date)}")
        for each in owed[:200]
    ]


def _remit(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = remit(
            actor=actor,
            account=values["account"],
            amount=values["amount"],
            period=values["period"],
            paid_from=paid_from(values),
        )
        made = done.remittance
        told = f"{format_amount(made.amount)} {made.currency} are remitted: {made.payee}."
        return " ".join([told, *done.warnings])

    return posted_by(actor=actor, run=run)


def _stop(actor: Actor, row: Remittance, values: dict[str, Any]) -> Preview:
    def run() -> str:
        stop_remittance(actor=actor, remittance_id=row.id, reason=values["reason"])
        return f"The {row} is taken back."

    return posted_by(actor=actor, run=run)


def _use(actor: Actor, row: SecurityDeposit, values: dict[str, Any]) -> Preview:
    def run() -> str:
        left = use_deposit(
            actor=actor,
            deposit_id=row.id,
            obligation_id=UUID(values["obligation"]),
            amount=values["amount"],
            reason=values["reason"],
        )
        return f"{format_amount(values['amount'])} are used; {format_amount(left.held)} stay held."

    return posted_by(actor=actor, run=run)


def _return(actor: Actor, row: SecurityDeposit, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = return_deposit(
            actor=actor, deposit_id=row.id, amount=values["amount"], paid_from=paid_from(values)
        )
        if isinstance(done, Approval):
            return describe_waiting(done)
        left = format_amount(done.deposit.held)
        told = f"{format_amount(values['amount'])} {row.currency} are returned; {left} stay held."
        return " ".join([told, *done.warnings])

    return posted_by(actor=actor, run=run)


REMIT_TAXES: Final = RowAction(
    name="remit",
    title="Remit",
    permission=REMIT,
    icon="outbound",
    variant=ActionVariant.PRIMARY,
    form=RemitForm,
    prepare=_offer_accounts,
    run=_remit,
    initial=today_of,
)
STOP: Final = RowAction(
    name="stop",
    title="Take back",
    permission=REMIT,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_stop,
    offered=lambda actor, row: row.status == Remittance.Status.PAID,
)
USE: Final = RowAction(
    name="use",
    title="Use for a debt",
    permission=HANDLE,
    icon="rule",
    form=UseForm,
    prepare=_offer_debts,
    run=_use,
    initial=lambda actor, row: {"amount": row.held},
    offered=lambda actor, row: row.held > 0,
)
RETURN: Final = RowAction(
    name="return",
    title="Return",
    permission=HANDLE,
    icon="payments",
    variant=ActionVariant.PRIMARY,
    form=ReturnForm,
    prepare=offer_places,
    run=_return,
    initial=lambda actor, row: {"amount": row.held, **today_of(actor, row)},
    offered=lambda actor, row: row.held > 0,
)


@admin.register(TaxAuthority)
class TaxAuthorityAdmin(BaseAdmin):
    """Whom taxes are held for."""

    add_permission = "ledger.enter_bills"
    list_display = ("code", "name", "is_active", "created_by", "created_at")
    search_fields = ("^code", "name")
    ordering = ("code",)
    face = AUTHORITY_FACE

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return ["code", "name"] if obj is None else ["code", "name", "is_active", "created_by", "created_at"]

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return open_authority(actor=actor, **values)


@admin.register(Remittance)
class RemittanceAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What was passed on of what is held."""

    list_display = ("paid_on", "payee", "account_named", "period", "amount", "currency", "method", "status")
    list_filter = ("status", "account", CurrencyFilter, "paid_on", "amount")
    date_hierarchy = "paid_on"
    totals = ("amount",)
    search_fields = ("payee", "^reference")
    ordering = ("-id",)
    list_actions = (REMIT_TAXES,)
    row_actions = (STOP,)
    face = REMITTANCE_FACE

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_account_names(super().get_queryset(request), currency="currency")

    @admin.display(description="account", ordering="account")
    def account_named(self, row: Remittance) -> str:
        """The account's name and code."""
        return str(row.account_named)  # type: ignore[attr-defined]  # of `with_account_names`


class MoveInline(ReadOnlyInline):
    """What happened to the deposit."""

    model = DepositMove
    view_permission = "ledger.view"
    fields = ("created_at", "kind", "amount", "obligation", "is_voided", "reason", "made_by")
    ordering = ("-id",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("obligation")


@admin.register(SecurityDeposit)
class SecurityDepositAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What is held of drivers for their leases."""

    list_display = ("lease", "customer", "held", "currency", "created_at")
    list_filter = ("customer", "lease", CurrencyFilter, "held")
    totals = ("held",)
    list_select_related = ("lease", "customer")
    search_fields = ("customer__name", "lease__lease_id")
    ordering = ("-id",)
    inlines = (MoveInline,)
    row_actions = (USE, RETURN)
    face = DEPOSIT_FACE


@admin.register(ProcessorDeposit)
class ProcessorDepositAdmin(ReadOnlyAdmin):
    """Deposits of card processors, with their fees."""

    list_display = ("deposited_on", "processor", "gross", "fee", "net", "currency", "report", "status")
    list_filter = ("status", "processor", CurrencyFilter, "deposited_on", "gross")
    date_hierarchy = "deposited_on"
    totals = ("gross", "fee", "net")
    search_fields = ("processor", "^report")
    ordering = ("-id",)
    face = PROCESSOR_FACE
