"""The console's pages of vendors, their bills and what they owe us."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import ReadOnlyAdmin, ReadOnlyInline, actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.imports import ImportingAdmin
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import format_amount
from ledger.admin_filters import CurrencyFilter
from ledger.chart import OTHER_EXPENSES
from ledger.previews import posted_by
from ledger.querysets import with_account_names
from ledger.treasury.actions import PaidFromForm, offer_places, paid_from, today_of
from ledger.vendors.actions import ENTER_NOTE, VOID_NOTE, offer_vendors, typed_amount
from ledger.vendors.faces import VENDOR_BILL_FACE, VENDOR_CREDIT_FACE, VENDOR_FACE
from ledger.vendors.imports import BILLS
from ledger.vendors.models import Vendor, VendorBill, VendorBillLine, VendorCredit
from ledger.vendors.services.bills import PASSED_ON, BillLine, enter_bill, void_bill
from ledger.vendors.services.paying import pay_bills, top_up, use_credit
from ledger.vendors.services.vendors import ENTER, add_vendor, change_vendor

PAY: Final = "ledger.pay_vendors"
_Status = VendorBill.Status


class TopUpForm(PaidFromForm):
    """How much is paid into the prepaid account, and how."""

    amount = typed_amount("Amount", required=True)
    field_order = ("amount", "method", "place", "reference_number", "paid_on")


class PayForm(PaidFromForm):
    """How much of the bill is paid, and how."""

    amount = typed_amount("Amount", required=True)
    field_order = ("amount", "method", "place", "reference_number", "paid_on")


class BillForm(forms.Form):
    """A bill, with an amount for each category that it is for."""

    vendor = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    number = forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget, help_text="The vendor's own.")
    issue_date = DayField()
    due_date = DayField(required=False)
    description = forms.CharField(max_length=200, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for category in PASSED_ON:
            self.fields[category.value] = typed_amount(category.label, required=False)
        self.fields["expenses"] = typed_amount("Other expenses", required=False)


class CreditForm(forms.Form):
    """Which credit of the vendor is used."""

    credit = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)


def _offer_credits(request: HttpRequest, row: VendorBill, form: CreditForm) -> None:
    field = form.fields["credit"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        (str(each.id), f"{each}: {format_amount(each.left)} left")
        for each in VendorCredit.objects.filter(
            company_id=row.company_id, vendor=row.vendor_id, status=VendorCredit.Status.OPEN
        )
    ]


def _enter(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    lines = [BillLine(values[each.value], each) for each in PASSED_ON if values[each.value]]
    if values["expenses"]:
        lines.append(BillLine(values["expenses"], account=OTHER_EXPENSES))
    if not lines:
        raise InvalidInput("Enter an amount for what the bill is for.", field="vendor")

    def run() -> str:
        bill = enter_bill(
            actor=actor,
            vendor_id=UUID(values["vendor"]),
            number=values["number"],
            issue_date=values["issue_date"],
            due_date=values["due_date"],
            description=values["description"],
            lines=lines,
        )
        return f"Bill {bill.number} over {format_amount(bill.amount)} {bill.currency} is entered."

    return posted_by(actor=actor, run=run)


def _pay(actor: Actor, row: VendorBill, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = pay_bills(actor=actor, amounts={row.id: values["amount"]}, paid_from=paid_from(values))
        paid = f"{format_amount(values['amount'])} {row.currency} of bill {row.number} is paid."
        return " ".join([paid, *done.warnings])

    return posted_by(actor=actor, run=run)


def _use(actor: Actor, row: VendorBill, values: dict[str, Any]) -> Preview:
    def run() -> str:
        bill = use_credit(actor=actor, bill_id=row.id, credit_id=UUID(values["credit"]))
        return f"{format_amount(bill.open)} {bill.currency} stay open on bill {bill.number}."

    return posted_by(actor=actor, run=run)


def _void(actor: Actor, row: VendorBill, values: dict[str, Any]) -> Preview:
    def run() -> str:
        void_bill(actor=actor, bill_id=row.id, reason=values["reason"])
        return f"Bill {row.number} is voided."

    return posted_by(actor=actor, run=run)


def _top_up(actor: Actor, row: Vendor, values: dict[str, Any]) -> Preview:
    def run() -> str:
        done = top_up(actor=actor, vendor_id=row.id, amount=values["amount"], paid_from=paid_from(values))
        topped = f"{format_amount(values['amount'])} {row.currency} are prepaid to {row.name}."
        return " ".join([topped, *done.warnings])

    return posted_by(actor=actor, run=run)


def _is_open(actor: Actor, row: VendorBill) -> bool:
    return row.status == _Status.OPEN


ENTER_BILL: Final = RowAction(
    name="enter",
    title="Enter a bill",
    permission=ENTER,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=BillForm,
    prepare=offer_vendors,
    run=_enter,
    initial=lambda actor, row: {"issue_date": today(actor.company)},
)
PAY_BILL: Final = RowAction(
    name="pay",
    title="Pay",
    permission=PAY,
    icon="payments",
    variant=ActionVariant.PRIMARY,
    form=PayForm,
    prepare=offer_places,
    run=_pay,
    initial=lambda actor, row: {"amount": row.open, **today_of(actor, row)},
    offered=_is_open,
)
USE_CREDIT: Final = RowAction(
    name="use_credit",
    title="Use a credit",
    permission=PAY,
    icon="savings",
    form=CreditForm,
    prepare=_offer_credits,
    run=_use,
    offered=_is_open,
)
VOID_BILL: Final = RowAction(
    name="void",
    title="Void",
    permission=ENTER,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void,
    offered=lambda actor, row: row.status == _Status.OPEN and row.open == row.amount,
)
TOP_UP: Final = RowAction(
    name="top_up",
    title="Top up",
    permission=PAY,
    icon="savings",
    form=TopUpForm,
    prepare=offer_places,
    run=_top_up,
    initial=today_of,
    offered=lambda actor, row: row.is_active,
)


@admin.register(Vendor)
class VendorAdmin(RowActionAdmin):
    """Whom we buy from."""

    add_permission = ENTER
    change_permission = ENTER
    list_display = ("number", "name", "kind", "currency", "is_active")
    list_filter = ("kind", "is_active", CurrencyFilter)
    search_fields = ("^number", "name")
    ordering = ("number",)
    row_actions = (TOP_UP,)
    face = VENDOR_FACE

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        return (
            ["number", "name", "kind", "currency"]
            if obj is None
            else ["number", "name", "kind", "currency", "is_active"]
        )

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return () if obj is None else ("number", "currency")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The company's own currency."""
        return {"currency": actor_of(request).company.base_currency}

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            form.base_fields["number"].required = False
            form.base_fields["number"].help_text = "The next one if empty."
        return form

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return add_vendor(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> object:
        change_vendor(actor=actor, vendor_id=instance.pk, **values)
        return None


class BillLineInline(ReadOnlyInline):
    """What the bill is for."""

    model = VendorBillLine
    view_permission = "ledger.view"
    fields = ("place", "category", "account_named", "amount", "description")
    ordering = ("place",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_account_names(super().get_queryset(request), currency="bill__currency")

    @admin.display(description="account")
    def account_named(self, row: VendorBillLine) -> str:
        """The account's name and code."""
        return str(row.account_named)  # type: ignore[attr-defined]  # of `with_account_names`


@admin.register(VendorBill)
class VendorBillAdmin(ImportingAdmin, ReadOnlyAdmin, RowActionAdmin):
    """Vendors' bills: entered, paid, voided."""

    imports = BILLS
    list_display = ("number", "vendor", "issue_date", "due_date", "amount", "open", "currency", "status")
    list_filter = ("status", "vendor", CurrencyFilter, "due_date", "issue_date", "open")
    date_hierarchy = "issue_date"
    totals = ("amount", "open")
    list_select_related = ("vendor",)
    search_fields = ("^number", "vendor__name")
    ordering = ("-issue_date", "-id")
    inlines = (BillLineInline,)
    face = VENDOR_BILL_FACE
    list_actions = (ENTER_BILL,)
    row_actions = (PAY_BILL, USE_CREDIT, VOID_BILL)


@admin.register(VendorCredit)
class VendorCreditAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What vendors owe us: prepaid accounts and credit notes."""

    list_display = ("day", "vendor", "kind", "number", "amount", "left", "currency", "status")
    list_filter = ("status", "kind", "vendor", CurrencyFilter, "day")
    date_hierarchy = "day"
    totals = ("amount", "left")
    list_select_related = ("vendor",)
    search_fields = ("^number", "vendor__name")
    ordering = ("-id",)
    list_actions = (ENTER_NOTE,)
    row_actions = (VOID_NOTE,)
    face = VENDOR_CREDIT_FACE
