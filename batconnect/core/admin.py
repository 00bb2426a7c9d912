"""The console's pages on the company, its people, what they did, and the schedules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminEmailInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from batconnect.core.actors import Actor
from batconnect.core.base_admin import BaseAdmin, ReadOnlyAdmin, actor_of, may
from batconnect.core.models import AuditEvent, CompanySettings, Membership, User
from batconnect.core.permissions import Group
from batconnect.core.services.company_settings import change_settings
from batconnect.core.services.people import add_membership, add_user, change_membership, change_user


def groups_field() -> forms.MultipleChoiceField:
    """The company's groups as boxes to tick."""
    return forms.MultipleChoiceField(
        choices=Group.choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """Settings with the logo as a file."""

    new_logo = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="PNG or JPEG, at most 200 kB. Printed on receipts.",
    )
    remove_logo = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)

    class Meta:
        model = CompanySettings
        fields = (
            "address",
            "phone",
            "email",
            "brand_colour",
            "closed_until",
            "settles_from",
            "back_dating_days",
            "refund_approval_limit",
            "write_off_approval_limit",
            "longest_schedule",
        )


@admin.register(CompanySettings)
class CompanySettingsAdmin(BaseAdmin):
    """Branding, limits and dates; one row per company."""

    view_permission = "core.view"
    change_permission = "core.manage_settings"
    form = SettingsForm
    list_display = ("company", "closed_until", "settles_from", "refund_approval_limit")
    list_select_related = ("company",)
    fieldsets = (
        ("On paper", {"fields": ("address", "phone", "email", "brand_colour", "new_logo", "remove_logo")}),
        ("Dates", {"fields": ("closed_until", "settles_from", "back_dating_days")}),
        ("Limits", {"fields": ("refund_approval_limit", "write_off_approval_limit", "longest_schedule")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return found
        fields = tuple(name for name in found[0][1]["fields"] if "logo" not in name)
        return (("On paper", {"fields": fields}), *found[1:])

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        sent = values.pop("new_logo", None)
        if values.pop("remove_logo", False):
            values["logo"] = None
        elif sent:
            values["logo"] = sent.read()
        change_settings(actor=actor, **values)


class UserForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """A user's account; a password is set only when one is typed."""

    password = forms.CharField(
        label="New password",
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="At least ten characters. Leave it empty to keep the present one.",
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")


class NewUserForm(UserForm):
    """A new account with its place in the company."""

    # Not `groups`: Django's user has its own, which mean nothing here.
    company_groups = groups_field()

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")


@admin.register(User)
class UserAdmin(BaseAdmin):
    """The people of the company."""

    view_permission = "core.view"
    add_permission = "core.manage_users"
    change_permission = "core.manage_users"
    list_display = ("username", "first_name", "last_name", "email", "last_login", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    fieldsets = ((None, {"fields": ("first_name", "last_name", "email", "password")}),)
    add_fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email", "password", "company_groups")}),
    )
    formfield_overrides = {
        models.CharField: {"widget": UnfoldAdminTextInputWidget},
        models.EmailField: {"widget": UnfoldAdminEmailInputWidget},
    }

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return (
            super()
            .get_queryset(request)
            .filter(memberships__company_id=actor_of(request).company_id)
            .distinct()
        )

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = UserForm if change else NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        if obj is not None and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("username", "first_name", "last_name", "email", "last_login")}),)
        return super().get_fieldsets(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only accounts that this company keeps, and never a superuser's."""
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, User) or (
            obj.home_company_id == actor_of(request).company_id and not obj.is_superuser
        )

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return add_user(actor=actor, groups=values.pop("company_groups"), **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        if not values.get("password"):
            values.pop("password", None)
        if values:
            change_user(actor=actor, user_id=int(instance.pk), **values)


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """What a person may do here."""

    groups = groups_field()

    class Meta:
        model = Membership
        fields = ("groups", "is_active")


class NewMembershipForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """A place for somebody who has an account already."""

    username = forms.CharField(
        max_length=150, widget=UnfoldAdminTextInputWidget, help_text="Of an account that exists."
    )
    groups = groups_field()

    class Meta:
        model = Membership
        fields = ("groups",)


@admin.register(Membership)
class MembershipAdmin(BaseAdmin):
    """Who belongs to the company, in which groups."""

    view_permission = "core.view"
    add_permission = "core.manage_users"
    change_permission = "core.manage_users"
    list_display = ("user", "groups", "is_active", "created_at")
    list_filter = ("is_active",)
    list_select_related = ("user", "company")
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username",)
    fieldsets = ((None, {"fields": ("user", "groups", "is_active")}),)
    add_fieldsets = ((None, {"fields": ("username", "groups")}),)

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = MembershipForm if change else NewMembershipForm
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return () if obj is None else ("user",)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Everybody's but the own."""
        if not super().has_change_permission(request, obj):
            return False
        return not isinstance(obj, Membership) or obj.user_id != request.user.pk

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return add_membership(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        change_membership(actor=actor, membership_pk=int(instance.pk), **values)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What people did outside cases; nobody changes it."""

    view_permission = "core.view"
    list_display = ("at", "actor", "action", "subject_type", "subject_id", "reason")
    search_fields = ("subject_id", "actor", "action")
    list_filter = ("action",)
    ordering = ("-at", "-id")


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BaseAdmin):
    """The schedules. Which code runs is written in the code: a superuser may switch and re-time, nothing else.

    A free task name or arguments would be code execution for whoever can type them.
    """

    view_permission = "schedules.view"
    list_display = ("name", "enabled", "interval", "crontab", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab", "solar", "clocked")
    search_fields = ("name", "task")
    ordering = ("name",)
    fields = (
        "name",
        "task",
        "enabled",
        "interval",
        "crontab",
        "description",
        "last_run_at",
        "total_run_count",
    )
    readonly_fields = ("name", "task", "last_run_at", "total_run_count")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        user = request.user
        return bool(may(request, self.view_permission) and user.is_active and user.is_superuser)
