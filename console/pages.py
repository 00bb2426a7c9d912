"""Pages of the console that are not the list of a table, such as the dashboard; registered the way tables are.

A page states its address, its title and whom it is for; the site serves it inside the company, the navigation offers
it, and the permission matrix covers it. Subclass ConsolePage, decorate with `register_page`, and name the module in
`ConsoleConfig.PAGES`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.generic import View

from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.kernel.actors import Actor


class ConsolePage(View):
    """A page inside the company. `get` and `post` answer with `page(…)` or with a redirect.

    `route` is the address below the console's root, `url_name` its name in the namespace `admin`, `icon` its symbol
    in the menu; `permission` None lets in everybody who works in the company. A Refusal that is not caught becomes a
    message, as everywhere.
    """

    route: ClassVar[str]
    url_name: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str] = ""
    permission: ClassVar[str | None]
    template_name: ClassVar[str]
    # Whether it may show what was there a few seconds ago, from a replica (`core.database.replica`).
    may_lag: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the page to those who may see it. Raises PermissionDenied for all others."""
        self.actor: Actor = actor_of(request)
        if not self.lets_in(request):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @classmethod
    def lets_in(cls, request: HttpRequest) -> bool:
        """Whether the request's actor may see the page."""
        return cls.permission is None or has_permission(request, cls.permission)

    def page(self, *, title: str = "", status: int = 200, template: str = "", **context: Any) -> HttpResponse:
        """The page's template, or another, with the frame's context, the page's title and what is given."""
        whole = {**admin.site.each_context(self.request), "title": title or self.title, **context}
        self.request.current_app = admin.site.name  # read by the url tag
        return TemplateResponse(self.request, template or self.template_name, whole, status=status)


_registered: dict[str, type[ConsolePage]] = {}


def register_page(page: type[ConsolePage]) -> type[ConsolePage]:
    """Serve the page from now on. Raises ValueError when its name is taken."""
    if _registered.setdefault(page.url_name, page) is not page:
        raise ValueError(f"Two pages are called {page.url_name}.")
    return page


def registered_pages() -> dict[str, type[ConsolePage]]:
    """Every page by its name."""
    return dict(_registered)


def page_urls() -> list[URLPattern]:
    """The pages' addresses, each inside the company's context."""
    return [
        path(page.route, admin.site.admin_view(page.as_view()), name=name)
        for name, page in _registered.items()
    ]
