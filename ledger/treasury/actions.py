"""The form of the console's actions that pay something out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from batconnect.core.console.form_fields import DayField
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import today
from ledger.chart import METHODS
from ledger.treasury.models import BankAccount, Drawer
from ledger.treasury.services.paying import PaidFrom


class PaidFromForm(forms.Form):
    """How it is paid: from which bank account or drawer, unless it is the usual one."""

    method = forms.ChoiceField(
        choices=tuple(METHODS.items()), initial="check", widget=UnfoldAdminSelectWidget
    )
    place = forms.ChoiceField(
        required=False,
        label="From",
        choices=(),
        widget=UnfoldAdminSelectWidget,
        help_text="The usual one if empty.",
    )
    reference_number = forms.CharField(max_length=60, required=False, widget=UnfoldAdminTextInputWidget)
    paid_on = DayField()


def offer_places(request: Any, row: Any, form: PaidFromForm) -> None:
    """Let the form choose among the company's bank accounts and drawers, in the row's currency where it has one."""
    actor: Actor = request.actor
    here: dict[str, Any] = {"company_id": actor.company_id, "is_active": True}
    if currency := getattr(row, "currency", ""):
        here["currency"] = currency
    field = form.fields["place"]
    assert isinstance(field, forms.ChoiceField)
    field.choices = [
        ("", "The usual one"),
        *((f"bank:{each.id}", each.name) for each in BankAccount.objects.filter(**here)),
        *((f"drawer:{each.id}", f"Drawer {each.name}") for each in Drawer.objects.filter(**here)),
    ]


def paid_from(values: dict[str, Any], *, payee: str = "") -> PaidFrom:
    """What the form says."""
    kind, _, key = values["place"].partition(":")
    return PaidFrom(
        method=values["method"],
        bank_account_id=UUID(key) if kind == "bank" else None,
        drawer_id=UUID(key) if kind == "drawer" else None,
        reference=values["reference_number"].strip(),
        payee=payee,
        paid_on=values["paid_on"],
    )


def today_of(actor: Actor, row: Any) -> dict[str, Any]:
    """What the form begins with: today."""
    return {"paid_on": today(actor.company)}
