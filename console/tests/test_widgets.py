"""Inputs and lists of choices are drawn as their templates would draw them."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from batconnect.core.console.widgets import ConsoleRenderer

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
