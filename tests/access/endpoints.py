"""Every call of the API, read from the URLs: what nobody lists, nobody forgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver

from batconnect.core.api.base import CompanyView, SignedInView

_PARAMETER: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
# What stands for nothing that exists, by converter.
NOTHING: Final = {"str": "NOTHING-1", "uuid": "01900000-0000-7000-8000-00000000dead", "int": "987654321"}
MALFORMED: Final = {"str": "💥", "uuid": "12-34", "int": "abc"}


@dataclass(frozen=True, slots=True)
class Call:
    """A method on a route with its view."""

    method: str
    route: str
    view: type[SignedInView]

    def __str__(self) -> str:
        return f"{self.method} /{self.route}"

    @property
    def permission(self) -> str | None:
        """The right that the view names for the method; None where membership is enough."""
        assert issubclass(self.view, CompanyView)
        return self.view.required_permission[self.method]

    @property
    def takes_ids(self) -> bool:
        return "<" in self.route

    def path(self, values: dict[str, str] = NOTHING) -> str:
        """The path with a value of each converter in the place of its parameters."""
        return "/" + _PARAMETER.sub(lambda match: values[match[1] or "str"], self.route)


def calls(kind: type[SignedInView] = SignedInView) -> list[Call]:
    """Every call whose view is of the kind; the alternate with the other slash is left out."""
    listed = []
    for route, name, view in _routes(get_resolver().url_patterns, ""):
        if view is not None and issubclass(view, kind) and not name.endswith("-alternate"):
            methods = (
                each.upper() for each in ("get", "post", "put", "patch", "delete") if hasattr(view, each)
            )
            listed += [Call(method, route, view) for method in methods]
    return listed


def _routes(patterns: list[Any], prefix: str) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            yield route, pattern.name or "", view if isinstance(view, type) else None
