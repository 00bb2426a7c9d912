"""One's own sign-in: the second factor, its recovery codes, the groups held here."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from batconnect.core.console.refusals import show_in_form
from batconnect.core.models import User
from batconnect.core.people.notices import wish_for_mail
from batconnect.core.people.open_sessions import OpenSession, end_sessions, open_sessions
from batconnect.core.people.second_factor import (
    CodesLocked,
    recovery_codes_left,
    renew_recovery_codes,
    turn_off,
    verify_code,
)
from batconnect.core.people.sign_in import Step
from console.account.forms import ProofForm
from console.account.sign_in import CODES_TITLE, address_of, note_who
from console.pages import ConsolePage, register_page


@register_page
@method_decorator([sensitive_post_parameters(), never_cache], name="dispatch")
class AccountPage(ConsolePage):
    """What protects one's own account; every change asks for the password or a code first."""

    route = "account/"
    url_name = "account"
    title = "Your sign-in"
    icon = "lock"
    permission = None
    template_name = "admin/account/account.html"

    @property
    def person(self) -> User:
        """Whose account it is."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def get(self, request: HttpRequest) -> HttpResponse:
        """What there is."""
        return self._show(ProofForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """`do` is `device`, `codes`, `off` or `end`, or `mail`, which needs no proof."""
        if request.POST.get("do") == "mail":
            wish_for_mail(user_id=self.person.pk, wished="mails_notices" in request.POST)
            messages.success(request, "Your wish is noted.")
            return HttpResponseRedirect(reverse("admin:account"))
        form = ProofForm(request.POST)
        if not form.is_valid() or not self._is_the_person(form):
            return self._show(form)
        user, wish = self.person, request.POST.get("do")
        if wish == "device":
            note_who(request)
            return HttpResponseRedirect(address_of(Step.SET_UP, onward=reverse("admin:account")))
        if wish == "end":
            self._end_sessions()
        if wish == "codes" and user.second_factor_since:
            return self.page(
                template="admin/account/recovery_codes.html",
                title=CODES_TITLE,
                codes=renew_recovery_codes(user=user),
                next=reverse("admin:account"),
            )
        if wish == "off" and user.second_factor_since and not settings.CONSOLE_SECOND_FACTOR:
            turn_off(user=user)
            messages.success(request, "Your second factor is off: your password alone signs you in.")
        return HttpResponseRedirect(reverse("admin:account"))

    def _end_sessions(self) -> None:
        """Those that were chosen; the present one is ended by signing out."""
        this = {each.name for each in self._sessions() if each.is_this}
        chosen = set(self.request.POST.getlist("sessions")) - this
        ended = end_sessions(user=self.person, names=chosen)
        if ended:
            messages.success(self.request, f"Signed out there: {ended}.")
        else:
            messages.warning(self.request, "Nothing was ended: choose where to sign out.")

    def _sessions(self) -> list[OpenSession]:
        return open_sessions(user=self.person, this=self.request.session.session_key)

    def _is_the_person(self, form: ProofForm) -> bool:
        """By the password, whose failures lock the account as at sign-in, or else by a code."""
        user, password = self.person, form.cleaned_data["password"]
        if password:
            if authenticate(self.request, username=user.get_username(), password=password):
                return True
            form.add_error("password", "This is not your password.")
            return False
        try:
            if verify_code(user=user, code=form.cleaned_data["code"]):
                return True
        except CodesLocked as locked:
            show_in_form(form, locked, otherwise="code")
            return False
        form.add_error("code", "This code is wrong or has already been used. Wait for the next one.")
        return False

    def _show(self, form: ProofForm) -> HttpResponse:
        user = self.person
        return self.page(
            form=form,
            since=user.second_factor_since,
            codes_left=recovery_codes_left(user=user) if user.second_factor_since else 0,
            required=settings.CONSOLE_SECOND_FACTOR,
            groups=sorted(self.actor.groups),
            sessions=self._sessions(),
            idle_minutes=settings.SESSION_IDLE_MINUTES,
            hours=settings.SESSION_HOURS,
        )
