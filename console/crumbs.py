"""Where one is, at the head of a page: the menu's section, the table as the menu calls it, and the row or its adding.

The theme names the program's own parts (`Ledger › Line parts`) and leads to pages that list tables; it offers no other
way than its tag, which is replaced when the console starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.db import models
from django.template import RequestContext
from django.template.loader import render_to_string
from unfold.templatetags import unfold as theme

from batconnect.core.kernel.subject import find_subject
from console.addresses import list_of, page_of
from console.navigation import SECTIONS


def crumbs_of(context: Any) -> list[dict[str, str]]:
    """Each with its `title`, and the `link` that it leads to."""
    opts = context.get("opts")
    row = context.get("original") or context.get("object")
    model = opts.model if opts is not None else type(row) if isinstance(row, models.Model) else None
    try:
        parts = list(_of_table(model)) if model is not None else []
    except LookupError:  # a table without a page of ours
        parts = [{"title": str(opts.verbose_name_plural)}] if opts is not None else []
    if parts and isinstance(row, models.Model) and row.pk is not None:
        parts.append({"title": str(row), "link": page_of(type(row), row.pk)})
    elif parts and context.get("add"):
        parts.append({"title": str(context.get("title") or "")})
    return parts or [{"title": str(context.get("content_title") or context.get("title") or "")}]


def _of_table(model: type[models.Model]) -> Iterator[dict[str, str]]:
    subject = find_subject(model)
    if section := _sections().get(subject.model):
        yield {"title": section}
    yield {"title": subject.title, "link": list_of(model)}


@cache
def _sections() -> dict[str, str]:
    """The section of the menu in which a table stands, by the table's label."""
    return {entry.target: section.title for section in SECTIONS for entry in section.entries}


def header_title(context: RequestContext) -> str:
    """The theme's tag of that name."""
    drawn: str = render_to_string("unfold/helpers/header_title.html", {"parts": crumbs_of(context)})
    return drawn


def say_where_one_is() -> None:
    """Put our tag in the place of the theme's."""
    theme.register.simple_tag(header_title, takes_context=True, name="header_title")
