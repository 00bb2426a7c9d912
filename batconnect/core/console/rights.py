"""What the person behind a request may do, as the console's site found out."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import PermissionDenied
from django.db import models
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


class Guarded:
    """Rights by our permission codes, in place of Django's; what is not declared is not allowed."""

    view_permission: str
    add_permission: ClassVar[str | None] = None
    change_permission: ClassVar[str | None] = None
    delete_permission: ClassVar[str | None] = None

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return has_permission(request, self.view_permission)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return has_permission(request, self.add_permission)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return has_permission(request, self.change_permission)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return has_permission(request, self.delete_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_permission(request, self.view_permission)
