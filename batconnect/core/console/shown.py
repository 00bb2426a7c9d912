"""How a value that nobody types is shown on a row's page: in words, with separators, and never as data of a program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, Final

import unfold.forms
from django.db import models
from django.template.defaultfilters import linebreaksbr
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.fields import UnfoldAdminReadonlyField

from batconnect.core.console.links import CODED
from batconnect.core.kernel.words import describe_code, describe_label, format_day, is_code

_AMOUNT: Final = re.compile(r"-?\d+\.\d\d")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOT_HELP: Final = re.compile(r"[`{]|\b[A-Z]+-\d{4}|characters or fewer")
_NOTHING: Final = "-"


class ShownField(UnfoldAdminReadonlyField):
    """The theme's, which shows JSON as it is stored and codes as they are kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Help that names code is for whoever reads the program, and an example for whoever types.
        if _NOT_HELP.search(str(self.field["help_text"])):
            self.field["help_text"] = ""

    @property
    def is_json(self) -> bool:
        """The theme would frame it as code."""
        return False

    def contents(self) -> SafeString:
        """The value as people read it. It is looked up once; the theme would compute it twice."""
        if not self.resolved_field:
            return conditional_escape(self.empty_value_display)
        field, attribute, value = self.resolved_field
        shown = _shown(field, value)
        if shown is not None:
            return shown
        if field is None and not getattr(attribute, "boolean", False) and not self._is_typed():
            return value.__html__() if hasattr(value, "__html__") else linebreaksbr(value)
        contents: SafeString = super().contents()
        return contents

    def show(self, row: models.Model) -> SafeString:
        """What a column says of one row after another, `-` for nothing."""
        self.form.instance = row
        self.resolved_field = self._resolve_field()
        return self.text()

    def text(self) -> SafeString:
        """The contents, `-` for nothing."""
        contents = self.contents()
        return contents if contents not in ("", "None") else _dash()

    def _is_typed(self) -> bool:
        """Whether the form has a field of that name, whose widget may be the one that shows it."""
        name = self.field["field"]
        return isinstance(name, str) and name in self.form.fields


class ShownLine(unfold.forms.Fieldline):
    """A line of a form, drawn as one text; the theme's takes nine templates a line, and forty classes."""

    @property
    def drawn(self) -> SafeString | None:
        """The line; None where the theme has to draw it: several fields, a box to tick, or a file."""
        if len(self.fields) != 1 or not self.has_visible_field:
            return None
        (field,) = self
        if field.is_checkbox:
            return None
        if field.is_readonly:
            return (
                None
                if field.is_file
                else _drawn_line(
                    field.field["name"],
                    describe_label(str(field.field["label"])),
                    field.text(),
                    field.field["help_text"],
                )
            )
        return _typed_line(field)


def _typed_line(field: Any) -> SafeString:
    """The line of a field that somebody types in, with what is wrong with it."""
    bound = field.field
    errors = bound.errors
    return format_html(
        '<div class="form-row field-{} shown-line group{}"><div class="shown-label">{}</div>'
        '<div class="shown-value is-typed">{}{}{}</div></div>',
        bound.name,
        " errors" if errors else "",
        field.label_tag(),
        bound,
        _help(bound.help_text),
        format_html('<div class="mt-2 text-red-600 text-xs dark:text-red-500">{}</div>', errors)
        if errors
        else "",
    )


def _drawn_line(name: str, label: str, text: SafeString, help_text: Any) -> SafeString:
    return format_html(
        '<div class="form-row field-{} shown-line"><div class="shown-label">{}</div>'
        '<div class="shown-value readonly">{}{}</div></div>',
        name,
        label,
        text,
        _help(help_text),
    )


def _help(text: Any) -> SafeString | str:
    return format_html('<div class="shown-help">{}</div>', text) if text else ""


def _dash() -> SafeString:
    return format_html("{}", _NOTHING)


def show_values_in_words() -> None:
    """The theme makes a form's lines and read-only fields by these names, and offers no other way to put one's own in
    their place."""
    unfold.forms.UnfoldAdminReadonlyField = ShownField
    unfold.forms.Fieldline = ShownLine


def _shown(field: models.Field[Any, Any] | None, value: Any) -> SafeString | None:
    """None: as the theme shows it."""
    if isinstance(field, models.JSONField):
        return describe_data(json.loads(value) if isinstance(value, str) else value)
    if isinstance(field, models.BooleanField) and value is not None:
        return format_html("{}", "Yes" if value else "No")
    if isinstance(field, models.TextField) and isinstance(value, str):
        return linebreaksbr(value)
    if isinstance(field, models.DecimalField) and isinstance(value, Decimal):
        return format_html("{}", f"{value:,}")
    if isinstance(field, models.CharField) and not field.flatchoices and isinstance(value, str):
        # A word of small letters is a code where the column holds codes: `ach`, `dtr`.
        is_coded = is_code(value) or (field.name in CODED and value.islower())
        return format_html("{}", describe_code(value)) if is_coded else None
    return None


def describe_data(said: Any) -> SafeString:
    """An object or a list of JSON as a list of what it says; ids, which lead nowhere here, are folded away."""
    if said in (None, "", [], {}):
        return format_html("{}", _NOTHING)
    if isinstance(said, Mapping):
        told = {name: value for name, value in said.items() if not _is_id(value)}
        ids = {name: value for name, value in said.items() if _is_id(value)}
        return format_html("{}{}", _as_list(_named(told)), _folded(ids))
    if isinstance(said, list):
        if all(not isinstance(each, Mapping | list) for each in said):
            return format_html("{}", ", ".join(map(_plain, said)))
        return _as_list(("", describe_data(each)) for each in said)
    return format_html("{}", _plain(said))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _named(told: Mapping[str, Any]) -> Iterator[tuple[str, SafeString]]:
    for name, value in told.items():
        yield f"{describe_code(name)}: ", describe_data(value)


def _as_list(lines: Any) -> SafeString:
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}{}</li>", lines))


def _folded(ids: Mapping[str, Any]) -> SafeString:
    if not ids:
        return SafeString("")
    return format_html(
        "<details><summary>Details</summary>{}</details>",
        _as_list((f"{describe_code(name)}: ", value) for name, value in ids.items()),
    )


def _plain(value: Any) -> str:
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if _AMOUNT.fullmatch(text):
        return f"{Decimal(text):,}"
    with suppress(ValueError):
        return format_day(date.fromisoformat(text))
    return describe_code(text) if is_code(text) else text
