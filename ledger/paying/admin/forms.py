"""What somebody who pays drivers is asked for."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.base import actor_of
from batconnect.core.console.confirmations import reason_field
from batconnect.core.console.form_fields import DayField, MaskedField
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import InvalidInput
from batconnect.core.kernel.money import ZERO
from batconnect.directory.models import Driver
from ledger.models import Dtr
from ledger.paying.models import PayoutBatch
from ledger.paying.models.payees import AccountKind
from ledger.treasury.models import BankAccount

WAYS: Final = ((PayoutBatch.Way.ACH.value, "ACH file"), (PayoutBatch.Way.CHECK.value, "Checks"))


def text(label: str, length: int, **options: Any) -> forms.CharField:
    """A line of text."""
    return forms.CharField(
        label=label, max_length=length, widget=UnfoldAdminTextInputWidget(), **{"required": False, **options}
    )


class BatchForm(forms.Form):
    """Whom a batch pays, and how."""

    way = forms.ChoiceField(label="Method", choices=WAYS, widget=UnfoldAdminSelectWidget)
    week = forms.ChoiceField(
        label="Week",
        required=False,
        choices=(),
        widget=UnfoldAdminSelectWidget,
        help_text="What is due of it.",
    )
    only = forms.CharField(
        label="Only these DTRs",
        required=False,
        max_length=250_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="Their numbers, separated by blanks or commas; empty: everything that is due.",
    )
    bank_account = forms.ChoiceField(
        label="From",
        required=False,
        choices=(),
        widget=UnfoldAdminSelectWidget,
        help_text="The usual one if empty.",
    )
    effective_on = DayField(
        label="Effective on",
        required=False,
        help_text="ACH: the next banking day if empty. Checks: their date, today if empty.",
    )


def offer_batch(request: HttpRequest, row: None, form: BatchForm) -> None:
    """Let the form choose among the weeks with something due, and the bank accounts; `?only=` names DTRs."""
    actor: Actor = actor_of(request)
    due = Dtr.objects.filter(company_id=actor.company_id, status=Dtr.Status.FINALIZED, due_to_driver__gt=ZERO)
    weeks = due.order_by("-week").values_list("week", flat=True).distinct()[:52]
    _choices(form, "week", [("", "All that is due"), *((f"{week}", f"Week of {week}") for week in weeks)])
    accounts = BankAccount.objects.filter(company_id=actor.company_id, is_active=True)
    _choices(form, "bank_account", [("", "The usual one"), *((str(each.id), each.name) for each in accounts)])
    if not form.is_bound and request.GET.get("only"):
        form.fields["only"].initial = request.GET["only"][:250_000]


def numbers_of(values: dict[str, Any]) -> list[str] | None:
    """The DTRs that the form names; None for all. Raises InvalidInput where it names a week as well."""
    named = values["only"].replace(",", " ").upper().split()
    if named and values["week"]:
        raise InvalidInput("Choose a week, or name DTRs, not both.", field="only")
    return named or None


def week_of(values: dict[str, Any]) -> date | None:
    """The week that was chosen."""
    return date.fromisoformat(values["week"]) if values["week"] else None


class AccountForm(forms.Form):
    """The account that a driver is to be paid to."""

    holder_name = text("Name of the account", 120, help_text="The driver's name if empty.")
    routing_number = text("Routing number", 20, required=True, help_text="Nine digits, from a check.")
    account_number = MaskedField(
        label="Account number",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="1 to 17 digits and letters. Only its last four are shown from here on.",
    )
    kind = forms.ChoiceField(label="Type", choices=AccountKind.choices, widget=UnfoldAdminSelectWidget)
    note = text("Note", 500, help_text="For the second person: how you know.")


class AccountOfDriverForm(AccountForm):
    """The same, with the driver."""

    driver = text("Driver", 20, required=True, help_text="The driver's number or TLC license.")
    field_order = ("driver", "holder_name", "routing_number", "account_number", "kind", "note")


class HoldOfDriverForm(forms.Form):
    """Who is not to be paid, and why."""

    driver = text("Driver", 20, required=True, help_text="The driver's number or TLC license.")
    reason = reason_field()


def driver_named(actor: Actor, named: str) -> Driver:
    """The driver with this number or license. Raises InvalidInput."""
    rows = Driver.objects.filter(company_id=actor.company_id).select_related("customer")
    driver = rows.filter(driver_id__iexact=named).first() or rows.filter(tlc_license=named).first()
    if driver is None:
        raise InvalidInput(f"There is no driver {named}.", field="driver")
    return driver


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
