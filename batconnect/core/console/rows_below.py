"""Rows of other tables below a record, to read: drawn as tables, without the forms that nobody could send.

A table shows so many rows at once (`PER_PAGE`), says how many there are, and leads to the others: page by page, and to
the list of all of them where their table has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final, cast
from urllib.parse import urlencode

from django.contrib.admin.utils import flatten_fieldsets
from django.db import models
from django.forms.models import _get_foreign_key
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from batconnect.core.console.faces.drawing import cell_start
from batconnect.core.console.faces.people import People
from batconnect.core.console.links import Link, LinkingSite, keeps_name
from batconnect.core.console.markup import put_together
from batconnect.core.console.rights import actor_of
from batconnect.core.console.shown import ShownField
from batconnect.core.kernel.words import describe_label

PER_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class RowsBelow:
    """The rows of one table: which of how many they are (`first` to `last` of `count`), and where the others are."""

    name: str
    title: str
    headings: Sequence[tuple[str, str, bool]]
    body: SafeString
    first: int
    last: int
    count: int
    others: Sequence[Link]


class _RowField(ShownField):
    """A column's value of one row after another; the empty row that it is made with has none."""

    def _resolve_field(self) -> Any:
        return False if self.form.instance._state.adding else super()._resolve_field()


class _Column:
    """A column of such a table."""

    def __init__(self, inline: Any, name: str, people: People) -> None:
        meta = SimpleNamespace(labels=None, help_texts=None, model=inline.model)
        form = SimpleNamespace(_meta=meta, fields={}, instance=inline.model())
        self._field = _RowField(form, name, is_first=True, model_admin=inline)
        self.heading = describe_label(str(self._field.field["label"]))
        self.help = str(self._field.field["help_text"] or "")
        column = next((each for each in inline.model._meta.concrete_fields if each.name == name), None)
        is_counted = isinstance(column, models.DecimalField | models.IntegerField)
        self.is_number = is_counted and not getattr(column, "choices", None)
        self._name = name if keeps_name(inline.model, name) else ""
        self._people = people

    def show(self, row: models.Model) -> SafeString:
        """What it says of the row."""
        if self._name and (kept := getattr(row, self._name)):
            return conditional_escape(self._people.full_name(kept, None))
        return self._field.show(row)


def rows_below(page: Any, request: HttpRequest, row: models.Model, inlines: Sequence[Any]) -> list[RowsBelow]:
    """The tables of these inlines, in their order."""
    return [_rows_of(page, request, row, each) for each in inlines]


def _rows_of(page: Any, request: HttpRequest, row: models.Model, inline: Any) -> RowsBelow:
    key = _get_foreign_key(page.model, inline.model, fk_name=inline.fk_name)
    found = _in_one_order(inline.get_queryset(request).filter(**{key.name: row}))
    name = str(key.remote_field.get_accessor_name(model=inline.model))
    before = PER_PAGE * (_page_asked(request, name) - 1)
    # What the page has read of them already, in the same order: `rows_read`, where an inline has it.
    read = inline.rows_read(row) if not before and hasattr(inline, "rows_read") else None
    if read is None or len(read) > PER_PAGE:
        read = found[before : before + PER_PAGE + 1]
    rows = list(read)
    is_part = before > 0 or len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    headings, body = _drawn(page, request, inline, rows)
    count = found.count() if is_part else len(rows)
    return RowsBelow(
        name=name,
        title=capfirst(str(inline.verbose_name_plural)),
        headings=headings,
        body=body,
        first=before + 1,
        last=before + len(rows),
        count=count,
        others=[*_pages(name, before, count), *_list(page, request, inline, key, row, count)]
        if is_part
        else (),
    )


def _in_one_order(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """In the order that is declared, and among equals in that of their keys: no row is on two pages, or on none."""
    declared = tuple(rows.query.order_by) or tuple(rows.model._meta.ordering or ())
    is_newest_first = str(declared[0]).startswith("-") if declared else False
    return rows.order_by(*declared, "-pk" if is_newest_first else "pk")


def _page_asked(request: HttpRequest, name: str) -> int:
    text = request.GET.get(f"rows-{name}", "")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 1


_DIGITS: Final = 6


def _pages(name: str, before: int, count: int) -> list[Link]:
    """The rows before, and those after."""
    here = before // PER_PAGE + 1
    pages = []
    if here > 1:
        pages.append((f"The {PER_PAGE} before", min(here - 1, -(-count // PER_PAGE))))
    if (left := count - before - PER_PAGE) > 0:
        pages.append((f"The next {min(left, PER_PAGE)}", here + 1))
    return [Link(text, f"?{urlencode({f'rows-{name}': at})}#{name}-group") for text, at in pages]


def _list(
    page: Any, request: HttpRequest, inline: Any, key: models.ForeignKey[Any], row: models.Model, count: int
) -> list[Link]:
    """The list of all, for whom it is open; where it is narrowed by what they belong to."""
    there = page.admin_site._registry.get(inline.model)
    if there is None or not there.has_view_permission(request) or key.name not in there.list_filter:
        return []
    opts = inline.model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    narrowed = urlencode({f"{key.name}__id__exact": str(row.pk)})
    return [Link(f"All {count:,}", f"{address}?{narrowed}")]


def _drawn(
    page: Any, request: HttpRequest, inline: Any, rows: Sequence[models.Model]
) -> tuple[list[tuple[str, str, bool]], SafeString]:
    """The headings and the rows. Rows that have a page of their own lead there, by their first column where that is
    what they are called, else by one before it."""
    people = People(actor_of(request))
    columns = [_Column(inline, name, people) for name in flatten_fieldsets(inline.get_fieldsets(request))]
    headings = [(each.heading, each.help, each.is_number) for each in columns]
    cells = [[each.show(row) for each in columns] for row in rows]
    if page.admin_site.is_registered(inline.model):
        names = [str(row) for row in rows]
        if any(line[0] != conditional_escape(name) for name, line in zip(names, cells, strict=True)):
            headings.insert(0, (capfirst(str(inline.verbose_name)), "", False))
            cells = [[conditional_escape(name), *line] for name, line in zip(names, cells, strict=True)]
        if inline.show_change_link:
            for row, line in zip(rows, cells, strict=True):
                line[0] = _linked(page, request, row, line[0])
    starts = [cell_start(heading, is_number=is_number) for heading, _, is_number in headings]
    return headings, put_together(
        f"<tr>{''.join(f'{start}{cell}</td>' for start, cell in zip(starts, line, strict=True))}</tr>"
        for line in cells
    )


def _linked(page: Any, request: HttpRequest, row: models.Model, text: SafeString) -> SafeString:
    address = cast(LinkingSite, page.admin_site).address_of_row(request, type(row), row.pk)
    return format_html('<a class="face-link" href="{}">{}</a>', address, text) if address else text
