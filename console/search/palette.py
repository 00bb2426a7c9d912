"""The search as the command palette (Ctrl+K) shows it: rows and pages, nothing of it kept anywhere."""

from __future__ import annotations

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from batconnect.core.kernel.subject import searched
from console.search.finding import find
from console.search.places import find_places


def palette(request: HttpRequest, text: str) -> list[SearchResult]:
    """Pages and reports whose names begin so, then what the search finds."""
    if not text.strip():
        return []
    pages = [
        SearchResult(each.title, f"Page: {each.part}", each.address, each.icon)
        for each in find_places(request, text)
    ]
    rows = [
        SearchResult(hit.title, f"{searched()[hit.kind].title}: {hit.about or hit.what}", hit.link, hit.icon)
        for hit in find(request, text)
    ]
    return [*pages, *rows]
