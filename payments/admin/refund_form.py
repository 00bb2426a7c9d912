"""The form of a refund: how much and why, and how it is paid where that is not as the payment was."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.confirmations import AmountReasonForm
from batconnect.core.console.form_fields import DayField
from ledger.chart import METHODS
from ledger.treasury.models import BankAccount, Drawer
from ledger.treasury.services.paying import PaidFrom
from payments.models import Allocation, Payment

_AS_PAID: Final = ("", "As the payment was made")
_DEFAULT_ACCOUNT: Final = ("", "The default account")
_OWN_DRAWER: Final = ("", "Your own drawer, else the office's")


def _choice(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=UnfoldAdminSelectWidget)


class RefundForm(AmountReasonForm):
    """What is left open is the payment's method, the default account or drawer, its customer, and today."""

    method = _choice("Method", [_AS_PAID, *METHODS.items()])
    bank_account_id = _choice("Bank account", [_DEFAULT_ACCOUNT])
    drawer_id = _choice("Drawer", [_OWN_DRAWER])
    reference = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    paid_on = DayField(label="Paid on", required=False)
    payee = forms.CharField(max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    field_order = (
        *("amount", "reason"),
        *("method", "bank_account_id", "drawer_id", "reference", "paid_on", "payee"),
    )


def offer_places(request: HttpRequest, row: Payment | Allocation, form: RefundForm) -> None:
    """The bank accounts and drawers of the payment's currency."""
    currency = row.currency if isinstance(row, Payment) else row.payment.currency
    for name, model, first in (
        ("bank_account_id", BankAccount, _DEFAULT_ACCOUNT),
        ("drawer_id", Drawer, _OWN_DRAWER),
    ):
        places = model.objects.filter(company_id=row.company_id, currency=currency, is_active=True)
        field = form.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [first, *((str(each.pk), each.name) for each in places)]


def said_by(values: dict[str, Any]) -> PaidFrom:
    """How it is to be paid, as the form says it."""
    said = {each.name: values[each.name] for each in fields(PaidFrom) if values.get(each.name)}
    for name in ("bank_account_id", "drawer_id"):
        if name in said:
            said[name] = UUID(said[name])
    return PaidFrom(**{"method": "", **said})
