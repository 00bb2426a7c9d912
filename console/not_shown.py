"""The page in place of one that is not there, or not for the person: in the frame, with a way on."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from batconnect.core.console.rights import NotHere
from batconnect.core.kernel.subject import find_subject
from console.addresses import FIND, list_of, may_see


def not_shown(request: HttpRequest, error: PermissionDenied | Http404) -> HttpResponse:
    """403 or 404 with the menu, what may be the reason, and links to where the person probably wants to be."""
    is_refused = isinstance(error, PermissionDenied)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Not allowed" if is_refused else "There is nothing at this address",
        "is_refused": is_refused,
        "looked_for": "" if is_refused else _looked_for(error),
        "links": [*_list_at(request), ("Today", reverse("admin:index")), ("Find…", reverse(f"admin:{FIND}"))],
    }
    request.current_app = admin.site.name
    return TemplateResponse(request, "admin/not_shown.html", context, status=403 if is_refused else 404)


def _list_at(request: HttpRequest) -> list[tuple[str, str]]:
    """The list of the table that the address is about, for those who may see it."""
    parts = request.path.removeprefix(reverse("admin:index")).split("/")
    try:
        model = apps.get_model(parts[0], parts[1])
        subject = find_subject(model._meta.label)
    except (LookupError, IndexError, ValueError):
        return []
    return [(subject.title, list_of(model))] if may_see(request, model) else []


def _looked_for(error: PermissionDenied | Http404) -> str:
    """What a page said that it had looked for; nothing of the messages that Django makes of an address."""
    said = error.args[0] if error.args else ""
    return str(said) if isinstance(said, NotHere) else ""
