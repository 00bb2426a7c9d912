"""Inputs and lists of choices are drawn as their templates would draw them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.db import models
from django.forms.renderers import DjangoTemplates
from django.test import RequestFactory
from django.test.html import parse_html
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.form_fields import DayField
from batconnect.core.console.widgets import ConsoleRenderer
from tests.tree import PACKAGES

HOSTILE = '<b title="x">&\' O’Neil مرحبا'
CHOICES: list[Any] = [("", "---"), (1, HOSTILE), ("b&", "two"), ("More", [("c", "three"), (4, 4_000)])]
WIDGETS: dict[str, forms.Widget] = {
    "text": forms.TextInput({"class": "a b", "required": True, "disabled": False}),
    "hidden": forms.HiddenInput(),
    "number": forms.NumberInput({"min": 1}),
    "email": UnfoldAdminEmailInputWidget(),
    "date": forms.DateInput(),
    "password": forms.PasswordInput(render_value=True),
    "ticked": forms.CheckboxInput(),
    "textarea": forms.Textarea({"rows": 3}),
    "theme's box": UnfoldAdminTextInputWidget({"placeholder": HOSTILE}),
    "theme's box with a sign": UnfoldAdminTextInputWidget({"prefix": "$", "suffix_icon": "help"}),
    "theme's textarea": UnfoldAdminTextareaWidget(),
    "select": forms.Select(choices=CHOICES),
    "several": forms.SelectMultiple(choices=CHOICES),
    "theme's select": UnfoldAdminSelectWidget({"x-model": "action"}, choices=CHOICES),
    "buttons": forms.RadioSelect(choices=CHOICES),
}
VALUES: dict[str, Any] = {
    "nothing": None,
    "words": HOSTILE,
    "safe": SafeString("a&amp;b"),
    "figure": 4,
    "list": ["b&", "c"],
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_is_drawn_as_by_its_template(name: str, value: str) -> None:
    given, attributes = VALUES[value], {"id": f"id_{name}", "title": HOSTILE}
    # A theme's widget forgets the signs beside it once it was drawn.
    ours = deepcopy(WIDGETS[name]).render("field&name", given, attributes, ConsoleRenderer())
    theirs = deepcopy(WIDGETS[name]).render("field&name", given, attributes, DjangoTemplates())

    # The arrow's classes stand in frame.css.
    theirs = re.sub(
        r'class="[^"]*">expand_more', 'class="material-symbols-outlined select-arrow">expand_more', theirs
    )
    assert parse_html(ours) == parse_html(theirs)
    assert HOSTILE not in ours


@pytest.mark.parametrize("label", ["words", "safe"])
def test_a_label_is_drawn_as_by_its_template(label: str) -> None:
    def drawn(renderer: DjangoTemplates) -> str:
        form = forms.Form(renderer=renderer)
        form.fields["name"] = forms.CharField(label=VALUES[label])
        return form["name"].label_tag(attrs={"class": "a"}) + form["name"].legend_tag()

    assert parse_html(drawn(ConsoleRenderer())) == parse_html(drawn(DjangoTemplates()))


def test_every_day_of_our_forms_is_chosen_in_a_calendar() -> None:
    """Of pages, actions, operations and reports; what is a table's column may have the theme's calendar."""
    request = RequestFactory().get("/")
    columns = {
        (model._meta.label, field.name): page.formfield_for_dbfield(field, request)
        for model, page in admin.site._registry.items()
        for field in model._meta.concrete_fields
        if type(field) is models.DateField and field.editable
    }
    asked = {
        (form.__qualname__, name): field for form in _forms(forms.BaseForm) for name, field in _days_of(form)
    }

    assert [name for name, field in asked.items() if not _is_calendars(field)] == []
    assert [name for name, field in columns.items() if field and not _opens_one(field)] == []
    assert len(asked) > 20
    assert len(columns) > 20


def _forms(kind: type[Any]) -> Iterator[type[forms.BaseForm]]:
    for each in kind.__subclasses__():
        if each.__module__.partition(".")[0] in PACKAGES and ".tests." not in each.__module__:
            yield each
        yield from _forms(each)


def _days_of(form: type[forms.BaseForm]) -> list[tuple[str, forms.Field]]:
    """Those that the form declares: a column's field is the page's."""
    fields: dict[str, forms.Field] = getattr(form, "declared_fields", {})
    return [(name, field) for name, field in fields.items() if isinstance(field, forms.DateField)]


def _is_calendars(field: forms.Field) -> bool:
    return isinstance(field, DayField) and getattr(field.widget, "input_type", "") == "date"


def _opens_one(field: forms.Field) -> bool:
    widget = field.widget
    return isinstance(widget, AdminDateWidget) and "admin/js/calendar.js" in str(widget.media)
