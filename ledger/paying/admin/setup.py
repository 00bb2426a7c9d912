"""The console's page on how bank accounts pay, and what the company has decided about paying."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.base import ReadOnlyAdmin, actor_of
from batconnect.core.console.confirmations import Preview
from batconnect.core.console.form_fields import MaskedField
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField, format_amount
from ledger.paying.admin.forms import text
from ledger.paying.faces import PAYING_FACE
from ledger.paying.models import PayingAccount
from ledger.paying.models.payees import AccountKind
from ledger.paying.services.setup import MANAGE, change_settings, set_up_paying, settings_of
from ledger.treasury.models import BankAccount

_TEXTS: Final = (
    *("destination", "destination_name", "origin", "origin_name", "company_name", "company_identification"),
    *("odfi", "sec_code", "entry_description", "offset_routing", "offset_kind"),
)
_CHECKS: Final = ("next_check", "last_check")


def _number(label: str, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=10**11,
        widget=UnfoldAdminIntegerFieldWidget(),
        **options,
    )


class SetupForm(forms.Form):
    """What the bank has set up for us."""

    destination = text("Immediate destination", 20, help_text="The bank's routing number.")
    destination_name = text("The bank's name", 23)
    origin = text("Immediate origin", 10, help_text="Ten characters by which the bank knows the sender.")
    origin_name = text("Name of the sender", 23)
    company_name = text("Company name", 16, help_text="As payees' banks show it.")
    company_identification = text("Company identification", 10)
    odfi = text("ODFI", 8, help_text="The first eight digits of the originating bank's routing number.")
    sec_code = forms.ChoiceField(
        label="SEC code", choices=PayingAccount.SecCode.choices, widget=UnfoldAdminSelectWidget
    )
    entry_description = text("Description", 10, required=True, initial="PAYOUT")
    offset_routing = text("Balanced: routing number", 20, help_text="Empty: the bank debits us by itself.")
    offset_number = MaskedField(
        label="Balanced: account number",
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Of the account that the file debits. Empty: the one that was entered stays.",
    )
    offset_kind = forms.ChoiceField(
        label="Balanced: type", choices=AccountKind.choices, widget=UnfoldAdminSelectWidget
    )
    next_check = _number("Next check")
    last_check = _number("Last check", help_text="Of the range that is in the printer.")


class NewSetupForm(SetupForm):
    """The same, with the bank account."""

    bank_account = forms.ChoiceField(choices=(), widget=UnfoldAdminSelectWidget)
    field_order = ("bank_account",)


class SettingsForm(forms.Form):
    """What the company decides about paying."""

    waiting_days = forms.IntegerField(
        min_value=0,
        max_value=60,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="Days after its confirmation before ACH goes to a new account.",
    )
    minimum = TypedMoneyField(
        above_zero=True,
        widget=UnfoldAdminTextInputWidget(),
        help_text="What is due to a driver below it waits for the next batch.",
    )
    stale_days = forms.IntegerField(
        min_value=30,
        max_value=1000,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text="A check that the bank has not shown after so many days is stale.",
    )


def _offer_accounts(request: HttpRequest, row: None, form: NewSetupForm) -> None:
    field = form.fields["bank_account"]
    assert isinstance(field, forms.ChoiceField)
    rows = BankAccount.objects.filter(company_id=actor_of(request).company_id, is_active=True)
    field.choices = [(str(each.id), each.name) for each in rows]


def _set_up(actor: Actor, bank_account_id: UUID, values: dict[str, Any]) -> Preview:
    said = {name: values[name] for name in (*_TEXTS, *_CHECKS)}
    if values["offset_number"] or not values["offset_routing"]:
        said["offset_number"] = values["offset_number"]
    done = set_up_paying(actor=actor, bank_account_id=bank_account_id, **said)
    balanced = f"balanced by ••••{done.offset_last_digits}" if done.offset_number else "not balanced"
    return Preview(f"{done.bank_account} pays as entered; its ACH files are {balanced}.")


def _enter(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    return _set_up(actor, UUID(values["bank_account"]), values)


def _change(actor: Actor, row: PayingAccount, values: dict[str, Any]) -> Preview:
    return _set_up(actor, row.bank_account_id, values)


def _decide(actor: Actor, row: None, values: dict[str, Any]) -> Preview:
    done = change_settings(actor=actor, **values)
    return Preview(
        f"New accounts wait {done.waiting_days} days; drivers are paid from {format_amount(done.minimum)} on; "
        f"checks are stale after {done.stale_days} days."
    )


def _as_decided(actor: Actor, row: None) -> dict[str, Any]:
    here = settings_of(actor=actor)
    return {"waiting_days": here.waiting_days, "minimum": here.minimum, "stale_days": here.stale_days}


SET_UP: Final = RowAction(
    name="enter",
    title="Set up an account",
    permission=MANAGE,
    icon="add",
    variant=ActionVariant.PRIMARY,
    form=NewSetupForm,
    prepare=_offer_accounts,
    run=_enter,
)
CHANGE: Final = RowAction(
    name="edit",
    title="Change",
    permission=MANAGE,
    icon="edit",
    form=SetupForm,
    run=_change,
    initial=lambda actor, row: {name: getattr(row, name) for name in (*_TEXTS, *_CHECKS)},
)
DECIDE: Final = RowAction(
    name="decide",
    title="Waiting period and minimum",
    permission=MANAGE,
    icon="tune",
    form=SettingsForm,
    run=_decide,
    initial=_as_decided,
)


@admin.register(PayingAccount)
class PayingAccountAdmin(ReadOnlyAdmin, RowActionAdmin):
    """What the ACH files of bank accounts say, and which checks they have."""

    list_display = (
        *("bank_account", "destination", "company_identification", "odfi", "sec_code", "offset_last_digits"),
        *("next_check", "last_check", "changed_by"),
    )
    list_filter = ("sec_code", "bank_account")
    list_select_related = ("bank_account",)
    fields = ("bank_account", *_TEXTS, "offset_last_digits", *_CHECKS, "changed_by", "changed_at")
    ordering = ("-id",)
    list_actions = (SET_UP, DECIDE)
    row_actions = (CHANGE,)
    face = PAYING_FACE

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).defer("offset_number")
