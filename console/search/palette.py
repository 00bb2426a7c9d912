"""The search as the command palette (Ctrl+K) shows it: rows and pages, nothing of it kept anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from batconnect.core.kernel.subject import searched
from console.navigation import navigation
from console.search.finding import find

_MAX_PAGES = 5


def palette(request: HttpRequest, text: str) -> list[SearchResult]:
    """Pages whose name begins with the text, then what the search finds."""
    if not text.strip():
        return []
    rows = [
        SearchResult(hit.title, f"{searched()[hit.kind].title}: {hit.about or hit.what}", hit.link, hit.icon)
        for hit in find(request, text)
    ]
    return [*list(_pages(request, text))[:_MAX_PAGES], *rows]


def _pages(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    phrase = " ".join(text.split()).casefold()
    for part in navigation(request):
        for line in part.lines:
            if f" {phrase}" in f" {line.title.casefold()}":
                yield SearchResult(line.title, f"Page: {part.title or 'start'}", line.address, line.icon)
