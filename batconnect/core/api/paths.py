"""Every path answers with and without a trailing slash, without a redirect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

# Refusals under it look otherwise: the seed's envelope instead of RFC 9457.
ENVELOPE_PREFIX: Final = "/api/case-tracking/"


def with_optional_slash(
    route: str, view: Callable[..., HttpResponseBase], name: str, **kwargs: Any
) -> list[URLPattern]:
    """The patterns of one route in both spellings; `reverse(name)` gives the one written here.

    Use it unpacked: `urlpatterns = [*with_optional_slash("api/me", MeView.as_view(), "me")]`.
    """
    alternate = route.removesuffix("/") if route.endswith("/") else f"{route}/"
    return [path(route, view, kwargs, name=name), path(alternate, view, kwargs, name=f"{name}-alternate")]
