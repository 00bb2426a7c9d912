"""What the person behind a request may do, as the console's site found out."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from batconnect.core.kernel.actors import Actor


class NotHere(str):
    """What a page looked for and did not find, as the argument of Http404: the frame shows it (console.not_shown)."""

    __slots__ = ()


def actor_of(request: HttpRequest) -> Actor:
    """Who acts, as the console's site found out. Raises PermissionDenied outside a company."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise PermissionDenied("No company is chosen.")
    return actor


def has_permission(request: HttpRequest, permission: str | None) -> bool:
    """Whether the request's actor holds the permission; nobody holds None."""
    actor = getattr(request, "actor", None)
    return permission is not None and isinstance(actor, Actor) and actor.can(permission)
