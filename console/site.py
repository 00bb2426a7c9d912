"""The operators' console: one admin site, every page inside one company."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite

from batconnect.core.console.links import LinkGroup
from batconnect.core.console.locked_out import locked_out_page
from batconnect.core.console.refusals import show_error
from batconnect.core.console.rights import Guarded
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal, TooManyRequests
from batconnect.core.people.invitations import offers_to
from batconnect.core.people.sessions import choose_company, open_console_request
from batconnect.core.people.sign_in import missing_step, session_ended
from console import empty_lists, related
from console.account.forms import LoginForm, OwnPasswordForm
from console.account.sign_in import address_of, is_staff, sign_in_urls
from console.companies import choices_of, places_of
from console.handbook.sections import help_address
from console.navigation import drawn_menu
from console.not_shown import not_shown
from console.offers import ANSWERS, answer_offer, person_of
from console.onward import leading_to, safe_next
from console.pages import page_urls
from console.search.finding import keys_found
from console.search.palette import palette

View = Callable[..., HttpResponse]


class ConsoleSite(UnfoldAdminSite):
    """Django's admin in unfold's theme, inside the signed-in user's company.

    `request.actor` is the person in that company, or None. A page needs a staff user with an active membership.
    """

    site_title = "BAT Connect"
    site_header = "BAT Connect"
    index_title = "Today"
    login_form = LoginForm

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the request may see the console: staff, active, and inside a company."""
        return is_staff(request) and getattr(request, "actor", None) is not None

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """The view inside the company's context, rendered before its transaction ends."""
        guarded = super().admin_view(view, cacheable)

        def inside_company(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            assert connection.in_atomic_block, "ATOMIC_REQUESTS keeps the company context to this request"
            if not is_staff(request):
                return _to_sign_in(request, guarded(request, *args, **kwargs))
            leaving = request.path == reverse("admin:logout")
            if not leaving and (step := missing_step(request)):
                return HttpResponseRedirect(address_of(step, onward=request.get_full_path()))
            request.actor = open_console_request(request)  # type: ignore[attr-defined]  # read by has_permission
            if request.actor is None:  # type: ignore[attr-defined]
                if leaving:
                    return view(request, *args, **kwargs)
                return HttpResponseRedirect(leading_to(reverse("admin:company"), request.get_full_path()))
            try:
                # Rows are visible only until the transaction ends, and a template response renders lazily.
                # Instants are shown, and days of them chosen, in the company's time.
                zone = ZoneInfo(request.actor.company.time_zone)  # type: ignore[attr-defined]
                with transaction.atomic(), timezone.override(zone):
                    return _rendered(guarded(request, *args, **kwargs))
            except Refusal as refusal:
                return _told(request, refusal)
            except (PermissionDenied, Http404) as error:
                return _rendered(not_shown(request, error))

        return update_wrapper(inside_company, view)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register a page that states our rights; pages that other packages bring along stay out."""
        if admin_class is not None and issubclass(admin_class, Guarded):
            super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("company/", self.company_view, name="company"),
            *sign_in_urls(),
            *page_urls(),
            *super().get_urls(),
        ]

    def links_of(self, request: HttpRequest, row: models.Model) -> Sequence[LinkGroup]:
        """Where the page of a row leads (`core.console.links`)."""
        return related.links_of(request, row)

    def address_of_row(self, request: HttpRequest, model: type[models.Model], key: object) -> str:
        """The page of a row, or empty (`core.console.links`)."""
        return related.address_of_row(request, model, key)

    def address_of_case(self, request: HttpRequest, case_no: str) -> str:
        """The page of a case, or empty (`core.console.links`)."""
        return related.address_of_case(request, case_no)

    def empty_list_of(self, request: HttpRequest, model: type[models.Model]) -> tuple[str, str, str]:
        """What an empty list says (`core.console.links`)."""
        return empty_lists.empty_list_of(request, model)

    def keys_found(self, request: HttpRequest, model: type[models.Model], text: str) -> list[str]:
        """What a picker finds (`core.console.links`)."""
        return keys_found(request, model, text)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out; the browser forgets what forms kept in its tabs, too."""
        response = super().logout(request, extra_context)
        response["Clear-Site-Data"] = '"storage"'
        return response

    @method_decorator(never_cache)
    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The command palette's answer. Nothing is cached: the theme's own keeps results by user and text, and would
        show the rows of one company in another after a switch."""
        text = request.GET.get("s", "").strip()
        context = {"text": text, "results": palette(request, text)}
        return TemplateResponse(
            request, "admin/search/palette.html", context, headers={"HX-Trigger": "search"}
        )

    @method_decorator([csrf_protect, never_cache])
    def company_view(self, request: HttpRequest) -> HttpResponse:
        """Choose the company to work in: only one's own, remembered in the session. Invitations are answered here."""
        if not is_staff(request):
            return _to_sign_in(request, redirect_to_login(request.get_full_path(), reverse("admin:login")))
        if step := missing_step(request):
            return HttpResponseRedirect(address_of(step, onward=request.get_full_path()))
        onward = safe_next(request)
        if request.method == "POST":
            if request.POST.get("do") in ANSWERS:
                answer_offer(request)
                return HttpResponseRedirect(leading_to(reverse("admin:company"), onward))
            actor = _chosen(request)
            if actor is not None:
                messages.success(request, f"You are now working in {actor.company.name}.")
                return HttpResponseRedirect(onward)
            messages.error(request, "You do not belong to that company.")
        request.actor = open_console_request(request)  # type: ignore[attr-defined]
        person = person_of(request)
        context = {
            **self.each_context(request),
            "title": "Choose a company",
            "choices": choices_of(user_id=person.pk),
            "offers": offers_to(user=person),
            "next": onward,
        }
        request.current_app = self.name
        return _rendered(TemplateResponse(request, "admin/company.html", context))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in; who already is goes on to the console, or to the choice of a company."""
        if request.method == "GET" and is_staff(request):
            return HttpResponseRedirect(safe_next(request))
        try:
            return _rendered(super().login(request, extra_context))
        except TooManyRequests as refusal:
            return locked_out_page(request, refusal)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The theme's page, with a form that counts wrong old passwords as a sign-in does."""
        view: Any = PasswordChangeView.as_view(
            form_class=partial(OwnPasswordForm, request=request),
            success_url=reverse("admin:password_change_done"),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        request.current_app = self.name
        return _rendered(view(request))

    def get_sidebar_list(self, request: HttpRequest) -> list[SafeString]:
        """The menu, drawn (templates/unfold/helpers/app_list.html): the theme would draw it line by line each time."""
        return [drawn_menu(request)]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The tables of an app; those of all apps stand in the menu alone."""
        return super().get_app_list(request, app_label) if app_label else []

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """In place of the tables of a part of the program: all pages, as the menu has them."""
        return HttpResponseRedirect(reverse("admin:all_pages"))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return context
        places = places_of(user_id=int(request.user.pk or 0))
        context["unread_notices"] = places.unread
        context["help_address"] = help_address(request)
        context["site_subheader"] = actor.company.name
        context["company"] = actor.company
        context["own_groups"] = ", ".join(sorted(actor.groups))
        if len(places.choices) > 1:
            context["site_dropdown"] = [
                {"title": "Switch company", "icon": "swap_horiz", "link": reverse("admin:company")}
            ]
        return context


def _chosen(request: HttpRequest) -> Actor | None:
    try:
        company_id = UUID(request.POST.get("company_id", ""))
    except ValueError:
        return None
    return choose_company(request, company_id)


def _to_sign_in(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """A redirect to the sign-in also says when it is for a session that is over."""
    if isinstance(answer, HttpResponseRedirect) and session_ended(request):
        answer["Location"] += "&ended=1"
    return answer


def _rendered(response: HttpResponse) -> HttpResponse:
    if isinstance(response, TemplateResponse) and not response.is_rendered:
        response.render()
    return response


def _told(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as a message on the page the person came from; nothing of the request has happened."""
    show_error(request, refusal)
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = request.path if request.method == "POST" else reverse("admin:index")
    return HttpResponseRedirect(back)
