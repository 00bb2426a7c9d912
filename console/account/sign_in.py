"""The pages between the password and the console: the code, a new password, setting up the second factor."""

from __future__ import annotations

import time
from base64 import b64encode
from typing import Any, ClassVar, Final

import qrcode
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View
from qrcode.image.svg import SvgPathImage

from batconnect.core.console.refusals import show_in_form
from batconnect.core.kernel.errors import Conflict, InvalidInput
from batconnect.core.models import User
from batconnect.core.people.people import choose_password
from batconnect.core.people.second_factor import (
    CodesLocked,
    WrongCode,
    app_address,
    new_key,
    readable_key,
    set_up,
    verify_code,
)
from batconnect.core.people.sign_in import Step, missing_step, note_proof
from console.account.forms import CodeForm, NewPasswordForm, SetUpForm
from console.onward import leading_to, safe_next

_KEY: Final = "second_factor_key"
_SHOWN_WHO_AT: Final = "shown_who_at"
# How long one may take after proving that it is oneself.
_PROOF_SECONDS: Final = 600


def address_of(step: Step, *, onward: str) -> str:
    """The page of the step, which leads on to `onward`."""
    return leading_to(reverse(f"admin:{step.value}"), onward)


def note_who(request: HttpRequest) -> None:
    """The person has just shown the password or a code: they may set up another device for a while."""
    request.session[_SHOWN_WHO_AT] = int(time.time())


def is_staff(request: HttpRequest) -> bool:
    """Whether somebody is signed in who may use the console at all."""
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated and user.is_active and user.is_staff)


class SignInPage(View):
    """A page of the sign-in, outside any company; whoever has nothing to do on it is led on."""

    step: ClassVar[Step]
    title: ClassVar[str]
    template_name: ClassVar[str]

    @method_decorator([sensitive_post_parameters(), csrf_protect, never_cache])
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, for whom it is due."""
        if not is_staff(request):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not self.is_due(request):
            return HttpResponseRedirect(safe_next(request))
        return super().dispatch(request, *args, **kwargs)

    def is_due(self, request: HttpRequest) -> bool:
        """Whether the session has this step before it."""
        return missing_step(request) is self.step

    @property
    def person(self) -> User:
        """Who is signing in."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def page(self, *, status: int = 200, template_name: str = "", **context: Any) -> HttpResponse:
        """The template in the frame of the sign-in."""
        whole = {
            **admin.site.each_context(self.request),
            "title": self.title,
            "next": safe_next(self.request),
            **context,
        }
        self.request.current_app = admin.site.name
        # Rendered before the transaction ends, like every page of the console.
        return TemplateResponse(
            self.request, template_name or self.template_name, whole, status=status
        ).render()


class CodePage(SignInPage):
    """The second factor of who has one."""

    step = Step.CODE
    title = "Second factor"
    template_name = "admin/account/code.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code."""
        return self.page(form=CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take a code; the count of wrong ones stays, so a refusal is an answer and no exception."""
        form = CodeForm(request.POST)
        if not form.is_valid():
            return self.page(form=form)
        try:
            right = verify_code(user=self.person, code=form.cleaned_data["code"])
        except CodesLocked as locked:
            show_in_form(form, locked, otherwise="code")
            answer = self.page(form=form, status=429)
            answer["Retry-After"] = locked.headers["Retry-After"]
            return answer
        if not right:
            form.add_error("code", "This code is wrong or has already been used. Wait for the next one.")
            return self.page(form=form)
        note_proof(request, self.person)
        return HttpResponseRedirect(safe_next(request))


class SetUpPage(SignInPage):
    """A new device: shown as a picture and as text, made the person's when its first code is right."""

    step = Step.SET_UP
    title = "Set up your second factor"
    template_name = "admin/account/set_up.html"

    def is_due(self, request: HttpRequest) -> bool:
        """At sign-in when one is required; later for a person who has just given the password or a code."""
        step = missing_step(request)
        shown = int(time.time()) - request.session.get(_SHOWN_WHO_AT, 0) < _PROOF_SECONDS
        return step is Step.SET_UP or (step is None and shown)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The device's key, the same until it is set up."""
        return self._ask(SetUpForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the first code, and show the recovery codes once."""
        form = SetUpForm(request.POST)
        if not form.is_valid():
            return self._ask(form)
        try:
            codes = set_up(user=self.person, key=self._key(), code=form.cleaned_data["code"])
        except WrongCode:
            form.add_error(
                "code", "This is not the code that the app shows now. Is the clock on your phone right?"
            )
            return self._ask(form)
        except Conflict:
            return HttpResponseRedirect(safe_next(request))
        for mark in (_KEY, _SHOWN_WHO_AT):
            request.session.pop(mark, None)
        note_proof(request, self.person)
        return self.page(template_name="admin/account/recovery_codes.html", title=CODES_TITLE, codes=codes)

    def _ask(self, form: SetUpForm) -> HttpResponse:
        key = self._key()
        return self.page(
            form=form,
            picture=_picture(app_address(user=self.person, key=key)),
            key=readable_key(key),
            required=settings.CONSOLE_SECOND_FACTOR,
            replaces=self.person.second_factor_since,
        )

    def _key(self) -> str:
        return str(self.request.session.setdefault(_KEY, new_key()))


class NewPasswordPage(SignInPage):
    """An own password in place of the one-time password."""

    step = Step.PASSWORD
    title = "Choose your password"
    template_name = "admin/account/new_password.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for it."""
        return self.page(form=NewPasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it; every other session with the old one ends."""
        form = NewPasswordForm(request.POST)
        if form.is_valid():
            try:
                choose_password(user=self.person, password=form.cleaned_data["password"])
            except InvalidInput as refusal:
                show_in_form(form, refusal, otherwise="password")
            else:
                update_session_auth_hash(request, self.person)
                return HttpResponseRedirect(safe_next(request))
        return self.page(form=form)


CODES_TITLE: Final = "Your recovery codes"
PAGES: Final = (CodePage, SetUpPage, NewPasswordPage)


def sign_in_urls() -> list[URLPattern]:
    """The pages' addresses, outside the company's context."""
    return [path(f"sign-in/{page.step.value}/", page.as_view(), name=page.step.value) for page in PAGES]


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """What to do with a form that was opened before somebody signed in or out in this browser."""
    if not request.path.startswith("/admin/"):
        return csrf_failure(request, reason=reason)
    context = {
        **admin.site.each_context(request),
        "title": "This page was out of date",
        "back": request.path,
    }
    return render(request, "admin/account/stale_form.html", context, status=403)


def _picture(text: str) -> str:
    """A QR code as an SVG within the page itself: no file and no other address holds the secret."""
    svg: bytes = qrcode.make(text, image_factory=SvgPathImage, box_size=12, border=2).to_string()
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
