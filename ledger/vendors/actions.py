"""The console's actions on vendors' credit notes, and what the forms of bills and notes share."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import actor_of
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.form_fields import DayField
from batconnect.core.console.row_actions import RowAction
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from ledger.chart import OTHER_EXPENSES, Category
from ledger.previews import posted_by
from ledger.vendors.models import Vendor, VendorCredit
from ledger.vendors.services.bills import PASSED_ON, enter_credit_note, void_credit_note
from ledger.vendors.services.vendors import ENTER


def typed_amount(label: str, *, required: bool) -> Any:
    """A field for an amount above zero."""
    return TypedMoneyField(
        label=label, above_zero=True, required=required, widget=UnfoldAdminTextInputWidget()
    )


class CreditNoteForm(forms.Form):
    """A vendor's credit note: what it takes off."""

    vendor = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    number = forms.CharField(max_length=60, widget=UnfoldAdminTextInputWidget, help_text="The vendor's own.")
    day = DayField(label="Dated")
    amount = typed_amount("Amount", required=True)
    category = forms.ChoiceField(
        label="What for",
        choices=[*((each.value, each.label) for each in PASSED_ON), ("", "Other expenses")],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(label="Note", max_length=500, required=False, widget=UnfoldAdminTextInputWidget)


def offer_vendors(request: HttpRequest, row: None, form: forms.Form) -> None:
    """Let the form choose among the vendors that are in use."""
    field = form.fields["vendor"]
    assert isinstance(field, forms.ChoiceField)
    rows = Vendor.objects.filter(company_id=actor_of(request).company_id, is_active=True).order_by("number")
    field.choices = [(str(each.id), str(each)) for each in rows]


def _enter_note(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    category = Category(values["category"]) if values["category"] else None

    def run() -> str:
        note = enter_credit_note(
            actor=actor,
            vendor_id=UUID(values["vendor"]),
            number=values["number"],
            amount=values["amount"],
            day=values["day"],
            category=category,
            account="" if category else OTHER_EXPENSES,
            reason=values["reason"],
        )
        return f"Credit note {note.number} over {format_amount(note.amount)} {note.currency} is entered."

    return posted_by(actor=actor, run=run)


def _void_note(actor: Actor, row: VendorCredit, values: dict[str, Any]) -> Preview:
    def run() -> str:
        void_credit_note(actor=actor, credit_id=row.id, reason=values["reason"])
        return f"{row} is voided."

    return posted_by(actor=actor, run=run)


ENTER_NOTE: Final = RowAction(
    name="enter",
    title="Enter a credit note",
    permission=ENTER,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=CreditNoteForm,
    prepare=offer_vendors,
    run=_enter_note,
    initial=lambda actor, row: {"day": today(actor.company)},
)
VOID_NOTE: Final = RowAction(
    name="void",
    title="Void",
    permission=ENTER,
    icon="undo",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_void_note,
    offered=lambda actor, row: row.kind == VendorCredit.Kind.CREDIT_NOTE and row.left == row.amount,
)
