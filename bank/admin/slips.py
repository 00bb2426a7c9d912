"""The console's page of deposit slips: they change through their actions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from bank.admin.pieces import amount_field, asked_currency, currency_field, offer_pieces, typed_pieces
from bank.faces import SLIP_FACE
from bank.models import DepositSlip, DepositSlipItem
from bank.printed.slips import printed_slip
from bank.querysets.counter import checks_for_slips, name_of
from bank.services.slip_contents import CashOut, Content
from bank.services.slips import RIGHT, change_slip, close_slip, make_slip, reopen_slip, void_slip
from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin, RowLink
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import format_count
from ledger.admin_filters import CurrencyFilter
from ledger.previews import posted_by
from ledger.treasury.models import BankAccount, Drawer

OFFERED_CHECKS: Final = 200
"""How many checks the form offers, the oldest first."""
_CHECK: Final = "check_"
_CASH: Final = "cash_"
_OFFICE: Final = "office"


class SlipForm(forms.Form):
    """Where it goes, and what lies on it: an amount out of each drawer, and the checks that are ticked."""

    currency = currency_field()
    bank_account = forms.ChoiceField(label="Bank account", choices=(), widget=UnfoldAdminSelectWidget)
    notes = forms.CharField(max_length=500, required=False, widget=UnfoldAdminTextInputWidget())


class CloseForm(forms.Form):
    """Nothing is asked."""


def _offer(request: HttpRequest, row: DepositSlip | None, form: forms.Form) -> None:
    """Bank accounts, drawers, checks, and bills and coins of the slip's currency."""
    actor = actor_of(request)
    currency = row.currency if row else asked_currency(request)
    form.fields["currency"].initial = currency
    accounts = BankAccount.objects.filter(company_id=actor.company_id, currency=currency, is_active=True)
    choice: Any = form.fields["bank_account"]
    choice.choices = [(str(each.id), each.name) for each in accounts.order_by("-is_default", "code")]
    notes = form.fields.pop("notes")
    items = list(row.items.filter(company_id=actor.company_id)) if row else []
    lying = {(each.drawer_id, each.payment_id): each.amount for each in items}
    drawers = Drawer.objects.filter(company_id=actor.company_id, currency=currency, is_active=True)
    places: list[tuple[str, str, UUID | None]] = [(_OFFICE, "the office's drawer", None)]
    places += [(each.id.hex, each.name, each.id) for each in drawers.order_by("code")]
    for key, name, drawer_id in places:
        form.fields[f"{_CASH}{key}"] = amount_field(
            f"Cash out of {name}", initial=lying.get((drawer_id, None))
        )
    checks = checks_for_slips(company_id=actor.company_id, currency=currency, besides=row.id if row else None)
    for each in checks.select_related("customer").order_by("number_order")[:OFFERED_CHECKS]:
        form.fields[f"{_CHECK}{each.id.hex}"] = forms.BooleanField(
            label=f"Check {each.reference_number or 'without a number'} of {each.customer.name}, "
            f"{format_amount(each.amount)} ({each.number})",
            required=False,
            initial=(None, each.id) in lying,
            widget=UnfoldBooleanWidget(),
        )
    pieces = {Decimal(value): int(count) for value, count in row.denominations} if row else {}
    offer_pieces(form, currency, pieces)
    form.fields["notes"] = notes


def _content(values: Mapping[str, Any], currency: str) -> Content:
    cash = [
        CashOut(amount, None if name == f"{_CASH}{_OFFICE}" else UUID(name.removeprefix(_CASH)))
        for name, amount in values.items()
        if name.startswith(_CASH) and amount
    ]
    checks = [
        UUID(name.removeprefix(_CHECK))
        for name, ticked in values.items()
        if name.startswith(_CHECK) and ticked
    ]
    return Content(cash=cash, payment_ids=checks, pieces=typed_pieces(values, currency))


def _make(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    currency = values["currency"] or actor.company.base_currency
    slip = make_slip(
        actor=actor,
        content=_content(values, currency),
        currency=currency,
        bank_account_id=UUID(values["bank_account"]),
        notes=values["notes"],
    )
    return _told(slip, "is made up")


def _change(actor: Actor, row: DepositSlip, values: dict[str, Any]) -> Preview:
    slip = change_slip(
        actor=actor,
        slip_id=row.id,
        content=_content(values, row.currency),
        bank_account_id=UUID(values["bank_account"]),
        notes=values["notes"],
    )
    return _told(slip, "is changed")


def _told(slip: DepositSlip, what: str) -> Preview:
    figures = (slip.cash, slip.checks, slip.amount)
    cash, checks, amount = (format_amount(each) for each in figures)
    return Preview(
        f"{slip.number} {what}: {cash} in cash, {format_count(slip.check_count, 'check')} over {checks}, "
        f"together {amount} "
        f"{slip.currency}.",
        state=str(slip.version),
    )


def _close(actor: Actor, row: DepositSlip, values: dict[str, Any]) -> Preview:
    def run() -> str:
        slip = close_slip(actor=actor, slip_id=row.id)
        return f"{slip.number} over {format_amount(slip.amount)} {slip.currency} is on its way to the bank."

    return posted_by(actor=actor, run=run)


def _reopen(actor: Actor, row: DepositSlip, values: dict[str, Any]) -> Preview:
    def run() -> str:
        return f"{reopen_slip(actor=actor, slip_id=row.id, reason=values['reason']).number} is a draft again."

    return posted_by(actor=actor, run=run)


def _void(actor: Actor, row: DepositSlip, values: dict[str, Any]) -> Preview:
    slip = void_slip(actor=actor, slip_id=row.id, reason=values["reason"])
    return Preview(f"{slip.number} is voided; its checks may lie on another slip.")


def _print(actor: Actor, row: DepositSlip) -> HttpResponse:
    return printed_slip(actor=actor, slip_id=row.id).to_response()


def _is_draft(actor: Actor, row: DepositSlip) -> bool:
    return row.status == DepositSlip.Status.DRAFT


MAKE: Final = RowAction(
    name="make",
    title="Make up a slip",
    permission=RIGHT,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=SlipForm,
    prepare=_offer,
    run=_make,
)
CHANGE: Final = RowAction(
    name="edit",
    title="Change",
    permission=RIGHT,
    icon="edit",
    form=SlipForm,
    prepare=_offer,
    run=_change,
    initial=lambda actor, row: {"bank_account": str(row.bank_account_id), "notes": row.notes},
    offered=_is_draft,
)
CLOSE: Final = RowAction(
    name="close",
    title="Close",
    permission=RIGHT,
    icon="local_shipping",
    variant=ActionVariant.PRIMARY,
    form=CloseForm,
    run=_close,
    asks=False,
    offered=_is_draft,
)
REOPEN: Final = RowAction(
    name="reopen",
    title="Reopen",
    permission=RIGHT,
    icon="undo",
    form=ReasonForm,
    run=_reopen,
    offered=lambda actor, row: row.status == DepositSlip.Status.CLOSED,
)
VOID: Final = RowAction(
    name="void",
    title="Void",
    permission=RIGHT,
    icon="delete",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=_is_draft,
)
PRINT: Final = RowLink(name="print", title="Print", permission="bank.view", icon="print", leads_to=_print)


class SlipItemInline(ReadOnlyInline):
    """What lies on it."""

    model = DepositSlipItem
    view_permission = "bank.view"
    fields = ("kind", "out_of", "payment", "amount")
    readonly_fields = ("out_of",)
    show_change_link = False

    @admin.display(description="drawer")
    def out_of(self, item: DepositSlipItem) -> str:
        """The drawer that the cash came out of; a check lies in none."""
        return name_of(item.drawer) if item.kind == DepositSlipItem.Kind.CASH else "–"


@admin.register(DepositSlip)
class DepositSlipAdmin(ReadOnlyAdmin, RowActionAdmin):
    """Cash and checks on their way to the bank."""

    list_display = (
        *("number", "status", "bank_account", "cash", "checks", "check_count", "amount", "currency"),
        *("closed_on", "closed_by", "created_by", "notes"),
    )
    list_filter = ("status", "bank_account", CurrencyFilter, "closed_on", "amount")
    totals = ("amount",)
    list_select_related = ("bank_account",)
    search_fields = ("^number", "notes")
    ordering = ("-number_order",)
    face = SLIP_FACE
    inlines = (SlipItemInline,)
    row_actions = (CLOSE, CHANGE, REOPEN, VOID, PRINT)
    list_actions = (MAKE,)

    def currency_of(self, request: HttpRequest, row: models.Model | None) -> str:
        return super().currency_of(request, row) if row else asked_currency(request)
