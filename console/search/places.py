"""Pages that are found by their names: those of the menu, and what other rooms of the console add."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from django.http import HttpRequest

from console.navigation import navigation

MAX_PLACES: Final = 5


class Place(NamedTuple):
    """A page, with the part of the console that it belongs to."""

    title: str
    part: str
    address: str
    icon: str


Places = Callable[[HttpRequest], Iterable[Place]]
_more: list[Places] = []


def register_places(places: Places) -> Places:
    """Let pages that the menu does not name be found: the function gives those that the request's actor may see."""
    _more.append(places)
    return places


def find_places(request: HttpRequest, text: str) -> list[Place]:
    """At most five pages of which each word of the text begins a word of the name, in the order of the menu."""
    words = text.casefold().split()
    found = [place for place in _every(request) if words and _is_named(place.title, words)]
    return found[:MAX_PLACES]


def _is_named(title: str, words: list[str]) -> bool:
    names = f" {title.casefold()}"
    return all(f" {word}" in names for word in words)


def _every(request: HttpRequest) -> Iterator[Place]:
    for part in navigation(request):
        for line in part.lines:
            yield Place(line.title, part.title or "start", line.address, line.icon)
    for more in _more:
        yield from more(request)
