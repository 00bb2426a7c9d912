"""The console's pages on the company, its people, what they did, and the schedules."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django_celery_beat.models import PeriodicTask
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from batconnect.core.admin.faces import EVENT_FACE
from batconnect.core.companies.settings import change_settings
from batconnect.core.console.base import BaseAdmin, ReadOnlyAdmin, has_permission
from batconnect.core.files.exports.letterhead import logo_address
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField
from batconnect.core.models import AuditEvent, CompanySettings, Counter


def _percent_field(name: str) -> TypedMoneyField:
    """A percentage of two places, typed and read as amounts are."""
    column = CompanySettings._meta.get_field(name)
    return TypedMoneyField(
        label=str(column.verbose_name).capitalize(),  # type: ignore[union-attr]  # a column, not a relation
        help_text=str(column.help_text),  # type: ignore[union-attr]  # as above
        widget=UnfoldAdminTextInputWidget,
    )


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # no generics at runtime
    """Settings with the logo as a file."""

    new_logo = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        label="New logo",
        help_text="PNG or JPEG, at most 200 kB and 2000 pixels each way. Printed on every document.",
    )
    remove_logo = forms.BooleanField(required=False, widget=UnfoldBooleanWidget)
    interest_cap_percent = _percent_field("interest_cap_percent")
    max_kept_percent = _percent_field("max_kept_percent")

    class Meta:
        model = CompanySettings
        fields = tuple(name for name in CompanySettings.changeable() if name != "logo")
        widgets: ClassVar = {"brand_colour": UnfoldAdminColorInputWidget}


@admin.register(CompanySettings)
class CompanySettingsAdmin(BaseAdmin):
    """Branding, limits and dates; one row per company."""

    change_permission = "core.manage_settings"
    form = SettingsForm
    list_display = ("company", "closed_until", "settles_from", "refund_approval_limit")
    list_select_related = ("company",)
    readonly_fields = ("name", "time_zone", "currency", "logo_now", "numbers")
    fieldsets = (
        (
            "The company",
            {
                "fields": ("name", "time_zone", "currency"),
                "description": "Set when the company was added: its days, weeks and amounts are kept in them.",
            },
        ),
        (
            "On paper",
            {
                "fields": (
                    *("legal_name", "address", "phone", "email", "brand_colour"),
                    *("logo_now", "new_logo", "remove_logo"),
                )
            },
        ),
        ("By mail", {"fields": ("mail_cover",)}),
        (
            "Dates",
            {
                "fields": (
                    *("closed_until", "settles_from", "back_dating_days"),
                    *("oldest_bookable_days", "check_hold_days"),
                )
            },
        ),
        (
            "A second person above",
            {
                "fields": (
                    *("refund_approval_limit", "write_off_approval_limit", "void_approval_limit"),
                    *("payout_approval_limit", "loan_approval_limit"),
                    *("credit_memo_approval_limit", "manual_entry_approval_limit", "count_difference_limit"),
                ),
                "description": (
                    "Each limit counts what the same payment, obligation or document had in the last 30 days, "
                    "and what its customer had today, whoever did it."
                ),
            },
        ),
        ("Loans and repairs", {"fields": ("longest_schedule", "interest_cap_percent")}),
        ("Weekly settlement", {"fields": ("least_payout", "max_kept_percent", "nets_leases")}),
        ("Books", {"fields": ("claims_tax_on_bad_debt", "posts_agency_bills")}),
        ("Bank lines", {"fields": ("match_book_at", "match_suggest_at")}),
        (
            "Numbers",
            {
                "fields": ("numbers",),
                "description": "Each series counts without gaps; numbers that were given out never change.",
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        upload_fields = {"new_logo", "remove_logo"}
        return tuple(
            (
                title,
                {**options, "fields": tuple(name for name in options["fields"] if name not in upload_fields)},
            )
            for title, options in fieldsets
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The company's one row, without a list before it. The theme's script sends the form back to this address."""
        if request.GET or "action" in request.POST or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        pk = str(self.get_queryset(request).values_list("pk", flat=True).get())
        page = reverse("admin:core_companysettings_change", args=[pk])
        return self.changeform_view(request, pk, form_url=page, extra_context=extra_context)

    @admin.display(description="Name")
    def name(self, settings: CompanySettings) -> str:
        """The company's name in this installation."""
        return settings.company.name

    @admin.display(description="Time zone")
    def time_zone(self, settings: CompanySettings) -> str:
        """The time zone in which its days begin."""
        return settings.company.time_zone

    @admin.display(description="Base currency")
    def currency(self, settings: CompanySettings) -> str:
        """The currency in which it keeps its books."""
        return settings.company.base_currency

    @admin.display(description="Logo")
    def logo_now(self, settings: CompanySettings) -> str:
        """The logo as documents print it."""
        address = logo_address(settings)
        if not address:
            return "None"
        return format_html('<img class="company-logo" src="{}" alt="Logo of {}">', address, settings.company)

    @admin.display(description="Last numbers given out")
    def numbers(self, settings: CompanySettings) -> str:
        """Series, period and the last number of each."""
        counters = Counter.objects.filter(company_id=settings.company_id).order_by("series", "-period")
        rows = format_html_join(
            "",
            "<tr><td class='pr-6'>{}</td><td class='pr-6'>{}</td><td>{}</td></tr>",
            ((counter.series, counter.period or "forever", f"{counter.value:,}") for counter in counters),
        )
        if not rows:
            return "None yet"
        return format_html(
            "<table><thead><tr><th scope='col' class='pr-6 text-left'>Series</th>"
            "<th scope='col' class='pr-6 text-left'>Year or day</th>"
            "<th scope='col' class='text-left'>Last number</th></tr></thead><tbody>{}</tbody></table>",
            rows,
        )

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> object:
        sent = values.pop("new_logo", None)
        if values.pop("remove_logo", False):
            values["logo"] = None
        elif sent:
            values["logo"] = sent.read()
        return change_settings(actor=actor, **values)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """What people did outside cases, to read."""

    list_display = ("at", "actor", "action", "subject_type", "reason")
    search_fields = ("^subject_id", "^actor", "^action")
    list_filter = ("action", "subject_type", "actor", "at")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    face = EVENT_FACE


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BaseAdmin):
    """The schedules. Which code runs is fixed in the code: a superuser may switch and re-time them, nothing else.

    A free task name or arguments would be code execution for whoever can type them.
    """

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
        return bool(has_permission(request, self.view_permission) and user.is_active and user.is_superuser)
