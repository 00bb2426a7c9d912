"""The console's pages on customers, drivers, vehicles, medallions and leases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget

from batconnect.core.console.base import ReadOnlyInline
from batconnect.core.kernel.actors import Actor
from batconnect.directory import services
from batconnect.directory.imports import (
    CUSTOMERS,
    DRIVERS,
    LEASES,
    MEDALLIONS,
    VEHICLES,
)
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle
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


@admin.register(Customer)
class CustomerAdmin(DirectoryAdmin):
    """Anyone who owes or pays."""

    imports = CUSTOMERS
    list_display = ("name", "external_reference", "email", "phone", "created_at")
    list_filter = ("created_at",)
    date_hierarchy = "created_at"
    search_fields = ("name", "external_reference", "email")
    ordering = ("name", "id")
    fields = ("name", "external_reference", "email", "phone", "address")
    inlines = (DriverInline,)

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
    search_fields = ("driver_id", "tlc_license", "customer__name")
    ordering = ("driver_id",)
    fields = ("customer", "driver_id", "tlc_license", "status")
    autocomplete_fields = ("customer",)
    inlines = (LeaseDriverInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return () if obj is None else ("customer",)

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

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_medallion(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        services.change_medallion(actor=actor, medallion_pk=int(instance.pk), **values)


class NewLeaseForm(forms.ModelForm):
    """A lease with its primary driver from its first day."""

    primary_driver = forms.ModelChoiceField(
        queryset=Driver.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Lease
        fields = ("lease_id", "lease_type", "medallion", "vehicle", "weekly_amount", "started_on")


class LeaseForm(forms.ModelForm):
    """A running lease; what is filled in below the terms happens on saving."""

    new_primary_driver = forms.ModelChoiceField(
        queryset=Driver.objects.none(), required=False, widget=UnfoldAdminSelectWidget
    )
    new_primary_driver_from = forms.DateField(required=False, widget=UnfoldAdminSingleDateWidget)
    end_on = forms.DateField(
        required=False, widget=UnfoldAdminSingleDateWidget, help_text="The last day of the lease."
    )

    class Meta:
        model = Lease
        fields = ("lease_type", "vehicle", "weekly_amount")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        driver, day = cleaned.get("new_primary_driver"), cleaned.get("new_primary_driver_from")
        if bool(driver) != bool(day):
            missing = "new_primary_driver" if day else "new_primary_driver_from"
            self.add_error(missing, "Give both the driver and the first day.")
        return cleaned


@admin.register(Lease)
class LeaseAdmin(DirectoryAdmin):
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
    inlines = (LeaseDriverInline,)

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
                "Change the primary driver, or end the lease",
                {"fields": ("new_primary_driver", "new_primary_driver_from", "end_on")},
            ),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        return () if obj is None else ("lease_id", "medallion", "status", "started_on", "ended_on")

    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = LeaseForm if change else NewLeaseForm
        form = super().get_form(request, obj, change, **kwargs)
        chosen = form.base_fields.get("new_primary_driver" if change else "primary_driver")
        if isinstance(chosen, forms.ModelChoiceField):
            chosen.queryset = Driver.objects.select_related("customer").filter(status=Driver.Status.ACTIVE)
        return form

    def add_object(self, *, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_lease(actor=actor, **values)

    def change_object(self, *, actor: Actor, instance: models.Model, values: dict[str, Any]) -> None:
        lease_pk = int(instance.pk)
        driver = values.pop("new_primary_driver", None)
        from_on = values.pop("new_primary_driver_from", None)
        ended_on = values.pop("end_on", None)
        if values:
            services.change_lease(actor=actor, lease_pk=lease_pk, **values)
        if driver and from_on:
            services.change_primary_driver(actor=actor, lease_pk=lease_pk, driver=driver, from_on=from_on)
        if ended_on:
            services.end_lease(actor=actor, lease_pk=lease_pk, ended_on=ended_on)
