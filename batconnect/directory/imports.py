"""Import and export of the directory: a file's rows go through the same services as a form's.

A row whose key is known changes that row, any other adds one. A column that the file leaves out stays as it is; an
empty cell empties the field. A row that would change what only a page of its own may change is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Subquery
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.results import Result, RowResult

from batconnect.core.kernel.actors import Actor
from batconnect.core.kernel.errors import Refusal
from batconnect.directory import services
from batconnect.directory.import_cells import (
    ChoiceWidget,
    DayWidget,
    LookupWidget,
    MoneyWidget,
    TextWidget,
    WholeNumberWidget,
    uuid_or_none,
)
from batconnect.directory.models import Customer, Driver, Lease, LeaseDriver, Medallion, Vehicle


class DirectoryResource(ModelResource):
    """A file of one table. `key` names its rows; `needed` columns make a new one; `fixed` ones no file changes."""

    key: ClassVar[str]
    needed: ClassVar[tuple[str, ...]]
    written: ClassVar[tuple[str, ...]]
    fixed: ClassVar[Mapping[str, str]] = {}

    def __init__(self, *, actor: Actor | None = None, **kwargs: Any) -> None:
        super().__init__()
        self.actor = actor
        if actor is not None:
            for field in self.fields.values():
                if isinstance(field.widget, MoneyWidget):
                    field.widget.currency = actor.company.base_currency
        self.places: dict[str, int] = {}

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a file whose columns are not ours before looking at any row."""
        known = [field.column_name for field in self.get_import_fields()]
        headings = list(dataset.headers or ())
        wrong = [
            *(f"unknown column “{name}”" for name in headings if name not in known),
            *(f"column “{name}” twice" for name in sorted(set(headings)) if headings.count(name) > 1),
            *(f"no column “{name}”" for name in self.needed if name not in headings),
        ]
        if wrong:
            dataset.wipe()
            raise ValueError(f"The columns are {', '.join(known)}. This file has: {'; '.join(wrong)}.")

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        """The row that a line names, None for a new one. Raises ValidationError for a line without a name, or twice."""
        value = str(row.get(self.key) or "").strip()
        if not value:
            raise ValidationError({self.key: "This is what identifies the row: fill it in."})
        self.once(value)
        return self.rows().filter(**{self.key: value}).first()

    def once(self, value: str) -> None:
        """Note what a line names. Raises ValidationError when an earlier line named the same."""
        line = self.places.setdefault(value, self.line)
        if line != self.line:
            raise ValidationError({self.key: f"Row {line} already names it."})

    def rows(self) -> models.QuerySet[Any]:
        """The company's rows."""
        assert self.actor is not None, "an import is somebody's"
        return self._meta.model._default_manager.filter(company_id=self.actor.company_id)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        self.line = int(kwargs["row_number"]) + 1

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        assert self.actor is not None, "an import is somebody's"
        new = instance._state.adding
        if new:
            instance.company_id = self.actor.company_id
        before = {name: None if new else getattr(instance, name) for name in self.fixed}
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            raise self.by_column(error.error_dict) from error
        if not new:
            changed = {
                name: message
                for name, message in self.fixed.items()
                if getattr(instance, name) != before[name]
            }
            if changed:
                raise self.by_column(changed)
        missing = [
            name for name in self.needed if getattr(instance, self.attribute_of(name), None) in (None, "")
        ]
        if missing:
            raise ValidationError(dict.fromkeys(missing, "This is required."))

    def by_column(self, errors: Mapping[str, Any]) -> ValidationError:
        """The errors under the headings that the file has for the attributes."""
        columns = {str(field.attribute): field.column_name for field in self.get_import_fields()}
        return ValidationError({columns.get(name, name): error for name, error in errors.items()})

    def attribute_of(self, column: str) -> str:
        """The attribute that a column fills."""
        return next(str(field.attribute) for field in self.get_import_fields() if field.column_name == column)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        assert self.actor is not None, "an import is somebody's"
        values = {name: getattr(instance, name) for name in self.written}
        try:
            if is_create:
                instance.__dict__.update(self.add(self.actor, values).__dict__)
            else:
                self.change(self.actor, instance, values)
        except Refusal as refusal:
            if not refusal.errors:
                raise ValidationError(refusal.message) from refusal
            raise self.by_column({error.field: error.message for error in refusal.errors}) from refusal

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """No file names primary keys, so no sequence is set back; the runtime role could not either."""
        if "request" in kwargs:
            kwargs["request"].import_seen = digest_of(result)

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        """Add the row by the table's service."""
        raise NotImplementedError

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        """Change the row by the table's service."""
        raise NotImplementedError


def digest_of(result: Result) -> str:
    """What an import would do, or did: to hold what was confirmed against what was seen."""
    rows = [(row.import_type, row.diff) for row in result.rows if isinstance(row, RowResult)]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


class CustomerResource(DirectoryResource):
    """Customers, known by their id, or else by their external reference; a row with neither is a new one."""

    key = "external_reference"
    needed = ("name",)
    written = ("name", "email", "phone", "address", "external_reference")
    id = Field(column_name="id")
    external_reference = Field("external_reference", "external_reference", TextWidget(or_none=True))
    name = Field("name", "name", TextWidget())
    email = Field("email", "email", TextWidget())
    phone = Field("phone", "phone", TextWidget())
    address = Field("address", "address", TextWidget())

    class Meta:
        model = Customer
        fields = ("id", "external_reference", "name", "email", "phone", "address")
        import_id_fields = ()
        skip_unchanged = True

    def get_instance(self, instance_loader: Any, row: Any) -> Any:
        named, reference = (str(row.get(name) or "").strip() for name in ("id", "external_reference"))
        if named:
            self.once(named)
            customer = self.rows().filter(pk=uuid_or_none(named)).first()
            if customer is None:
                raise ValidationError(
                    {"id": "There is no customer with this id; leave it empty for a new one."}
                )
            return customer
        if not reference:
            return None
        self.once(reference)
        return self.rows().filter(external_reference=reference).first()

    def dehydrate_id(self, customer: Customer) -> str:
        """The id, for those who send the file back."""
        return str(customer.pk)

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_customer(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_customer(actor=actor, customer_id=instance.pk, **values)


class DriverResource(DirectoryResource):
    """Drivers, known by their number; the customer by the external reference, or by the id."""

    key = "driver_id"
    needed = ("driver_id", "customer", "tlc_license")
    written = ("customer", "driver_id", "tlc_license", "status")
    fixed: ClassVar[Mapping[str, str]] = {"customer": "The customer of a driver cannot be changed."}
    driver_id = Field("driver_id", "driver_id", TextWidget())
    customer = Field(
        "customer",
        "customer",
        LookupWidget(Customer, "external_reference", by_id=True),
        saves_null_values=False,
    )
    tlc_license = Field("tlc_license", "tlc_license", TextWidget())
    status = Field("status", "status", ChoiceWidget(Driver.Status))

    class Meta:
        model = Driver
        fields = ("driver_id", "customer", "tlc_license", "status")
        import_id_fields = ()
        skip_unchanged = True

    def rows(self) -> models.QuerySet[Any]:
        return super().rows().select_related("customer")

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        return queryset.select_related("customer")

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_driver(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        values.pop("customer")
        services.change_driver(actor=actor, driver_pk=instance.pk, **values)


class VehicleResource(DirectoryResource):
    """Vehicles, known by their VIN."""

    key = "vin"
    needed = ("vin", "plate_no")
    written = ("plate_no", "vin", "make", "model", "year")
    vin = Field("vin", "vin", TextWidget())
    plate_no = Field("plate_no", "plate_no", TextWidget())
    make = Field("make", "make", TextWidget())
    model = Field("model", "model", TextWidget())
    year = Field("year", "year", WholeNumberWidget())

    class Meta:
        model = Vehicle
        fields = ("vin", "plate_no", "make", "model", "year")
        import_id_fields = ()
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_vehicle(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_vehicle(actor=actor, vehicle_pk=instance.pk, **values)


class MedallionResource(DirectoryResource):
    """Medallions, known by their number."""

    key = "medallion_no"
    needed = ("medallion_no",)
    written = ("medallion_no",)
    medallion_no = Field("medallion_no", "medallion_no", TextWidget())

    class Meta:
        model = Medallion
        fields = ("medallion_no",)
        import_id_fields = ()
        skip_unchanged = True

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_medallion(actor=actor, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        services.change_medallion(actor=actor, medallion_pk=instance.pk, **values)


class LeaseResource(DirectoryResource):
    """Leases, known by their number; medallion and primary driver by number, vehicle by VIN.

    The primary driver is that of a new lease, from its first day; a later change is made on the lease's page.
    """

    key = "lease_id"
    needed = ("lease_id", "medallion", "vin", "weekly_amount", "started_on")
    written = ("lease_id", "lease_type", "medallion", "vehicle", "weekly_amount", "started_on")
    fixed: ClassVar[Mapping[str, str]] = {
        "medallion": "The medallion of a lease cannot be changed: end the lease and open another.",
        "started_on": "The first day of a lease cannot be changed.",
        "primary_now": "A new primary driver needs a first day: make the change on the lease's page.",
    }
    lease_id = Field("lease_id", "lease_id", TextWidget())
    lease_type = Field("lease_type", "lease_type", ChoiceWidget(Lease.Type))
    medallion = Field(
        "medallion", "medallion", LookupWidget(Medallion, "medallion_no"), saves_null_values=False
    )
    vehicle = Field("vehicle", "vin", LookupWidget(Vehicle, "vin"), saves_null_values=False)
    weekly_amount = Field("weekly_amount", "weekly_amount", MoneyWidget())
    started_on = Field("started_on", "started_on", DayWidget())
    primary_driver = Field(
        "primary_now", "primary_driver", LookupWidget(Driver, "driver_id"), saves_null_values=False
    )

    class Meta:
        model = Lease
        fields = (
            "lease_id",
            "lease_type",
            "medallion",
            "vehicle",
            "weekly_amount",
            "started_on",
            "primary_driver",
        )
        import_id_fields = ()
        skip_unchanged = True

    def rows(self) -> models.QuerySet[Any]:
        return super().rows().select_related("medallion", "vehicle")

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        last = None if new else _primary_times(instance.pk).select_related("driver").first()
        instance.primary_now = last.driver if last else None

    def filter_export(self, queryset: Any, **kwargs: Any) -> Any:
        number = (
            _primary_times(OuterRef("pk"))
            .filter(company_id=OuterRef("company_id"))
            .values("driver__driver_id")[:1]
        )
        return queryset.select_related("medallion", "vehicle").annotate(primary_number=Subquery(number))

    def dehydrate_primary_driver(self, lease: Any) -> str:
        """The number of the latest primary driver."""
        return lease.primary_number or ""

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        self.primary_of_row = instance.primary_now
        super().do_instance_save(instance, is_create)

    def add(self, actor: Actor, values: dict[str, Any]) -> models.Model:
        return services.add_lease(actor=actor, primary_driver=self.primary_of_row, **values)

    def change(self, actor: Actor, instance: Any, values: dict[str, Any]) -> None:
        changeable = {name: values[name] for name in ("lease_type", "vehicle", "weekly_amount")}
        services.change_lease(actor=actor, lease_pk=instance.pk, **changeable)


def _primary_times(lease: Any) -> models.QuerySet[LeaseDriver]:
    """The times of a lease's primary drivers, the latest first."""
    return LeaseDriver.objects.filter(lease=lease, role=LeaseDriver.Role.PRIMARY).order_by("-from_on")
