"""The fields of the counter's forms, in the theme's dress. What is wrong with a value, the services say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.refusals import TakesErrors
from batconnect.core.kernel.errors import FieldError, InvalidInput
from batconnect.core.kernel.money import NotMoney, TwoReadings, parse_money

LONGEST_NOTES: Final = 500
LONGEST_VALUE: Final = 500


def money_field(label: str, **attrs: Any) -> forms.CharField:
    """An amount in plain digits."""
    return _text(label, inputmode="decimal", placeholder="0.00", **{"data-money": "", **attrs})


def day_field(label: str, *, help_text: str = "", **attrs: Any) -> forms.CharField:
    """A date with the browser's calendar; sent as YYYY-MM-DD whatever its looks."""
    return _text(label, help_text=help_text, type="date", **attrs)


def text_field(label: str, *, help_text: str = "", **attrs: Any) -> forms.CharField:
    """A line of text."""
    return _text(label, help_text=help_text, **attrs)


def choice_field(label: str, choices: Iterable[tuple[str, str]]) -> forms.CharField:
    """One of few; any other value is the service's to refuse."""
    return forms.CharField(
        required=False, label=label, widget=UnfoldAdminSelectWidget(choices=tuple(choices))
    )


def notes_field() -> forms.CharField:
    """Free words, kept with what is made."""
    return forms.CharField(
        required=False,
        label="Notes",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "maxlength": LONGEST_NOTES}),
    )


def _text(label: str, *, help_text: str = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        label=label,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs}),
    )


class TypedAmounts:
    """Amounts as people type them, turned into the plain digits that a step takes.

    A text that is not an amount is passed on unchanged, so that the step reports everything that is wrong at once;
    `explained` then says beside the field why, and how to write it.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.wrong: dict[str, str] = {}

    def plain(self, field: str, text: str) -> str:
        """The amount in plain digits; `field` is the step's name of it."""
        try:
            return str(parse_money(text, currency=self.currency))
        except TwoReadings as error:
            self.wrong[field] = str(error)
        except NotMoney:
            pass  # the step says so
        return text.strip()

    def explained(self, refusal: InvalidInput) -> InvalidInput:
        """The refusal, with our reason where a text is not an amount."""
        errors = [
            FieldError(each.field, self.wrong.get(each.field, each.message), each.code)
            for each in refusal.errors
        ]
        return InvalidInput(refusal.message, code=refusal.code, errors=errors)


class CounterForm(TakesErrors, forms.Form):
    """A form that shows what was typed and the services' refusals; it does not check anything itself."""

    def __init__(self, data: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if data is not None:
            self.is_valid()

    @classmethod
    def typed(cls, sent: Any) -> dict[str, str]:
        """What of a request belongs to the form, each value cut to a bearable length."""
        return {name: str(sent.get(name, ""))[: LONGEST_VALUE + 1] for name in (*cls.base_fields, "lease")}
