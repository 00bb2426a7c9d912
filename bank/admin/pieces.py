"""Forms in which bills and coins are counted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from bank.rules.denominations import DENOMINATIONS, MAX_PIECES
from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.base import actor_of
from batconnect.core.kernel.money import TypedMoneyField, format_amount, to_cents

_PIECES: Final = "pieces_"


def currency_field() -> forms.ChoiceField:
    """The currency that the address asked for, sent on with the form."""
    return forms.ChoiceField(choices=list(OFFERED.items()), required=False, widget=forms.HiddenInput)


def asked_currency(request: HttpRequest) -> str:
    """The currency that a form is for: `?currency=`, else the company's."""
    asked = request.POST.get("currency") or request.GET.get("currency", "")
    return asked if asked in OFFERED else actor_of(request).company.base_currency


def amount_field(label: str, **options: Any) -> Any:
    """An amount that may be left out."""
    return TypedMoneyField(label=label, required=False, widget=UnfoldAdminTextInputWidget(), **options)


def offer_pieces(form: forms.Form, currency: str, pieces: Mapping[Decimal, int] | None = None) -> None:
    """A field for each bill and coin of the currency, the largest first."""
    for value in DENOMINATIONS.get(currency, ()):
        form.fields[f"{_PIECES}{to_cents(value)}"] = forms.IntegerField(
            label=f"× {format_amount(value)}",
            required=False,
            min_value=0,
            max_value=MAX_PIECES,
            initial=(pieces or {}).get(value),
            widget=UnfoldAdminIntegerFieldWidget(),
        )


def typed_pieces(values: Mapping[str, Any], currency: str) -> list[tuple[Decimal, int]]:
    """What was typed; nothing where no field was filled."""
    typed = [(value, values.get(f"{_PIECES}{to_cents(value)}")) for value in DENOMINATIONS.get(currency, ())]
    return [(value, count) for value, count in typed if count]
