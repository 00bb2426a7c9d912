"""Links between the console's pages: what a page's row belongs to, and columns that lead to what they name.

The pages know neither each other nor customers' accounts: the site they are registered in does (`console.site`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html

from batconnect.core.kernel.words import describe_code, is_code
from batconnect.core.models import User

CASE_NUMBER = "case_no"
"""The column by which tables of lower apps name their case."""


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere."""

    text: str
    address: str


_DOERS: Final = frozenset({"actor", "cashier", "created_by_name"})
"""Columns that keep who did something, beside those that end with `_by`."""
CODED: Final = frozenset({"action", "event", "job", "kind", "method", "strategy", "subject_type"})
"""Columns that hold codes where they have no choices."""


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links of one kind under their name."""

    name: str
    links: Sequence[Link]


class LinkingSite(Protocol):
    """The site as pages see it."""

    def links_of(self, request: HttpRequest, row: models.Model) -> Sequence[LinkGroup]:
        """Where the page of a row leads, for those who may see it there."""
        ...

    def address_of_row(self, request: HttpRequest, model: type[models.Model], key: object) -> str:
        """The page of a row; empty when the request's actor may not see it, or there is none."""
        ...

    def address_of_case(self, request: HttpRequest, case_no: str) -> str:
        """The page of the case with this number; empty when the request's actor may not see cases."""
        ...

    def empty_list_of(self, request: HttpRequest, model: type[models.Model]) -> tuple[str, str, str]:
        """What belongs in the table's list, and the text and address of where it is made."""
        ...

    def keys_found(self, request: HttpRequest, model: type[models.Model], text: str) -> list[str]:
        """The keys of the table's rows that the search finds by the text, as a picker offers them."""
        ...


class LinkedColumn:
    """A list's column that shows a row's foreign key, or its case's number, and leads to that row."""

    def __init__(self, *, name: str, page: Any, request: HttpRequest, site: LinkingSite) -> None:
        self.name, self.request, self.site = name, request, site
        self.column = name  # read by column_name
        self.__name__ = name
        self.short_description = label_for_field(name, page.model, page)
        self.admin_order_field = name
        field = page.model._meta.get_field(name)
        self.attribute = field.attname
        self.drawn: dict[Any, Any] = {}
        self.target = field.related_model

    def __call__(self, row: models.Model) -> Any:
        """The cell: a link, or the text alone."""
        key, shown = getattr(row, self.attribute), getattr(row, self.name)
        if key in (None, ""):
            return None
        if key not in self.drawn:
            self.drawn[key] = self._draw(key, shown)
        return self.drawn[key]

    def _draw(self, key: Any, shown: Any) -> Any:
        """The cell of each row that names the same one."""
        address = (
            self.site.address_of_row(self.request, self.target, key)
            if self.target
            else self.site.address_of_case(self.request, key)
        )
        return format_html('<a href="{}">{}</a>', address, shown) if address else shown


class WordedColumn:
    """A list's column of codes or of yes and no, in words: the theme's red cross warns of what is quite right."""

    def __init__(self, *, name: str, page: Any) -> None:
        self.name = self.__name__ = self.admin_order_field = self.column = name
        self.short_description = label_for_field(name, page.model, page)

    def __call__(self, row: models.Model) -> str:
        """The cell."""
        value = getattr(row, self.name)
        if isinstance(value, bool) or value is None:
            return "Yes" if value else "No" if value is not None else "-"
        # A word of small letters is a code as well: `ach`, `dtr`.
        return describe_code(value) if is_code(value) or value.islower() else value


class PersonColumn:
    """A list's column that names a person of the system, in full."""

    def __init__(self, *, name: str, page: Any) -> None:
        self.name = self.__name__ = self.admin_order_field = self.column = name
        self.short_description = label_for_field(name, page.model, page)

    def __call__(self, row: models.Model) -> str | None:
        """The cell."""
        person: User | None = getattr(row, self.name)
        return None if person is None else person.get_full_name() or person.username


FullName = Callable[[str, int | None], str]
"""The full name of whom a kept name and a person's key stand for."""


class NamedColumn:
    """A list's column that keeps the name of whoever did something, in full; of a job in words."""

    def __init__(self, *, name: str, page: Any, full_name: FullName) -> None:
        self.name = self.__name__ = self.admin_order_field = self.column = name
        self.short_description = str(label_for_field(name, page.model, page)).removesuffix(" name")
        self.full_name = full_name

    def __call__(self, row: models.Model) -> str | None:
        """The cell."""
        kept = str(getattr(row, self.name) or "")
        return self.full_name(kept, None) if kept else None


def linked_columns(
    *, page: Any, request: HttpRequest, columns: Sequence[Any], plain: Sequence[Any], full_name: FullName
) -> list[Any]:
    """A list's columns with those that name other rows as links (`plain` lead to the row itself already), codes and
    truth values in words, and whoever did something by the full name."""
    shown: list[Any] = []
    for each in columns:
        if each not in plain and _names_a_row(page.model, each):
            shown.append(LinkedColumn(name=each, page=page, request=request, site=page.admin_site))
        elif each not in plain and _names_a_person(page.model, each):
            shown.append(PersonColumn(name=each, page=page))
        elif keeps_name(page.model, each):
            shown.append(NamedColumn(name=each, page=page, full_name=full_name))
        elif _is_worded(page.model, each):
            shown.append(WordedColumn(name=each, page=page))
        else:
            shown.append(each)
    return shown


def _names_a_row(model: type[models.Model], column: Any) -> bool:
    if not isinstance(column, str):
        return False
    try:
        field = model._meta.get_field(column)
    except FieldDoesNotExist:
        return False
    is_key = isinstance(field, models.ForeignKey) and hasattr(field.related_model, "company")
    return is_key or column == CASE_NUMBER


def _names_a_person(model: type[models.Model], column: Any) -> bool:
    if not isinstance(column, str):
        return False
    try:
        return model._meta.get_field(column).related_model is User
    except FieldDoesNotExist:
        return False


def keeps_name(model: type[models.Model], column: Any) -> bool:
    """Whether the column keeps the name of whoever did something."""
    if not isinstance(column, str) or not (column in _DOERS or column.endswith("_by")):
        return False
    try:
        return isinstance(model._meta.get_field(column), models.CharField)
    except FieldDoesNotExist:
        return False


def _is_worded(model: type[models.Model], column: Any) -> bool:
    if not isinstance(column, str):
        return False
    try:
        field = model._meta.get_field(column)
    except FieldDoesNotExist:
        return False
    is_coded = column in CODED and isinstance(field, models.CharField) and not field.flatchoices
    return is_coded or isinstance(field, models.BooleanField)
