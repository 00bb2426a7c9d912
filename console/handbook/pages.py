"""The handbook as a page."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from markdown_it import MarkdownIt
from markdown_it.token import Token

from console.handbook.sections import HANDBOOK
from console.pages import ConsolePage, register_page

_SOURCE: Final = settings.BASE_DIR / "docs" / "console.md"
_NOT_IN_SLUGS: Final = re.compile(r"[^\w\- ]")


@register_page
class HandbookPage(ConsolePage):
    """docs/console.md, with its sections to link to."""

    route = "handbook/"
    url_name = HANDBOOK
    title = "Handbook"
    icon = "menu_book"
    permission = None
    template_name = "admin/handbook/handbook.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The whole handbook."""
        return self.page(text=handbook())


@cache
def handbook() -> str:
    """The handbook as HTML, which its page shows as it is: the file is a part of the program."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = reader.parse(_SOURCE.read_text(encoding="utf-8"))
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(tokens[place + 1].content))
        for child in token.children or ():
            _keep_on_page(child)
    return reader.renderer.render(tokens, reader.options, {})


def slug(heading: str) -> str:
    """The anchor of a heading, as the repository's own links have it."""
    return _NOT_IN_SLUGS.sub("", heading.lower()).replace(" ", "-")


def _keep_on_page(token: Token) -> None:
    """Links to other files of the documentation lead nowhere from here: they become text."""
    address = token.attrGet("href")
    if token.type == "link_open" and isinstance(address, str) and not address.startswith("#"):
        del token.attrs["href"]
