"""A filtered list as a file: its columns as the page shows them, the filter in words, and the totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.http import FileResponse, HttpRequest
from django.utils.html import strip_tags
from django.utils.safestring import SafeData

from batconnect.core.console.lists.columns import column_name
from batconnect.core.console.lists.totals import add_up
from batconnect.core.console.rights import actor_of
from batconnect.core.files.exports import Column, export_response
from batconnect.core.files.exports.columns import Kind
from batconnect.core.files.exports.list_pdf import MAX_PDF_ROWS
from batconnect.core.kernel.codes import EXPORT_TOO_LARGE
from batconnect.core.kernel.errors import InvalidInput

MAX_ROWS: Final = {"excel": 100_000, "csv": 100_000, "pdf": MAX_PDF_ROWS}
"""More would take too long for a web request; the API's own exports of payments and postings have no such limit."""
_CHUNK: Final = 1_000
NOT_COLUMNS: Final = frozenset({"action_checkbox"})


def download(request: HttpRequest, changelist: Any, *, format: str) -> FileResponse:
    """The changelist's filtered rows. Raises InvalidInput `export_too_large` before anything is written."""
    limit = MAX_ROWS[format]
    admin = changelist.model_admin
    queryset = changelist.queryset
    if queryset.order_by()[: limit + 1].count() > limit:
        raise InvalidInput(
            f"The list has more than the {limit:,} rows that such a file takes; narrow the filter.",
            code=EXPORT_TOO_LARGE,
            field="format",
        )
    names = [name for each in changelist.list_display if (name := column_name(each)) not in NOT_COLUMNS]
    columns = [_column(changelist, name) for name in names]
    title = str(changelist.opts.verbose_name_plural)
    totals = add_up(queryset, amounts=admin.totals, currency=admin.totals_currency, everything=True)
    lines = [_total_line(changelist, columns, line) for line in totals.currencies]
    return export_response(
        _rows(changelist, columns),
        columns,
        format=format,
        name=title.replace(" ", "-"),
        title=title[:1].upper() + title[1:],
        actor=actor_of(request),
        filters=changelist.filter_labels,
        totals=[line for line in lines if line],
        opened=True,
    )


def _rows(changelist: Any, columns: list[Column]) -> Iterator[Mapping[str, Any]]:
    for row in changelist.queryset.iterator(chunk_size=_CHUNK):
        yield {column.key: shown_value(changelist.model_admin, column.key, row) for column in columns}


def shown_value(page: Any, name: str, row: models.Model) -> Any:
    """What the page's list shows, as a value: the label of a choice, the name of a row, a text without its links."""
    try:
        field, _, value = lookup_field(name, row, page)
    except ObjectDoesNotExist:
        return ""
    if field is not None and field.is_relation:
        value = getattr(row, field.name)
    elif field is not None and getattr(field, "flatchoices", None):
        value = dict(field.flatchoices).get(value, value)
    if isinstance(value, SafeData):
        return strip_tags(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, str | int | Decimal | date | datetime):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _column(changelist: Any, name: str) -> Column:
    title = str(label_for_field(name, changelist.model, changelist.model_admin))
    return Column(key=name, title=title[:1].upper() + title[1:], kind=kind_of(changelist.model_admin, name))


def kind_of(page: Any, name: str) -> Kind:
    """The kind of a column of the page's list."""
    try:
        field = page.model._meta.get_field(name)
    except FieldDoesNotExist:
        shown: Any = getattr(page, name, None)
        kind: Kind = getattr(shown, "download_kind", "text")
        return kind
    if isinstance(field, models.DecimalField):
        return "money" if field.decimal_places == 2 else "rate"
    if isinstance(field, models.DateTimeField):
        return "instant"
    if isinstance(field, models.DateField):
        return "date"
    is_number = isinstance(field, models.IntegerField) and not field.is_relation and not field.choices
    return "number" if is_number else "text"


def _total_line(changelist: Any, columns: list[Column], line: Any) -> dict[str, Any]:
    """The row that closes the file for one currency; nothing where no column shows what is added up."""
    shown = {column.key for column in columns}
    amounts = {key: amount for key, amount in changelist.amounts_of(line).items() if key in shown}
    if not amounts:
        return {}
    first = next(
        (column.key for column in columns if column.kind == "text" and column.key not in amounts), ""
    )
    return {first: f"Total {line.currency}", **amounts} if first else amounts
