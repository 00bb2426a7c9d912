"""The cells of a list: no class but their column's, and nothing made once a row that is the same (console/lists.css).

The theme writes thirty classes into every cell, which were three quarters of a page of fifty rows, and makes the heads
of the columns anew for each row, which was a third of its time. It offers no way to put others in their place, so what
it calls by fixed names is replaced once, when the console starts (as `core.console.shown` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from unfold.templatetags import unfold_list
from unfold.utils import display_for_field, display_for_label, display_for_value

from batconnect.core.console.lists.rows import drawn_rows
from batconnect.core.kernel.money import format_amount
from batconnect.core.kernel.words import describe_code, describe_label, is_code

_make_headers = unfold_list.result_headers
_OF_MONEY: Final = 2
"""Decimal places."""


def shorten_cells() -> None:
    """Leave to our sheet how a cell looks, and make heads and labels once."""
    unfold_list.ROW_CLASSES[:] = []
    unfold_list.CHECKBOX_CLASSES[:] = ["action-checkbox"]
    unfold_list.LINK_CLASSES[:] = ["cell-link"]
    unfold_list.result_headers = _headers
    unfold_list.display_for_label = _label
    unfold_list.display_for_field = _field
    unfold_list.display_for_value = _value
    unfold_list.results = drawn_rows


def _headers(changelist: Any) -> list[Any]:
    """The heads of the columns, made once a list."""
    kept: list[Any] | None = changelist.__dict__.get("made_headers")
    if kept is None:
        kept = changelist.made_headers = [
            {**each, "text": describe_label(str(each["text"]))}
            if type(each["text"]) is str or isinstance(each["text"], Promise)
            else each
            for each in _make_headers(changelist)
        ]
    return kept


def _label(value: Any, empty: str, label: Any) -> SafeString:
    """A value as a colored label: there are a few of each list, each drawn once."""
    colors = tuple(label.items()) if isinstance(label, Mapping) else label
    try:
        return _drawn(value, str(empty), colors)
    except TypeError:  # what cannot be a key, such as a list of values
        drawn: SafeString = display_for_label(value, empty, label)
        return drawn


@lru_cache(maxsize=256)
def _drawn(value: Any, empty: str, colors: Any) -> SafeString:
    label = dict(colors) if isinstance(colors, tuple) else colors
    drawn: SafeString = display_for_label(value, empty, label)
    return drawn


def _field(value: Any, field: Any, empty: str) -> Any:
    """A column's value; days and instants, which repeat, are said once."""
    if type(value) is date:
        return _day(value)
    if type(value) is datetime:
        return _instant(localtime(value).replace(tzinfo=None))
    if type(value) is Decimal:
        # Rates have more places than money, and few of them say anything.
        return (
            format_amount(value)
            if getattr(field, "decimal_places", _OF_MONEY) == _OF_MONEY
            else f"{value.normalize():,f}"
        )
    if type(value) is str and is_code(value) and (field.name == "actor" or field.name.endswith("_by")):
        return describe_code(value)  # a job or a command
    return display_for_field(value, field, empty)


def _value(value: Any, empty: str, boolean: bool = False) -> Any:
    """What a function says of a row: amounts as everywhere, and yes or no in words: a red cross warns of what is quite
    right."""
    if boolean:
        return "Yes" if value else empty if value is None else "No"
    return format_amount(value) if type(value) is Decimal else display_for_value(value, empty, boolean)


@lru_cache(maxsize=4096)
def _day(value: date) -> str:
    return str(localize(value))


@lru_cache(maxsize=4096)
def _instant(value: datetime) -> str:
    """On the clock of the company, whose zone the key has left already."""
    return str(localize(value))
