"""The parameters of reports: forms that a link can carry, with defaults for what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.http import QueryDict
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from batconnect.core.companies.currencies import OFFERED
from batconnect.core.console.form_fields import DayField
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.clock import FIRST_YEAR, LAST_YEAR, today, week_start
from batconnect.directory.models import Customer
from ledger.chart import Category

_MAX_CUSTOMERS: Final = 200


class KnownAtField(forms.DateTimeField):
    """An instant in the company's time, chosen in the browser's calendar or written as YYYY-MM-DD HH:MM."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}
        )
        formats = [f"%Y-%m-%d{between}%H:%M{seconds}" for between in "T " for seconds in ("", ":%S")]
        super().__init__(required=False, widget=widget, input_formats=formats, **options)
        self.error_messages["invalid"] = "Enter an instant as YYYY-MM-DD HH:MM."


def known_at_field() -> KnownAtField:
    """As the books were known then: what was posted later is left out."""
    return KnownAtField(label="As known at", help_text="Empty: as it is known now.")


def currency_field() -> forms.ChoiceField:
    """One currency, or all of them side by side."""
    choices = [("", "All"), *((code, f"{code}, {name}") for code, name in OFFERED.items())]
    return forms.ChoiceField(choices=choices, required=False, widget=UnfoldAdminSelectWidget)


def category_field() -> forms.ChoiceField:
    """One category of obligations, or all."""
    choices = [("", "All"), *((each.value, each.label) for each in Category)]
    return forms.ChoiceField(choices=choices, required=False, widget=UnfoldAdminSelectWidget)


def choice_field(*choices: tuple[str, str], **options: Any) -> forms.ChoiceField:
    """One of a few."""
    return forms.ChoiceField(choices=choices, required=False, widget=UnfoldAdminSelectWidget, **options)


def tick_field(**options: Any) -> forms.BooleanField:
    """Yes or no."""
    return forms.BooleanField(required=False, widget=UnfoldBooleanWidget, **options)


def customer_field() -> forms.CharField:
    """Whose: a part of the name, or a whole number; see `ParametersForm.clean_customer`."""
    return text_field(label="Customer", help_text="Part of the name, or a number")


def text_field(**options: Any) -> forms.CharField:
    """A short text."""
    return forms.CharField(required=False, max_length=100, widget=UnfoldAdminTextInputWidget, **options)


class ParametersForm(forms.Form):
    """What a report is asked for. Always bound: what the link leaves out or empty has the default of `defaults`.

    `cleaned_data` holds days as dates, and of a customer that was named the ids as `customer_ids`.
    """

    def __init__(self, *, actor: Actor, query: QueryDict) -> None:
        self.actor = actor
        self.today = today(actor.company)
        data = query.copy()
        for name, value in self.defaults().items():
            if not data.get(name):
                data[name] = value
        super().__init__(data)
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.widget.attrs["max"] = self.today.isoformat()

    def defaults(self) -> Mapping[str, str]:
        """The parameters' usual values, as a link would write them."""
        return {}

    def clean_customer(self) -> str:
        """The words, and as `customer_ids` whom they name."""
        words: str = self.cleaned_data["customer"].strip()
        if not words:
            return ""
        named = (
            Q(name__icontains=words)
            | Q(external_reference__iexact=words)
            | Q(drivers__driver_id__iexact=words)
            | Q(drivers__tlc_license__iexact=words)
        )
        customers = Customer.objects.filter(named, company_id=self.actor.company_id).order_by("id")
        ids = list(customers.values_list("id", flat=True).distinct()[: _MAX_CUSTOMERS + 1])
        if not ids:
            raise forms.ValidationError("No customer or driver has that name.")
        if len(ids) > _MAX_CUSTOMERS:
            raise forms.ValidationError(
                f"More than {_MAX_CUSTOMERS} customers have that name; type more of it."
            )
        self.cleaned_data["customer_ids"] = ids
        return words

    def clean_known_at(self) -> datetime | None:
        """The instant, read in the company's time, to the end of its second or minute."""
        typed: datetime | None = self.cleaned_data["known_at"]
        if typed is None:
            return None
        if not FIRST_YEAR <= typed.year <= LAST_YEAR:
            raise forms.ValidationError(f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
        # What was posted at 10:00:30 is shown as 10:00.
        rest = timedelta(seconds=1) if typed.second else timedelta(minutes=1)
        zone = ZoneInfo(self.actor.company.time_zone)
        return typed.replace(tzinfo=zone) + rest - timedelta(microseconds=1)

    def clean(self) -> dict[str, Any]:
        """Days lie between 1900 and the company's today."""
        for name, field in self.fields.items():
            day = self.cleaned_data.get(name)
            if not isinstance(field, DayField) or day is None:
                continue
            if day > self.today:
                self.add_error(name, f"{day} is after today, {self.today}.")
            elif day.year < FIRST_YEAR:
                self.add_error(name, f"{day} is before {FIRST_YEAR}.")
        return self.cleaned_data

    def asked(self) -> list[tuple[str, str]]:
        """What was asked for in words, for the head of the files: everything but what was left open."""
        said = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in (None, "", False):
                continue
            if isinstance(value, datetime):
                value = f"{value:%Y-%m-%d %H:%M}"
            if isinstance(field, forms.ChoiceField):
                value = dict(field.choices)[value]  # type: ignore[arg-type]  # pairs, without groups
            said.append((str(field.label or name), "Yes" if value is True else str(value)))
        return said


class AsOfForm(ParametersForm):
    """The end of a day."""

    as_of = DayField(label="As of the end of")
    currency = currency_field()

    def defaults(self) -> Mapping[str, str]:
        return {"as_of": self.today.isoformat()}


class PeriodForm(ParametersForm):
    """From one day to another, both included; `longest` at most."""

    longest: ClassVar[tuple[timedelta, str]] = (timedelta(days=366), "a year")

    first = DayField(label="From")
    last = DayField(label="To")

    def clean(self) -> dict[str, Any]:
        super().clean()
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and not self.errors:
            if first > last:
                self.add_error("last", f"It is before the first day, {first}.")
            elif last - first > self.longest[0]:
                self.add_error("last", f"The report covers {self.longest[1]} at most.")
        return self.cleaned_data

    def defaults(self) -> Mapping[str, str]:
        return {"first": self.today.replace(day=1).isoformat(), "last": self.today.isoformat()}


class WeekForm(ParametersForm):
    """A week by its Sunday; any day of it is taken for it."""

    week = DayField(label="Week", help_text="The Sunday it begins on; any other day stands for its week.")

    def clean_week(self) -> date:
        """The week's Sunday."""
        return week_start(self.cleaned_data["week"])

    def asked(self) -> list[tuple[str, str]]:
        week = self.cleaned_data["week"]
        said = dict(super().asked())
        return list({**said, "Week": f"{week} to {week + timedelta(days=6)}"}.items())

    def defaults(self) -> Mapping[str, str]:
        """The last week that is over."""
        return {"week": (week_start(self.today) - timedelta(days=7)).isoformat()}
