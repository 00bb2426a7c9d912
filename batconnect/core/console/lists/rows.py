"""The rows of a list, drawn column by column: what is the same in each row of a column is made once a list.

What a cell says is what the theme's own says (console/tests/test_rows.py holds that); the theme looks up each column's
head, classes, field and choices once a cell, and the row's address by resolving it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from typing import Any, Final

from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import lookup_field, quote
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils.hashable import make_hashable
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from unfold.templatetags import unfold_list

from batconnect.core.console.markup import escaped, put_together

KEY: Final = "-key-"
"""What stands for the row's key in the address that all rows of a list share."""
_BOX: Final = "action_checkbox"
Shown = Callable[[Any], tuple[Any, bool]]
"""What a cell says of a row, and whether its line is not broken."""


class DrawnRow:
    """A row as its template takes it."""

    __slots__ = ("form", "html", "instance")

    def __init__(self, instance: models.Model, html: SafeString) -> None:
        self.instance, self.html, self.form = instance, html, None


def drawn_rows(changelist: Any) -> Iterator[DrawnRow]:
    """The rows of the list's page, each as one text."""
    columns = [_drawn_column(changelist, place, name) for place, name in enumerate(changelist.list_display)]
    for row in changelist.result_list:
        yield DrawnRow(row, put_together(column(row) for column in columns))


def _drawn_column(changelist: Any, place: int, name: Any) -> Callable[[Any], str]:
    """Draws the column's cell of a row."""
    heading = (
        unfold_list.result_headers(changelist)[place]["text"] if place else unfold_list._("Select record")
    )
    classes = " ".join([f"field-{unfold_list._coerce_field_name(name, place)}", *unfold_list.ROW_CLASSES])
    if name == _BOX:
        classes = " ".join(unfold_list.CHECKBOX_CLASSES)
    links = _links(changelist, place, name)
    tag = "td"
    if links:
        heading = unfold_list.result_headers(changelist)[place]["text"]
        is_first = not any(_links(changelist, each, changelist.list_display[each]) for each in range(place))
        tag = "th" if is_first else "td"
    rest = f'" data-label="{conditional_escape(heading)}">'
    plain, unbroken, end = (
        f'<{tag} class="{classes}{rest}',
        f'<{tag} class="{classes} nowrap{rest}',
        f"</{tag}>",
    )
    shown = _shown(changelist, name, place)
    if not links:

        def cell(row: Any) -> str:
            text, is_unbroken = shown(row)
            return f"{unbroken if is_unbroken else plain}{escaped(text)}{end}"

        return cell
    opening = _opening(changelist)

    def linked_cell(row: Any) -> str:
        text, is_unbroken = shown(row)
        link = f"{opening(row)}{escaped(text)}</a>"
        return f"{unbroken if is_unbroken else plain}{link}{end}"

    return linked_cell


def _links(changelist: Any, place: int, name: Any) -> bool:
    """Whether the column leads to the row: those that the list names, else its first one."""
    if changelist.list_display_links is None:
        return False
    if not changelist.list_display_links:
        return place == 0
    return name in changelist.list_display_links


def _opening(changelist: Any) -> Callable[[Any], str]:
    """Draws the opening tag of the row's link, whose address differs by the key alone."""
    address = add_preserved_filters(
        {"preserved_filters": changelist.preserved_filters, "opts": changelist.opts},
        changelist.row_pattern,
    )
    before, _, after = escape(address).partition(KEY)
    classes = " ".join(unfold_list.LINK_CLASSES)
    attribute = str(changelist.to_field) if changelist.to_field else changelist.lookup_opts.pk.attname
    popup = ' data-popup-opener="{}"'

    def opening(row: Any) -> str:
        opener = format_html(popup, row.serializable_value(attribute)) if changelist.is_popup else ""
        key = escape(quote(getattr(row, changelist.pk_attname)))
        return f'<a href="{before}{key}{after}" class="{classes}" {opener}>'

    return opening


def _shown(changelist: Any, name: Any, place: int) -> Shown:
    """How the column says what it has of a row: as the theme says it, with the field looked up once."""
    page = changelist.model_admin
    empty = page.get_empty_value_display()
    try:
        field = changelist.opts.get_field(name) if isinstance(name, str) else None
    except FieldDoesNotExist:
        field = None
    # A column's own name (`customer_id`) finds the row's key, and no field, in lists.
    if not isinstance(field, models.Field) or field.auto_created or field.name != name:
        return _shown_computed(changelist, name, empty)
    is_unbroken = isinstance(field, models.DateField | models.TimeField | models.ForeignKey)
    if isinstance(field.remote_field, models.ManyToOneRel):

        def named(row: Any) -> tuple[Any, bool]:
            try:
                value = getattr(row, field.name)
            except ObjectDoesNotExist:
                return empty, False
            return (empty if value is None else value), is_unbroken

        return named
    if field.flatchoices and not field.many_to_many:
        choices = dict(make_hashable(field.flatchoices))
        return lambda row: (choices.get(make_hashable(getattr(row, field.name)), empty), is_unbroken)
    return lambda row: (
        unfold_list.display_for_field(getattr(row, field.name), field, empty),
        is_unbroken,
    )


def _shown_computed(changelist: Any, name: Any, empty: str) -> Shown:
    """Of a column that the table does not have: what a function, the page or the row says."""
    page = changelist.model_admin
    # As `lookup_field` finds them, once for all rows.
    function = name if callable(name) else getattr(page, name, None) if name != "__str__" else None

    def shown(row: Any) -> tuple[Any, bool]:
        try:
            if callable(function):
                attr, value = function, function(row)
            else:
                _field, attr, value = lookup_field(name, row, page)
        except ObjectDoesNotExist:
            return empty, False
        nothing = getattr(attr, "empty_value_display", empty)
        text = _said(attr, value, nothing, row, name)
        return text, isinstance(value, date | time)

    return shown


def _said(attr: Any, value: Any, empty: str, row: Any, name: Any) -> Any:
    if label := getattr(attr, "label", False):
        return unfold_list.display_for_label(value, empty, label)
    if getattr(attr, "dropdown", False):
        return unfold_list.display_for_dropdown(row, name, value, empty)
    if getattr(attr, "header", False):
        return unfold_list.display_for_header(value, empty)
    if type(value) in (str, SafeString):
        return value
    return unfold_list.display_for_value(value, empty, getattr(attr, "boolean", False))
