"""The page of the search: one exact hit leads on to its row, anything else is listed under its kinds."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from batconnect.core.kernel.subject import searched
from console.addresses import FIND
from console.navigation import ALL_PAGES, navigation
from console.pages import ConsolePage, register_page
from console.search.finding import find, grouped, the_one
from console.search.places import find_places
from ledger.repayment.kinds import repaid_kinds


@register_page
class FindPage(ConsolePage):
    """`?q=` is what was typed; `kind` restricts the search to that kind."""

    route = "find/"
    url_name = FIND
    title = "Find"
    icon = "search"
    permission = None
    may_lag = True
    template_name = "admin/search/find.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """What was found, or a redirect to the one row that has exactly this number or name."""
        text = request.GET.get("q", "").strip()
        kind = request.GET.get("kind", "")
        hits = find(request, text, kind=kind if kind in searched() else "")
        if (only := the_one(hits)) is not None:
            return HttpResponseRedirect(only.link)
        title = f"Find: {text}" if text else self.title
        places = [] if kind else find_places(request, text)
        return self.page(
            title=title, text=text, groups=list(grouped(hits)), places=places, kinds=repaid_kinds()
        )


@register_page
class AllPages(ConsolePage):
    """What every section of the menu leads to: also what the menu of a cashier leaves out."""

    route = "pages/"
    url_name = ALL_PAGES
    title = "All pages"
    icon = "apps"
    permission = None
    template_name = "admin/search/all_pages.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The pages that the person may open, by section."""
        return self.page(parts=[part for part in navigation(request) if part.title])
