"""The console's pages on customers, drivers, vehicles, medallions and leases."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from batconnect.core.console.base import ReadOnlyInline
from batconnect.core.console.bulk.lists import BulkActionAdmin
from batconnect.core.console.faces import MAX_ROWS
from batconnect.core.console.form_fields import DayField, RowPicker
from batconnect.core.console.row_actions import RowActionAdmin
from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.money import TypedMoneyField
from batconnect.directory import services
from batconnect.directory.faces import (
    CUSTOMER_FACE,
    DRIVER_FACE,
    LEASE_FACE,
    LEASE_RATE_FACE,
    MEDALLION_FACE,
    VEHICLE_FACE,
    tenures_of,
)
from batconnect.directory.imports import (
    CUSTOMERS,
    DRIVERS,
    LEASE_RATES,
    LEASES,
    MEDALLIONS,
    VEHICLES,
)
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, LeaseRate, Medallion, Vehicle
from batconnect.directory.transfer import TransferAdmin


class DirectoryAdmin(TransferAdmin):
    """A page of the directory: seen by all, changed, imported and exported by right."""

    add_permission = "directory.change"
    change_permission = "directory.change"


class DriverInline(ReadOnlyInline):
    """The driver a customer is."""

    model = Driver
    view_permission = "directory.view"
    fields = ("driver_id", "tlc_license", "status")


class LeaseDriverInline(ReadOnlyInline):
    """Who drives when."""

    model = LeaseDriver
    view_permission = "directory.view"
    fields = ("lease", "driver", "role", "from_on", "until_on")
    ordering = ("-from_on",)
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("lease", "driver__customer")

    def rows_read(self, row: models.Model) -> list[LeaseDriver] | None:
        """A lease's card and links have read them; of many, its page reads a part for itself."""
        tenures = tenures_of(row) if isinstance(row, Lease) else []
        return tenures if 0 < len(tenures) < MAX_ROWS else None


class LeaseRateInline(ReadOnlyInline):
    """What it costs a week, from which day."""

    model = LeaseRate
    view_permission = "directory.view"
    fields = ("from_on", "weekly_amount", "entered_by")
    ordering = ("-from_on",)


@admin.register(Customer)
class CustomerAdmin(DirectoryAdmin, BulkActionAdmin):
    """Anyone who owes or pays."""

    imports = CUSTOMERS
    list_display = ("name", "external_reference", "email", "phone", "created_at")
    list_filter = ("created_at",)
    date_hierarchy = "created_at"
    search_fields = ("name", "external_reference", "email")
    ordering = ("name", "id")
    fields = ("name", "external_reference", "email", "phone", "address")
    inlines = (DriverInline,)
    face = CUSTOMER_FACE

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_customer(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        services.change_customer(actor=actor, customer_id=instance.pk, **values)


@admin.register(Driver)
class DriverAdmin(DirectoryAdmin):
    """Customers with a TLC license."""

    imports = DRIVERS
    list_display = ("driver_id", "customer", "tlc_license", "status")
    list_filter = ("status",)
    list_select_related = ("customer",)
    named_with = ("customer",)
    search_fields = ("driver_id", "tlc_license", "customer__name")
    ordering = ("driver_id",)
    fields = ("customer", "driver_id", "tlc_license", "status")
    autocomplete_fields = ("customer",)
    inlines = (LeaseDriverInline,)
    face = DRIVER_FACE

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return () if obj is None else ("customer",)

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """A lease's pickers offer who is active: its forms take nobody else."""
        at = request.resolver_match
        if (
            at is not None
            and at.url_name == "autocomplete"
            and request.GET.get("model_name") == LeaseDriver._meta.model_name
        ):
            queryset = queryset.filter(status=Driver.Status.ACTIVE)
        return super().get_search_results(request, queryset, search_term)

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_driver(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        services.change_driver(actor=actor, driver_pk=int(instance.pk), **values)


@admin.register(Vehicle)
class VehicleAdmin(DirectoryAdmin):
    """Cars."""

    imports = VEHICLES
    list_display = ("plate_no", "vin", "make", "model", "year")
    search_fields = ("plate_no", "vin")
    ordering = ("plate_no",)
    fields = ("plate_no", "vin", "make", "model", "year")
    face = VEHICLE_FACE

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_vehicle(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        services.change_vehicle(actor=actor, vehicle_pk=int(instance.pk), **values)


@admin.register(Medallion)
class MedallionAdmin(DirectoryAdmin):
    """Medallions."""

    imports = MEDALLIONS
    list_display = ("medallion_no",)
    search_fields = ("medallion_no",)
    ordering = ("medallion_no",)
    fields = ("medallion_no",)
    face = MEDALLION_FACE

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_medallion(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        services.change_medallion(actor=actor, medallion_pk=int(instance.pk), **values)


class ActiveDriverField(forms.ModelChoiceField):
    """An active driver, found by typing: a list of all of them grows with the fleet."""

    def __init__(self, **options: Any) -> None:
        active = Driver.objects.filter(status=Driver.Status.ACTIVE).select_related("customer")
        widget = RowPicker(LeaseDriver._meta.get_field("driver"), admin.site)
        super().__init__(queryset=active, required=False, widget=widget, **options)


class NewLeaseForm(forms.ModelForm):
    """A lease with its primary driver from its first day."""

    primary_driver = ActiveDriverField()

    class Meta:
        model = Lease
        fields = ("lease_id", "lease_type", "medallion", "vehicle", "weekly_amount", "started_on")


class LeaseForm(forms.ModelForm):
    """A running lease; what is filled in below the terms happens on saving."""

    new_rate = TypedMoneyField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="What it costs a week from the day below on, until its next rate.",
    )
    new_rate_from = DayField(required=False)
    new_primary_driver = ActiveDriverField()
    new_primary_driver_from = DayField(required=False)
    additional_driver = ActiveDriverField(
        help_text="Earns on the lease and owes no fee. With a last day alone, an additional driver's time ends.",
    )
    additional_driver_from = DayField(required=False)
    additional_driver_until = DayField(required=False, help_text="The last day; empty while it lasts.")
    end_on = DayField(required=False, help_text="The last day of the lease.")

    class Meta:
        model = Lease
        fields = ("lease_type", "vehicle")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for what in ("new_rate", "new_primary_driver"):
            value, day = cleaned.get(what), cleaned.get(f"{what}_from")
            if (value is None) != (day is None) and not {what, f"{what}_from"} & set(self.errors):
                missing = what if day else f"{what}_from"
                self.add_error(missing, "Give both this and the first day.")
        days = cleaned.get("additional_driver_from"), cleaned.get("additional_driver_until")
        if "additional_driver" not in self.errors and bool(cleaned.get("additional_driver")) != any(days):
            missing = "additional_driver" if any(days) else "additional_driver_from"
            self.add_error(missing, "Give both the driver and the first day, or the last.")
        return cleaned


# What is not a field of the lease, but happens to it.
_HAPPENS: Final = (
    *("new_rate", "new_rate_from", "new_primary_driver", "new_primary_driver_from"),
    *("additional_driver", "additional_driver_from", "additional_driver_until", "end_on"),
)


@admin.register(Lease)
class LeaseAdmin(DirectoryAdmin, RowActionAdmin):
    """Leases with their drivers over time."""

    imports = LEASES
    list_display = ("lease_id", "lease_type", "medallion", "vehicle", "weekly_amount", "status", "started_on")
    list_filter = ("status", "lease_type", "started_on", "weekly_amount")
    date_hierarchy = "started_on"
    list_select_related = ("medallion", "vehicle")
    search_fields = (
        "lease_id",
        "medallion__medallion_no",
        "vehicle__plate_no",
        "vehicle__vin",
        "lease_drivers__driver__tlc_license",
        "lease_drivers__driver__customer__name",
    )
    ordering = ("lease_id",)
    autocomplete_fields = ("medallion", "vehicle")
    terms = (
        "lease_id",
        "lease_type",
        "medallion",
        "vehicle",
        "weekly_amount",
        "status",
        "started_on",
        "ended_on",
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "lease_id",
                    "lease_type",
                    "medallion",
                    "vehicle",
                    "weekly_amount",
                    "started_on",
                    "primary_driver",
                )
            },
        ),
    )
    inlines = (LeaseRateInline, LeaseDriverInline)
    face = LEASE_FACE

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """An ended lease is history."""
        return super().has_change_permission(request, obj) and (
            not isinstance(obj, Lease) or obj.status == Lease.Status.ACTIVE
        )

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": self.terms}),)
        return (
            (None, {"fields": self.terms}),
            (
                "Change the rate or the drivers, or end the lease",
                {
                    "fields": (
                        *("new_rate", "new_rate_from"),
                        *("new_primary_driver", "new_primary_driver_from"),
                        *("additional_driver", "additional_driver_from", "additional_driver_until"),
                        "end_on",
                    )
                },
            ),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        if obj is None:
            return ()
        return ("lease_id", "medallion", "weekly_amount", "status", "started_on", "ended_on")

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = LeaseForm if change else NewLeaseForm
        return super().get_form(request, obj, change, **kwargs)

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_lease(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        lease_pk = int(instance.pk)
        asked = {name: values.pop(name, None) for name in _HAPPENS}
        if values:
            services.change_lease(actor=actor, lease_pk=lease_pk, **values)
        rate, since = asked["new_rate"], asked["new_rate_from"]
        if rate is not None and since:
            services.set_lease_rate(actor=actor, lease_pk=lease_pk, from_on=since, weekly_amount=rate)
        driver, from_on = asked["new_primary_driver"], asked["new_primary_driver_from"]
        if driver and from_on:
            services.change_primary_driver(actor=actor, lease_pk=lease_pk, driver=driver, from_on=from_on)
        if helper := asked["additional_driver"]:
            from_on, until_on = asked["additional_driver_from"], asked["additional_driver_until"]
            if from_on:
                services.add_lease_driver(
                    actor=actor, lease_pk=lease_pk, driver=helper, from_on=from_on, until_on=until_on
                )
            else:
                services.end_lease_driver(actor=actor, lease_pk=lease_pk, driver=helper, until_on=until_on)
        if asked["end_on"]:
            services.end_lease(actor=actor, lease_pk=lease_pk, ended_on=asked["end_on"])


@admin.register(LeaseRate)
class LeaseRateAdmin(DirectoryAdmin):
    """What leases cost a week, from which day."""

    imports = LEASE_RATES
    list_display = ("lease", "from_on", "weekly_amount", "entered_by", "created_at")
    list_filter = ("lease", "from_on", "weekly_amount")
    date_hierarchy = "from_on"
    list_select_related = ("lease",)
    search_fields = ("lease__lease_id",)
    ordering = ("lease__lease_id", "-from_on")
    fields = ("lease", "from_on", "weekly_amount")
    autocomplete_fields = ("lease",)
    face = LEASE_RATE_FACE

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return () if obj is None else ("lease", "from_on")

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.set_lease_rate(actor=actor, lease_pk=values.pop("lease").pk, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        assert isinstance(instance, LeaseRate)
        services.set_lease_rate(
            actor=actor,
            lease_pk=instance.lease_id,
            from_on=instance.from_on,
            weekly_amount=values["weekly_amount"],
        )
