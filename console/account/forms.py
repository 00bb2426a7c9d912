"""The forms of signing in and of one's own account."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from batconnect.core.models import User

_INCORRECT: Final = "password_incorrect"  # as Django calls it


class LoginForm(AuthenticationForm):
    """Name and password; a one-time password expires after some days."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        assert isinstance(user, User)
        if user.one_time_password_until and user.one_time_password_until < timezone.now():
            raise ValidationError(
                "This one-time password has expired. Ask an administrator of your company for a new one."
            )


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    """The old password and a new one; wrong old ones lock the account, as at sign-in."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_old_password(self) -> str:
        """The old password. Raises ValidationError; the failure is counted."""
        given: str = self.cleaned_data["old_password"]
        if authenticate(self.request, username=self.user.get_username(), password=given) is None:
            raise ValidationError(self.error_messages[_INCORRECT], code=_INCORRECT)
        return given


def code_field(help_text: str = "", *, required: bool = True) -> forms.CharField:
    """A code of the app, or a recovery code."""
    return forms.CharField(
        label="Code",
        max_length=40,
        required=required,
        help_text=help_text,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class CodeForm(forms.Form):
    """The second factor at sign-in."""

    code = code_field("The six digits that your app shows now, or one of your recovery codes.")


class SetUpForm(forms.Form):
    """The first code of a new device."""

    code = code_field("The six digits that your app shows now.")


class NewPasswordForm(forms.Form):
    """An own password in place of one that somebody else gave."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least twelve characters, of any kind, and nothing that others could guess.",
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("password") and cleaned.get("again") and cleaned["password"] != cleaned["again"]:
            self.add_error("again", "The two passwords differ.")
        return cleaned


class ProofForm(forms.Form):
    """That it is still the same person: the password, or a code."""

    password = forms.CharField(
        label="Your password",
        required=False,
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
    )
    code = code_field("Instead of the password.", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("password") and not cleaned.get("code"):
            self.add_error("password", "Enter your password or a code.")
        return cleaned
