"""The console's pages on people's accounts; their places in the company are in `places_admin`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.enums import ActionVariant
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from batconnect.core.admin.faces import USER_FACE, describe_event
from batconnect.core.console.base import actor_of, has_permission
from batconnect.core.console.confirmations import Preview, ReasonForm
from batconnect.core.console.row_actions import RowAction, RowActionAdmin
from batconnect.core.database.history import Change
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.permissions import Group
from batconnect.core.models import Approval, AuditEvent, Membership, User
from batconnect.core.people import people, places
from batconnect.core.people.second_factor import reset_second_factor, unlock_sign_in
from batconnect.core.serving.throttling import limit_requests

_TRAIL: Final = "trail.view"
_SHOWN_TO: Final = {"has_second_factor": places.PERMISSION, "last_sign_in": _TRAIL}
"""Columns of the user list that need a right of their own."""
MADE_FOR_YOU = (
    "Leave this empty and one is made and shown once. It is good for one sign-in within seven days."
)


def groups_field() -> forms.MultipleChoiceField:
    """The company's groups as checkboxes."""
    return forms.MultipleChoiceField(
        choices=Group.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )


def _reset(actor: Actor, user: User, values: dict[str, Any]) -> Preview:
    outcome = reset_second_factor(actor=actor, user_id=user.pk, reason=values["reason"])
    if isinstance(outcome, Approval):
        return Preview(
            f"Asks another administrator to agree to a reset of the second factor of {user.username}. Nothing changes "
            "until then.",
            state=str(user.second_factor_since),
        )
    return Preview(
        f"The phone and the recovery codes of {user.username} no longer work; a new second factor is set up at the "
        "next sign-in. First make sure that it is really this person who is asking.",
        state=str(user.second_factor_since),
    )


def _unlock(actor: Actor, user: User, values: dict[str, Any]) -> Preview:
    unlock_sign_in(actor=actor, user_id=user.pk, reason=values["reason"])
    return Preview(
        f"{user.username} may try to sign in again at once: wrong passwords and codes are forgotten."
    )


def _close(actor: Actor, user: User, values: dict[str, Any]) -> Preview:
    people.set_user_active(actor=actor, user_id=user.pk, is_active=False, reason=values["reason"])
    return Preview(
        f"{user.username} can no longer sign in to any company; open sessions end at the next click. "
        "What {0} has done stays as it is.".format(user.display_name)
    )


def _open(actor: Actor, user: User, values: dict[str, Any]) -> Preview:
    people.set_user_active(actor=actor, user_id=user.pk, is_active=True, reason=values["reason"])
    return Preview(f"{user.username} can sign in again, with the groups held before.")


def _may_change(actor: Actor, user: User) -> bool:
    """Only accounts that this company keeps, and never a superuser's."""
    return user.home_company_id == actor.company_id and not user.is_superuser


def _is_other(actor: Actor, user: User) -> bool:
    """Nothing is offered on the user's own account, nor on one that another company keeps."""
    return user.pk != actor.user_id and _may_change(actor, user)


RESET: Final = RowAction(
    name="reset_second_factor",
    title="Reset the second factor",
    label="Reset second factor",
    permission=places.PERMISSION,
    icon="phonelink_erase",
    form=ReasonForm,
    run=_reset,
    offered=lambda actor, user: _is_other(actor, user) and user.second_factor_since is not None,
)
UNLOCK: Final = RowAction(
    name="unlock",
    title="Unlock sign-in",
    permission=places.PERMISSION,
    icon="lock_open",
    form=ReasonForm,
    run=_unlock,
    offered=lambda actor, user: _is_other(actor, user) and user.is_active,
)
CLOSE: Final = RowAction(
    name="close",
    title="Close the account",
    label="Close account",
    permission=places.PERMISSION,
    icon="person_off",
    variant=ActionVariant.DANGER,
    form=ReasonForm,
    run=_close,
    offered=lambda actor, user: _is_other(actor, user) and user.is_active,
)
OPEN: Final = RowAction(
    name="open",
    title="Open the account",
    label="Open account",
    permission=places.PERMISSION,
    icon="person_check",
    form=ReasonForm,
    run=_open,
    offered=lambda actor, user: _is_other(actor, user) and not user.is_active,
)


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """A person's account; a password is set only when one is typed."""

    password = forms.CharField(
        label="One-time password",
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least twelve characters. Good for one sign-in within seven days, to choose a new one.",
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")


class UserForm(AccountForm):
    """An existing account; a new password may also be made."""

    make_password = forms.BooleanField(
        label="Make a new one-time password",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Shown once, on the next page.",
    )


class NewUserForm(AccountForm):
    """A new account with its place in the company."""

    # Not `groups`: Django's user has its own, which mean nothing here.
    company_groups = groups_field()
    for_a_program = forms.BooleanField(
        label="For a program",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="Signs in to the API only, not to the console, and keeps the password given here.",
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = MADE_FOR_YOU


def _kept_here(user: Any) -> bool:
    """Whether the company whose pages show the account keeps it; see `UserAdmin.get_queryset`."""
    return bool(user.kept_here)


@admin.register(User)
class UserAdmin(RowActionAdmin):
    """The people of the company."""

    add_permission = "core.manage_users"
    change_permission = "core.manage_users"
    list_display = (
        "username",
        "first_name",
        "last_name",
        "email_here",
        "groups_here",
        "has_second_factor",
        "last_sign_in",
        "is_active",
    )
    list_filter = ("is_active",)
    # Not by e-mail: of an account that another company keeps, this one sees only the name.
    search_fields = ("username", "first_name", "last_name")
    ordering = ("username",)
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        ("Sign-in", {"fields": ("password", "make_password")}),
    )
    readonly_fields = ("username",)
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "company_groups")}),
        ("Sign-in", {"fields": ("password", "for_a_program")}),
    )
    formfield_overrides = {
        models.CharField: {"widget": UnfoldAdminTextInputWidget},
        models.EmailField: {"widget": UnfoldAdminEmailInputWidget},
    }
    row_actions = (RESET, UNLOCK, CLOSE, OPEN)
    face = USER_FACE

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        company_id = actor_of(request).company_id
        here = models.Prefetch(
            "memberships", queryset=Membership.objects.filter(company_id=company_id), to_attr="here"
        )
        return (
            super()
            .get_queryset(request)
            .filter(memberships__company_id=company_id)
            .distinct()
            .annotate(kept_here=models.Q(home_company_id=company_id))
            .prefetch_related(here)
        )

    @admin.display(description="groups")
    def groups_here(self, user: Any) -> str:
        """What the person is in this company; nothing while the membership is switched off."""
        (place,) = user.here
        return ", ".join(place.groups) if place.is_active else "—"

    @admin.display(description="e-mail", ordering="email")
    def email_here(self, user: User) -> str:
        """The address of an account that this company keeps."""
        return user.email if _kept_here(user) else "—"

    @admin.display(description="second factor", boolean=True)
    def has_second_factor(self, user: User) -> bool | None:
        """Whether a second factor is set up; unknown for an account that another company keeps."""
        return user.second_factor_since is not None if _kept_here(user) else None

    @admin.display(description="last sign-in")
    def last_sign_in(self, user: User) -> datetime | None:
        """When somebody whose account this company keeps signed in to the console."""
        return user.last_login if _kept_here(user) else None

    def columns_for(self, request: HttpRequest) -> list[Any]:
        """Whoever has no second factor is the one to attack: that, and who signs in when, is shown to few."""
        hidden = {name for name, right in _SHOWN_TO.items() if not has_permission(request, right)}
        return [each for each in super().columns_for(request) if each not in hidden]

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = UserForm if change else NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return self.readonly_fields if obj is not None else ()

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            names = ("username", "first_name", "last_name")
            if not _kept_here(obj):
                return (("Details", {"classes": ("collapse",), "fields": names}),)
            sign_ins = ("last_login",) if has_permission(request, _TRAIL) else ()
            return (("Details", {"classes": ("collapse",), "fields": (*names, "email", *sign_ins)}),)
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, User) or _may_change(actor_of(request), obj)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """User names are unique in the whole installation, and a taken one must be refused: the number of tries
        is limited, so that nobody can find out who works in other companies."""
        if request.method == "POST":
            limit_requests(
                name="new_accounts",
                subject=str(actor_of(request).company_id),
                limit=settings.NEW_ACCOUNTS_PER_HOUR,
                seconds=3600,
            )
        return super().add_view(request, form_url, extra_context)

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        made = ""
        if not values["password"] and not values["for_a_program"]:
            made = values["password"] = people.one_time_password()
        user = people.add_user(actor=actor, groups=values.pop("company_groups"), **values)
        user.shown_once = made  # type: ignore[attr-defined]  # read by response_add
        user.waiting = places.rights_that_wait(actor=actor, user_id=user.pk)  # type: ignore[attr-defined]  # as above
        return user

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        if values.pop("make_password", False):
            values["password"] = people.one_time_password()
            instance.shown_once = values["password"]  # type: ignore[attr-defined]  # read by response_change
        if not values.get("password"):
            values.pop("password", None)
        if values:
            people.change_user(actor=actor, user_id=int(instance.pk), **values)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        if getattr(obj, "waiting", None) is not None:
            request.waits_for = obj.waiting  # type: ignore[attr-defined]  # read by message_user
        return self._show_once(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._show_once(request, obj) or super().response_change(request, obj)

    def _show_once(self, request: HttpRequest, user: User) -> HttpResponse | None:
        """The password that was made, on a page of its own: a message would be kept in a cookie."""
        made = getattr(user, "shown_once", "")
        if not made:
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"One-time password of {user.username}",
            "opts": self.opts,
            "account": user,
            "password": made,
            "waiting": getattr(user, "waiting", None),
            "days": people.ONE_TIME_PASSWORD_DAYS,
            "back": reverse("admin:core_user_changelist"),
        }
        return TemplateResponse(request, "admin/account/one_time_password.html", context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done to the account in this company, from the audit trail: a row's history would hold passwords."""
        if not has_permission(request, _TRAIL):
            raise PermissionDenied
        events = AuditEvent.objects.filter(
            company_id=actor_of(request).company_id, subject_type="user", subject_id=object_id
        )
        changes = [
            Change(event.at, event.actor, describe_event(event), event.request_id, ())
            for event in events.order_by("-at", "-id")[:200]
        ]
        return super().history_view(request, object_id, {"changes": changes, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Links to the account's history for those who may read it."""
        context = {"show_history": has_permission(request, _TRAIL), **(extra_context or {})}
        answer: HttpResponse = super().change_view(request, object_id, form_url, context)
        return answer
